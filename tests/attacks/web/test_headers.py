"""Headers by which a client says where it comes from and whom it asks: nobody believes them."""

import contextlib
import json
import re
from urllib.parse import parse_qs, urlsplit

import deployment
import pytest
import wire

from visitor import Visitor
from visitor.errors import SignInDenied

EVIL = "evil.example.org"
FORGED = "192.0.2.9"
HEADERS = [
    f"X-Forwarded-Host: {EVIL}", f"X-Forwarded-Server: {EVIL}", f"X-Host: {EVIL}", f"X-HTTP-Host-Override: {EVIL}",
    f"X-Original-Host: {EVIL}", f"X-Original-URL: https://{EVIL}/", f"X-Rewrite-URL: //{EVIL}/",
    f"X-Forwarded-Prefix: //{EVIL}", f"Forwarded: host={EVIL};proto=http", "Forwarded: proto=http",
    "X-Forwarded-Proto: http", "X-Forwarded-Port: 80", "X-Scheme: http", "X-Forwarded-Ssl: off", "Front-End-Https: off",
    f"Origin: https://{EVIL}", f"Referer: https://{EVIL}/",
]  # fmt: skip
INVALID = [f"{wire.HOST}.{EVIL}", f"{EVIL}#{wire.HOST}", f"{wire.HOST}@{EVIL}", f"{EVIL}, {wire.HOST}"]
FOLDER = "/hub/static/css"  # which a web server redirects to the same path with a slash
ADDRESSES = [
    f"X-Real-IP: {FORGED}", f"X-Forwarded-For: {FORGED}", f"Forwarded: for={FORGED}", f"X-Client-IP: {FORGED}",
    f"X_Real_IP: {FORGED}", f"X-Forwarded-For: {FORGED}\r\nX-Forwarded-For: 127.0.0.1",
]  # fmt: skip
PAGES = ["/hub/login", "/hub/", "/hub/home", "/hub/spawn", "/hub/logout", "/hub/oauth_login", FOLDER,
         "/user/alice/lab", "/user/alice", "/user-redirect", "/services/culler", "/x"]  # fmt: skip


def effects(answers):
    """What ANSWERS for PAGES do: repeat EVIL, lead to http, set cookies without Secure."""
    for page, answer in zip(PAGES, answers, strict=True):
        set_cookies = [cookie.lower() for cookie in answer.cookies if not cookie.partition("=")[2].startswith('""')]
        if EVIL in answer.text or answer.headers.get("Location", "").startswith("http:"):
            yield page
        if [cookie for cookie in set_cookies if "; secure" not in cookie]:
            yield f"cookies of {page}"


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_about_the_way_here_changes_nothing(apache, server_of_alice, header):
    assert list(effects(wire.ask_for_all(apache, PAGES, header))) == []


@pytest.mark.parametrize("host", [EVIL, f"{EVIL}:443"])
def test_another_host_is_not_repeated(apache, weak, server_of_alice, host):
    assert list(effects(wire.ask_for_all(apache, PAGES, host=host))) == []
    assert list(effects(wire.ask_for_all(weak, PAGES, host=host))) == [FOLDER], "the control"


@pytest.mark.parametrize("host", INVALID)
def test_what_is_no_host_is_refused(apache, weak, host):
    assert wire.ask(apache, FOLDER, host=host).status == 400
    assert wire.ask(weak, FOLDER, host=host).status == 301, "the control"


@pytest.mark.parametrize("header", [f"Host: {EVIL}", f"Host: {wire.HOST}", f"X-Folded: x\r\n y\r\nHost: {EVIL}"])
def test_a_second_host_is_refused(apache, header):
    for page in PAGES[:3]:
        assert wire.ask(apache, page, header).status == 400
        assert wire.ask(apache, page, header.replace("Host", "X-Host")).status != 400, "the control"


def test_sign_in_leads_back_to_the_hub_whatever_the_host(apache):
    for headers, host in (((), EVIL), ((HEADERS[0], "Forwarded: host=" + EVIL), wire.HOST)):
        location = wire.ask(apache, "/hub/oauth_login", *headers, host=host).headers["Location"]
        assert parse_qs(urlsplit(location).query)["redirect_uri"] == [f"{deployment.URL}/hub/oauth_callback"]


def logged_addresses(address, header):
    """The client's address for Apache and for the hub, by the logs, of a request with HEADER."""
    path = f"/hub/{wire.mark()}"
    wire.ask(address, path, header)
    logs = wire.logs()
    apache = re.search(rf"^(\S+) .*GET {path} ", logs["apache"], re.MULTILINE)
    return apache[1], re.search(rf"GET {path} \(@(\S+)\)", logs["hub"])[1]


@pytest.mark.parametrize("header", ADDRESSES)
def test_the_address_of_a_client_is_that_of_its_connection(apache, header):
    for_apache, for_hub = logged_addresses(apache, header)
    assert for_apache == for_hub != FORGED


def test_without_apache_the_hub_would_believe_the_client(weak):
    assert logged_addresses(weak, ADDRESSES[0])[1] == FORGED


def test_the_audit_log_has_the_address_of_the_connection(apache):
    """Of somebody who is refused, which is what the log is there for."""
    dave = Visitor(deployment.URL, deployment.CA)
    dave.session.headers.update(header.split(": ", 1) for header in ADDRESSES[:5])
    with contextlib.suppress(SignInDenied):
        dave.sign_in("dave", deployment.read("passwords.json")["dave"])
    lines = deployment.on_hub("cat /var/lib/openstack-hub/audit/audit-*.jsonl").splitlines()
    last = [line for line in map(json.loads, lines) if line.get("iam_name") == "dave"][-1]
    assert last["result"] == "refused"
    assert last["address"] == logged_addresses(apache, "X-Real-IP: 127.0.0.1")[0]
