"""Requests byte by byte as written, the answers to them, and which of them Apache and the hub have seen."""

import contextlib
import http.client
import io
import re
import socket
import uuid
from email.message import Message
from typing import NamedTuple
from urllib.parse import urlsplit

import deployment

from visitor.net import resolve_localhost, tls_context

HOST = urlsplit(deployment.URL).netloc
PATIENCE = 20  # seconds; every attempt is answered or its connection closed at once
# {where: (command that prints the log, pattern of a request for a path in it)}
LOGS = {
    "apache": ("cat /var/log/apache2/*access.log", r'"\S+ {}[ ?"]'),
    "hub": ("journalctl -u jupyterhub -o cat --since -10min", r"\] \d+ \S+ {}[ ?].*ms\n"),
}


NOT_SEEN, SEEN = {"apache": 0, "hub": 0}, {"apache": 1, "hub": 1}


class Address(NamedTuple):
    """Where an Apache answers for the hub; it is asked for the hub's name, also at another address."""

    url: str

    def connect(self, protocol="http/1.1", timeout=PATIENCE):
        context = tls_context(deployment.CA)
        context.set_alpn_protocols([protocol])
        parts = urlsplit(self.url)
        sock = socket.create_connection((resolve_localhost(parts.hostname), parts.port), timeout)
        return context.wrap_socket(sock, server_hostname=urlsplit(deployment.URL).hostname)


class Answer(NamedTuple):
    status: int
    headers: Message
    body: str

    @property
    def cookies(self):
        return self.headers.get_all("Set-Cookie", [])

    @property
    def text(self):
        """All that a client could read."""
        return f"{self.headers}{self.body}"


class Reader(io.BufferedReader):
    """What http.client reads one answer after the other from; it closes it after each."""

    def makefile(self, mode):
        return self

    def close(self):
        pass


def exchange(address, data):
    """The answers, on one connection, to DATA."""
    answers = []
    with address.connect() as sock, contextlib.suppress(OSError, http.client.HTTPException):
        sock.sendall(data)
        reader = Reader(socket.SocketIO(sock, "r"))
        while not answers or answers[-1].headers.get("Connection", "").lower() != "close":
            response = http.client.HTTPResponse(reader)
            response.begin()
            answers.append(Answer(response.status, response.headers, response.read().decode(errors="replace")))
    return answers


def request(path="/hub/login", *headers, method="GET", host=HOST, last=True):
    """A request as bytes, with HEADERS (texts) after the header Host; after the LAST one the connection is closed."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, *(["Connection: close"] if last else [])]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def ask(address, *arguments, **kwargs):
    """The only answer to a `request`."""
    (answer,) = exchange(address, request(*arguments, **kwargs))
    return answer


def ask_for_all(address, paths, *headers, **kwargs):
    """The answers, on one connection, to a `request` for each of PATHS."""
    requests = [request(path, *headers, last=path == paths[-1], **kwargs) for path in paths]
    return exchange(address, b"".join(requests))


def mark():
    """A word by which a request is found in the logs."""
    return f"mark-{uuid.uuid4().hex[:12]}"


def logs():
    """Apache's log and the hub's, {name: text}: all that was requested before this call is in them."""
    last = mark()
    ask(Address(deployment.URL), f"/hub/{last}")
    found = {}

    def complete():
        found.update({name: deployment.on_hub(command) for name, (command, _) in LOGS.items()})
        return all(last in text for text in found.values())

    deployment.until("the last request is in the logs", complete, 10)
    return found


def requests_for(path, found):
    """How many requests for PATH Apache and the hub have seen, by the logs FOUND: {name: number}."""
    return {name: len(re.findall(pattern.format(re.escape(path)), found[name])) for name, (_, pattern) in LOGS.items()}


def names():
    """What the words in an attempt stand for: OUTER and INNER are paths that nobody else asks for."""
    word = mark()
    return {"OUTER": f"/hub/{word}-outer", "INNER": f"/hub/{word}-inner", "HUB": HOST}


def named(text, names):
    for word, meaning in names.items():
        text = text.replace(word, meaning)
    return text


def counted(sent):
    """{key: (result, requests for OUTER, requests for INNER)} for SENT, {key: (result, names)}."""
    found = logs()
    return {
        key: (result, requests_for(names["OUTER"], found), requests_for(names["INNER"], found))
        for key, (result, names) in sent.items()
    }
