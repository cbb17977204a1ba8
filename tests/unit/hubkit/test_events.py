"""What the audit log records of sign-ins and requests, without a hub: names and errors that an attacker chooses."""

import asyncio
from types import SimpleNamespace

import pytest
from tornado import web

from hubkit.hub import events, pages
from hubkit.hub.audit import Audit


class Authenticator:
    """A base class whose sign-in ends as the test says."""

    result = None

    async def get_authenticated_user(self, handler, data):
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.fixture
def audit(tmp_path):
    return Audit(tmp_path / "audit", 90)


def request(audit, method="GET", path="/hub/home", user="ada", status=200, **arguments):
    """A handler at the end of its request; USER a name, None, or an error that its look-up raises."""

    class Handler:
        hub, settings = SimpleNamespace(base_url="/hub/"), {"audit": audit}
        request = SimpleNamespace(
            method=method, path=path, remote_ip="192.0.2.7", arguments={k: [v.encode()] for k, v in arguments.items()}
        )

        def get_status(self):
            return status

        @property
        def current_user(self):
            if isinstance(user, Exception):
                raise user
            return user and SimpleNamespace(name=user, spawners={})

    return Handler()


@pytest.fixture
def log_request(audit, monkeypatch):
    """End a request, and return the lines that it added."""
    monkeypatch.setattr(events.jupyterhub_log, "log_request", lambda handler: None)

    def end(*args, **kwargs):
        before = len(list(audit.lines()))
        events.log_request(request(audit, *args, **kwargs))
        return [(line["event"], line["user"], line.get("of", "")) for line in list(audit.lines())[before:]]

    return end


def denied(person):
    return pages.access_denied("IAM", person, ["a", "b"], membership_url="", contact={}, sign_out_url="u")


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"name": "ada"}, ("ada", None, "ok", "")),
        (None, ("", None, "refused", "Not accepted")),
        (denied('Eve"\n\x1b[2J'), ("", 'Eve"\n\x1b[2J', "refused", "In none of the groups a, b")),
        (pages.iam_unavailable("IAM", {}), ("", None, "failed", "IAM does not answer, so nobody can")),
        (web.HTTPError(400), ("", None, "refused", "HTTP 400: Bad Request")),
    ],
)
def test_each_sign_in_is_recorded_with_its_result_and_changes_nothing_about_it(audit, result, expected):
    authenticator = events.recording_authenticator(Authenticator)()
    authenticator.result = result
    try:
        assert asyncio.run(authenticator.get_authenticated_user(request(audit), {})) == result
    except web.HTTPError as error:
        assert error is result
    (line,) = audit.lines()
    user, iam_name, outcome, reason = expected
    assert (line["user"], line.get("iam_name"), line["result"], line["address"]) == (
        user,
        iam_name,
        outcome,
        "192.0.2.7",
    )
    assert line["reason"].startswith(reason) and bool(line["reason"]) == bool(reason)


def test_a_log_that_cannot_be_written_lets_users_sign_in(tmp_path, caplog):
    (tmp_path / "audit").touch()
    authenticator = events.recording_authenticator(Authenticator)()
    authenticator.result = {"name": "ada"}
    handler = request(Audit(tmp_path / "audit", 90))
    assert asyncio.run(authenticator.get_authenticated_user(handler, {})) == {"name": "ada"}
    assert "cannot be written" in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("DELETE", "/hub/api/users/ada/server", [("server stop", "ada", "")]),
        ("DELETE", "/hub/api/users/b%0Aob/servers/x", [("server stop", "ada", "b\nob")]),
        ("POST", "/hub/api/users/ada/tokens", [("token created", "ada", "")]),
        ("DELETE", "/hub/api/users/bob/tokens/a1", [("token revoked", "ada", "bob")]),
        ("POST", "/hub/api/users/ada/server", []),  # the spawner's hook has recorded it
        ("POST", "/hub/spawn/bob", []),
        ("POST", "/hub/api/users/ada/activity", []),
        ("POST", "/hub/api/oauth2/token", []),
        ("GET", "/hub/api/users", []),
        ("POST", "/hub/home", []),
        ("PATCH", "/hub/api/anything/new", [("request", "ada", "")]),
    ],
)
def test_which_requests_are_recorded(log_request, method, path, expected):
    assert log_request(method, path, status=201) == expected


@pytest.mark.parametrize("path", ["/hub/api/users/bob/server", "/hub/spawn/bob"])
def test_a_start_that_is_refused_before_the_hook_is_recorded(log_request, path):
    assert log_request("POST", path, status=403) == [("server start", "ada", "bob")]


@pytest.mark.parametrize(
    ("client", "status", "expected"),
    [
        ("jupyterhub-user-bob", 302, [("server access", "ada", "bob")]),
        ("jupyterhub-user-bob", 403, [("server access", "ada", "bob")]),
        ("jupyterhub-user-bob", 200, []),  # the question whether to open it
        ("jupyterhub-user-ada", 302, []),
        ("service-x", 302, []),
    ],
)
def test_access_to_the_server_of_another_user_is_recorded(log_request, client, status, expected):
    assert log_request("GET", "/hub/api/oauth2/authorize", status=status, client_id=client) == expected


@pytest.mark.parametrize("user", [None, web.HTTPError(403), RuntimeError("no user yet")])
def test_requests_of_nobody_known_are_not_recorded(log_request, user):
    assert log_request("DELETE", "/hub/api/users/ada/server", user=user, status=403) == []


def test_the_reason_that_a_user_claims_is_not_recorded(log_request, audit):
    log_request("DELETE", "/hub/api/users/ada/server", reason="idle (1 s)")
    assert [line["reason"] for line in audit.lines()] == [""]


def test_an_error_of_the_log_does_not_reach_the_request(log_request, monkeypatch, caplog):
    monkeypatch.setattr(events, "actor", lambda _: 1 / 0)
    assert log_request("DELETE", "/hub/api/users/ada/server") == []
    assert "missing in the audit log" in caplog.text
