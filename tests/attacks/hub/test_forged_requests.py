"""Requests that another site makes a user's browser send: it has the cookies, but not the page's token."""

import pytest

FORGED = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example.org"}


def send(visitor, method, path, *, token="", content_type="text/plain", body="{}"):
    headers = FORGED | {"Content-Type": content_type} | ({"X-XSRFToken": token} if token else {})
    return visitor.session.request(
        method, f"{visitor.url}/hub/{path}", data=body, headers=headers, allow_redirects=False, timeout=30
    ).status_code


@pytest.fixture
def bob(hub, signed_in):
    visitor = signed_in(hub, "bob")
    yield visitor
    visitor.running() and visitor.stop()


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", ["api/users/bob/server", "spawn", "spawn/bob"])
def test_a_server_is_not_started(bob, path, content_type):
    body = "profile=default" if content_type.endswith("urlencoded") else '{"profile": "default"}'
    assert send(bob, "POST", path, content_type=content_type, body=body) == 403
    assert send(bob, "POST", path, token="guess", content_type=content_type, body=body) == 403
    assert not bob.running()


def test_with_the_pages_token_it_is(bob):
    body = '{"profile": "default"}'
    token = bob._xsrf(f"{bob.url}/hub/api")
    status = send(bob, "POST", "api/users/bob/server", token=token, content_type="application/json", body=body)
    assert status in (201, 202)


@pytest.mark.parametrize(("method", "path"), [("DELETE", "api/users/bob/server"), ("PATCH", "api/users/bob")])
def test_nothing_else_is_changed(bob, method, path):
    assert send(bob, method, path) == 403
