"""HTTP/1 that two parsers may read differently, as texts.

OUTER is the path that is asked for, INNER the path of what must not be taken for a request, HUB the host, LENGTH the
number of bytes after the headers. A line end is CR LF; <..> is one other character.
"""

import wire

CHARACTERS = {"<LF>": "\n", "<CR>": "\r", "<NUL>": "\0", "<VT>": "\v", "<FF>": "\f", "<TAB>": "\t", "<A0>": "\xa0"}


def written(text, names):
    """The bytes of TEXT, with what NAMES says for its words."""
    text = wire.named(text.replace("\n", "\r\n"), CHARACTERS | names)
    return text.replace("LENGTH", str(len(text.partition("\r\n\r\n")[2]))).encode("latin-1")


INNER = "GET INNER HTTP/1.1\nHost: HUB\nConnection: close\n\n"


def get(headers="", line="GET OUTER HTTP/1.1", host="Host: HUB\n"):
    return f"{line}\n{host}{headers}Connection: close\n\n"


def post(headers, body):
    return f"POST OUTER HTTP/1.1\nHost: HUB\n{headers}\n{body}"


def both(encoding, body=f"0\n\n{INNER}"):
    """A length that covers BODY, and the header ENCODING, by which only a part of it belongs to the request."""
    return post(f"Content-Length: LENGTH\n{encoding}\n", body)


def chunks(body, headers=""):
    return post(f"Transfer-Encoding: chunked\n{headers}", f"{body}{INNER}")


