"""HTTP/2 that could become another request, or more than one, when Apache passes it on as HTTP/1."""

import pytest
import wire
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, ResponseReceived, StreamReset

NEXT = "\r\nHost: HUB\r\n\r\nGET INNER HTTP/1.1\r\nHost: HUB\r\n\r\n"


def request(*more, **pseudo):
    """The headers of a request: its pseudo-headers with those of PSEUDO (None: left out), then MORE."""
    headers = {"method": "GET", "scheme": "https", "authority": "HUB", "path": "OUTER"} | pseudo
    return [(f":{name}", value) for name, value in headers.items() if value is not None] + list(more)


# {name: headers}
REFUSED = {
    "no path": request(path=None),
    "an empty path": request(path=""),
    "a path without a slash": request(path="xOUTER"),
    "no method": request(method=None),
    "no scheme": request(scheme=None),
    "two paths": request((":path", "INNER")),
    "a pseudo-header that does not exist": request((":admin", "true")),
    "a pseudo-header behind a header": [("x", "y"), *request()],
    "a status": request((":status", "200")),
    "a line end in the path": request(path=f"OUTER HTTP/1.1{NEXT}"),
    "a space in the path": request(path="OUTER HTTP/1.1 x"),
    "a line end in the method": request(method=f"GET INNER HTTP/1.1{NEXT}GET"),
    "a space in the method": request(method="GET INNER HTTP/1.1 x"),
    "a line end in the host": request(authority=f"HUB{NEXT}"),
    "a line end in a value": request(("x", f"y{NEXT}")),
    "a line feed in a value": request(("x", "y\nTransfer-Encoding: chunked")),
    "a null byte in a value": request(("x", "y\0z")),
    "a line end in a name": request((f"x: y{NEXT}z", "y")),
    "a colon in a name": request(("transfer-encoding: chunked\r\nx", "y")),
    "capitals in a name": request(("X-Remote-User", "alice")),
    "an encoding": request(("transfer-encoding", "chunked")),
    "a connection": request(("connection", "keep-alive")),
    "an upgrade": request(("connection", "upgrade"), ("upgrade", "websocket")),
    "an upgrade alone": request(("upgrade", "h2c")),
    "a proxy's connection": request(("proxy-connection", "keep-alive")),
    "a te that is not trailers": request(("te", "gzip")),
    "a tunnel": request(method="CONNECT", scheme=None, path=None, authority="evil.example.org:443"),
    "a websocket's tunnel": request((":protocol", "websocket"), method="CONNECT"),
    "another scheme": request(scheme="https://evil.example.org/"),
    "a fragment": request(path="OUTER#INNER"),
    "no host": request(authority=None),
    "a host with a user": request(authority="x@HUB"),
    "a length that is not the body's": request(("content-length", "5"), method="POST"),
}


# The same without the trick; and what is ignored
ONE = {
    "an ordinary request": request(),
    "the host twice": request(("host", "HUB")),
    "a host that differs": request(("host", "evil.example.org")),
    "a te of trailers": request(("te", "trailers")),
    "settings of an upgrade": request(("http2-settings", "AAMAAABk")),
}
ENDED = "ended"


def answer(address, headers):
    """The status with which a request with exactly HEADERS is answered; ENDED when its stream or connection is."""
    connection = H2Connection(H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False))
    connection.initiate_connection()
    connection.send_headers(1, headers, end_stream=True)
    with address.connect("h2") as sock:
        sock.sendall(connection.data_to_send())
        while data := sock.recv(65536):
            for event in connection.receive_data(data):
                if isinstance(event, ResponseReceived):
                    return int(dict(event.headers)[b":status"])
                if isinstance(event, StreamReset | ConnectionTerminated):
                    return ENDED
    return None


@pytest.fixture(scope="module")
def results(apache):
    """{name: (status, requests for OUTER, requests for INNER)}; requests as of wire.requests_for."""

    def attempt(headers):
        names = wire.names()
        return answer(apache, [tuple(wire.named(text, names) for text in header) for header in headers]), names

    attempts = REFUSED | ONE
    return wire.counted(dict(zip(attempts, map(attempt, attempts.values()), strict=True)))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_malformed_ends_at_apache(results, name):
    status, outer, inner = results[name]
    assert status == ENDED or status >= 400
    assert outer["hub"] == 0 and inner == wire.NOT_SEEN


@pytest.mark.parametrize("name", ONE)
def test_one_request_is_one_for_all(results, name):
    assert results[name] == (404, wire.SEEN, wire.NOT_SEEN)