# Ends at Apache: the hub sees nothing of it.
REFUSED = {
    "a known encoding, then another": both("Transfer-Encoding: chunked\nTransfer-Encoding: cow"),
    "a known encoding, then another in one line": both("Transfer-Encoding: chunked, identity"),
    "another encoding, then a known one": both("Transfer-Encoding: identity, chunked"),
    "another encoding": both("Transfer-Encoding: xchunked"),
    "a quoted encoding": both('Transfer-Encoding: "chunked"'),
    "a space before the colon of the encoding": both("Transfer-Encoding : chunked"),
    "a vertical tab before the encoding": both("Transfer-Encoding: <VT>chunked"),
    "a form feed after the encoding": both("Transfer-Encoding: chunked<FF>"),
    "a null byte in the encoding": both("Transfer-Encoding: chun<NUL>ked"),
    "the encoding after a lone carriage return": both("X: x<CR>Transfer-Encoding: chunked"),
    "two lengths": post("Content-Length: 3\nContent-Length: LENGTH\n", f"0\n\n{INNER}"),
    "two lengths in one line": post("Content-Length: 3, LENGTH\n", f"0\n\n{INNER}"),
    "a length with a sign": post("Content-Length: +LENGTH\n", INNER),
    "a negative length": post("Content-Length: -1\n", INNER),
    "a hexadecimal length": post("Content-Length: 0x0\n", INNER),
    "a length with text": post("Content-Length: 0a\n", INNER),
    "an empty length": post("Content-Length:\n", INNER),
    "a length beyond 64 bits": post("Content-Length: 18446744073709551616\n", INNER),
    "chunks, and a shorter length": post("Content-Length: 4\nTransfer-Encoding: chunked\n", f"36\n{INNER}\n0\n\n"),
    "a chunk's size with a prefix": chunks("0x5\nhello\n0\n\n"),
    "a negative size of a chunk": chunks("-1\nhello\n0\n\n"),
    "a chunk's size beyond 64 bits": chunks("10000000000000005\nhello\n0\n\n"),
    "a chunk without a size": chunks("\nhello\n0\n\n"),
    "a chunk without an end": chunks("5\nhello0\n\n"),
    "line feeds around a chunk": chunks("5<LF>hello<LF>0<LF><LF>"),
    "an extension of a chunk that ends in a line feed": chunks("5;x<LF>hello\n0\n\n"),
    "a request in the extension of a chunk": chunks(f'0;x="<LF><LF>{INNER}"\n\n'),
    "an extension of a chunk of 64 kB": chunks(f"5;x={'y' * 65536}\nhello\n0\n\n"),
    "a request for a trailer": chunks("0\nGET INNER HTTP/1.1\nHost: HUB\n\n"),
    "line feeds for line ends": "GET OUTER HTTP/1.1<LF>Host: HUB<LF>Connection: close<LF><LF>",
    "a space before the colon": get("X : x\n"),
    "a header without a colon": get("X\n"),
    "a header without a name": get(": x\n"),
    "a space in a header's name": get("X Y: x\n"),
    "a null byte in a header": get("X: x<NUL>y\n"),
    "a first header that is folded": get(host=" Host: HUB\n"),
    "no host": get(host=""),
    "a host with a path": get(host="Host: HUB/x@evil.example.org\n"),
    "no version": get(line="GET OUTER"),
    "a version with text": get(line="GET OUTER HTTP/1.1x"),
    "a version of other digits": get(line="GET OUTER HTTP/11.1"),
    "a third word": get(line="GET OUTER INNER HTTP/1.1"),
    "two spaces": get(line="GET  OUTER HTTP/1.1"),
    "a tab for a space": get(line="GET<TAB>OUTER HTTP/1.1"),
    "a null byte in the path": get(line="GET OUTER<NUL> HTTP/1.1"),
    "a lone carriage return in the path": get(line="GET OUTER<CR>INNER HTTP/1.1"),
    "a fragment": get(line="GET OUTER#x HTTP/1.1"),
    "a byte beyond ASCII in the method": get(line="GE<A0>T OUTER HTTP/1.1"),
    "an address without a path": get(line="GET evil.example.org:80 HTTP/1.1"),
    "a tunnel": get(line="CONNECT evil.example.org:443 HTTP/1.1"),
    "a line of 10 kB": get(line=f"GET OUTER?{'x' * 10240} HTTP/1.1"),
    "a header of 10 kB": get(f"X: {'x' * 10240}\n"),
    "a line of 64 kB": get(line=f"GET OUTER?{'x' * 65536} HTTP/1.1"),
    "a header of 64 kB": get(f"X: {'x' * 65536}\n"),
    "headers of 64 kB": get(f"X: {'x' * 4096}\n" * 16),
    "a thousand headers": get("X: x\n" * 1000),
    "an expectation that nobody knows": get("Expect: cow\n"),
    "the preface of HTTP/2": "PRI * HTTP/2.0\n\nSM\n\n",
}
# Of these, what the hub answers behind an Apache that is told to be lenient. The others it refuses even then: see ONE.
ACCEPTED_WHEN_LENIENT = {
    "line feeds around a chunk", "an extension of a chunk that ends in a line feed", "two spaces", "a fragment",
    "a request in the extension of a chunk", "an extension of a chunk of 64 kB", "line feeds for line ends",
    "a line of 10 kB", "a header of 10 kB",
}  # fmt: skip
# One request, whose rest is nothing or a body
ONE = {
    "a length, then chunks": both("Transfer-Encoding: chunked"),
    "an encoding in capitals": both("TRANSFER-ENCODING: CHUNKED"),
    "a tab before the encoding": both("Transfer-Encoding:<TAB>chunked"),
    "a folded encoding": both("Transfer-Encoding:\n chunked"),
    "an encoding for HTTP/1.0": both("Transfer-Encoding: chunked").replace("HTTP/1.1", "HTTP/1.0", 1),
    "an encoding that Connection names": both("Transfer-Encoding: chunked\nConnection: Transfer-Encoding"),
    "a length that Connection names": post("Content-Length: LENGTH\nConnection: Content-Length\n", INNER),
    "an encoding with an underscore": both("Transfer_Encoding: chunked"),
    "a folded header that names the encoding": both("X: x\n Transfer-Encoding: chunked"),
    "a body of a request that needs none": post("Content-Length: LENGTH\n", INNER).replace("POST", "GET", 1),
    "a body that the client asks for": post("Expect: 100-continue\nContent-Length: LENGTH\n", INNER),
    "a folded header": get("X: x\n y\n"),
    "a version that does not exist": get(line="GET OUTER HTTP/1.2"),
    "an upgrade to HTTP/2": get("Upgrade: h2c\n").replace("Connection: close", "Connection: Upgrade, close"),
}
# Two requests for everybody, the second where the first one ends
TWO = {
    "one after the other": f"GET OUTER HTTP/1.1\nHost: HUB\n\n{INNER}",
    "after a body": post("Content-Length: 3\n", f"x=y{INNER}"),
    "after a body and empty lines": post("Content-Length: 3\n", f"x=y\n\n{INNER}"),
    "after a chunk": chunks("5\nhello\n0\n\n"),
    "after the extension of a chunk": chunks("5;x=y\nhello\n0\n\n"),
    "after a size of many zeros": chunks(f"{'0' * 24}\n\n"),
    "after a trailer": chunks("0\nContent-Length: 5\nTransfer-Encoding: chunked\n\n"),
    "after an upgrade that is refused": f"GET OUTER HTTP/1.1\nHost: HUB\nUpgrade: h2c\nConnection: Upgrade\n\n{INNER}",
}
