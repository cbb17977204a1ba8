"""Access tokens and refresh tokens, and an IAM that fails."""

import asyncio

import pytest
from mock_iam import ADA, EXPIRED, TOKENS, Handler, User, http_error, refresh, requested
from tornado.httpclient import HTTPClientError
from tornado.web import HTTPError

from hubkit.hub import signin
from hubkit.hub.local.workload import MAX_WAITING_OF_ONE
from hubkit.hub.membership import AT_ONCE

FAILURES = [
    ConnectionRefusedError(), TimeoutError(), http_error(599), http_error(500), http_error(503), http_error(429),
    http_error(404), ValueError(), {},
]  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
@pytest.mark.parametrize("endpoint", ["openid-configuration", "userinfo", "token"])
def test_nothing_changes_while_the_iam_fails(iam, failure, endpoint):
    # An expired token would end the session, so the failure must be noticed before the token is refreshed.
    iam.answers["token"] = EXPIRED
    if endpoint == "token":
        iam.answers["userinfo"] = http_error(401)
    iam.answers[endpoint] = failure
    handler = Handler()
    assert refresh(iam, handler=handler) is True
    assert handler.stopped == []


@pytest.mark.parametrize(
    "failure",
    [http_error(400, b'{"error": "invalid_client"}'), http_error(400, b'{"error": "invalid_request"}'),
     http_error(401, b'{"error": "invalid_client"}'), http_error(401), http_error(400), http_error(403, b"<html>"),
     HTTPClientError(400)],
    ids=["client-400", "request-400", "client-401", "empty-401", "empty-400", "html-403", "no-response"],
)  # fmt: skip
def test_only_invalid_grant_at_the_token_endpoint_means_expired(iam, failure):
    """Anything else, such as a client secret that was changed at the IAM, concerns the hub and not one user."""
    iam.answers |= {"userinfo": http_error(401), "token": failure}
    assert refresh(iam) is True
    iam.answers["token"] = EXPIRED
    assert refresh(iam) is False


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_rejected_access_token_is_refreshed(iam, status):
    iam.answers |= {"userinfo": [http_error(status), ADA], "token": TOKENS}
    assert refresh(iam)["name"] == "ada" and requested(iam)[-2:] == ["token", "userinfo"]


def test_an_access_token_is_refreshed_and_the_refresh_token_kept(iam):
    iam.answers |= {"userinfo": [http_error(401), ADA], "token": TOKENS | {"access_token": "b"}}
    state = refresh(iam)["auth_state"]
    assert (state["access_token"], state["refresh_token"]) == ("b", "r")


def test_a_rotated_refresh_token_replaces_the_old_one(iam):
    """The old one is no longer valid: keeping it would sign the user out at the next refresh."""
    iam.answers |= {"userinfo": [http_error(401), ADA], "token": TOKENS | {"access_token": "b", "refresh_token": "s"}}
    state = refresh(iam)["auth_state"]
    assert (state["access_token"], state["refresh_token"]) == ("b", "s")
    assert state["token_response"]["refresh_token"] == "s"


def test_the_access_token_is_used_first(iam):
    state = refresh(iam)["auth_state"]
    assert state["access_token"] == "a" and "token" not in requested(iam)


def test_without_a_valid_token_the_user_signs_in_again_and_the_server_runs_on(iam):
    iam.answers |= {"userinfo": http_error(401), "token": EXPIRED}
    handler = Handler()
    assert refresh(iam, handler=handler) is False
    assert refresh(iam, User({}), handler) is False
    assert refresh(iam, User(User().state | {"refresh_token": None}), handler) is False
    assert handler.stopped == []


def test_a_server_may_report_after_tokens_have_expired_without_admitting_its_user(iam):
    iam.answers |= {"userinfo": http_error(401), "token": EXPIRED}
    user = User()
    assert refresh(iam, user, Handler("server-token")) is True
    assert user._auth_refreshed is None
    for handler in (Handler("another-token"), Handler("server-token", "/hub/api/user"), Handler(), None):
        assert refresh(iam, user, handler) is False


NOW = 1_800_000_000


@pytest.fixture
def state(iam, monkeypatch):
    """Tokens of a user, whose access token expires in an hour, and which the IAM accepted a minute ago."""
    monkeypatch.setattr(signin.time, "time", lambda: NOW)
    return {"token_response": TOKENS | {"expires_at": NOW + 3600}, "refresh_token": "r", "accepted_at": NOW - 60}


def bea(issued):
    """Another user, who has signed in ISSUED seconds ago."""
    return User({"token_response": TOKENS | {"issued_at": NOW - issued}}, name="bea")


LOCAL_USERS = [User({"local": "x", "version": 1}, name=f"local{number}") for number in range(20)]


@pytest.mark.parametrize("others", [[bea(60)], [bea(3000)], [*LOCAL_USERS, bea(60)]], ids=len)
def test_a_user_who_was_deleted_at_the_iam_loses_access(iam, state, others):
    """The IAM rejects a token that has not expired, while it accepts an older one of another user."""
    iam.answers |= {"userinfo": [http_error(401), ADA | {"sub": "2"}], "token": EXPIRED}
    handler = Handler(others=others)
    assert refresh(iam, User(state), handler) is False and handler.stopped == [("ada", "")]


def test_a_new_refresh_token_is_kept_whatever_fails_next(iam, state):
    """An IAM may take the second use of a refresh token for a theft, and end all tokens of its user."""
    state["token_response"]["expires_at"] = NOW + 1
    user = User(state)
    iam.answers |= {"token": TOKENS | {"access_token": "b", "refresh_token": "s"}, "userinfo": http_error(503)}
    assert refresh(iam, user) is True
    assert user.state["refresh_token"] == "s" and user.state["token_response"]["access_token"] == "b"


def test_an_iam_that_has_lost_all_tokens_ends_nobodys_access(iam, state):
    iam.answers |= {"userinfo": http_error(401), "token": EXPIRED}
    for others in ([bea(60)], [], [User({}, name="bea")]):
        handler = Handler(others=others)
        assert refresh(iam, User(state), handler) is False and handler.stopped == []


@pytest.mark.parametrize("other", [bea(59), User(name="bea")], ids=["issued later", "of an older version"])
def test_an_iam_that_has_lost_all_tokens_and_issues_new_ones_ends_nobodys_access(iam, state, other):
    """Bea has signed in since the IAM accepted the user's token: it may have lost them all in between."""
    iam.answers |= {"userinfo": [http_error(401), ADA | {"sub": "2"}], "token": EXPIRED}
    handler = Handler(others=[other])
    assert refresh(iam, User(state), handler) is False and handler.stopped == []


def test_each_check_records_when_the_iam_accepted_the_token(iam, state):
    assert refresh(iam, User(state))["auth_state"]["accepted_at"] == NOW
    iam.answers |= {"userinfo": [http_error(401), ADA], "token": TOKENS}
    assert refresh(iam, User(state))["auth_state"]["token_response"]["issued_at"] == NOW


def test_a_refreshed_token_is_as_old_as_the_sign_in(iam, state):
    """The IAM has accepted a refresh token of that time."""
    iam.answers |= {"userinfo": [http_error(401), ADA], "token": TOKENS}
    state["token_response"]["issued_at"] = NOW - 7200
    assert refresh(iam, User(state))["auth_state"]["token_response"]["issued_at"] == NOW - 7200


@pytest.mark.parametrize("expires", [NOW - 1, None])
def test_a_token_that_may_have_expired_says_nothing_about_its_user(iam, state, expires):
    iam.answers |= {"userinfo": [http_error(401), ADA | {"sub": "2"}], "token": EXPIRED}
    handler = Handler(others=[bea(60)])
    state["token_response"]["expires_at"] = expires
    assert refresh(iam, User(state), handler) is False and handler.stopped == []


def test_an_access_token_is_replaced_before_it_expires(iam, state):
    state["token_response"]["expires_at"] = NOW + 2 * iam.auth_refresh_age
    assert refresh(iam, User(state)) and "token" not in requested(iam)
    state["token_response"]["expires_at"] -= 1
    iam.answers["token"] = TOKENS | {"access_token": "b", "expires_in": 100}
    new = refresh(iam, User(state))["auth_state"]
    assert new["access_token"] == "b" and new["token_response"]["expires_at"] == NOW + 100


def test_a_member_whose_refresh_token_has_expired_remains_one_until_the_access_token_expires(iam, state):
    state["token_response"]["expires_at"] = NOW + 1
    iam.answers["token"] = EXPIRED
    assert refresh(iam, User(state))["name"] == "ada"


def test_another_person_does_not_become_this_user(iam):
    refresh(iam)
    iam.answers["userinfo"] = ADA | {"sub": "2"}
    handler = Handler()
    assert refresh(iam, handler=handler) is False and handler.stopped == []


def test_a_name_that_was_given_to_another_identity_ends_the_access_of_the_former(iam):
    model = refresh(iam)
    iam.accounts.move("ada", "https://iam.example.org", "2", lambda _: False)
    user, handler = User(model["auth_state"]), Handler()
    assert refresh(iam, user, handler) is False and handler.stopped == [("ada", "")] and user.cookie_id != "cookie"


def test_sign_ins_leave_connections_for_checks(iam, monkeypatch):
    """And whoever sends very many is told to wait."""
    running, most, done = [], [], asyncio.Event()

    async def authenticate(*_, **__):
        running.append(1)
        most.append(len(running))
        await done.wait()
        running.pop()

    async def several():
        monkeypatch.setattr(signin.GenericOAuthenticator, "authenticate", authenticate)
        tasks = [asyncio.ensure_future(iam.authenticate(Handler())) for _ in range(MAX_WAITING_OF_ONE + 1)]
        with pytest.raises(HTTPError) as refused:
            await next(asyncio.as_completed(tasks))
        done.set()
        await asyncio.wait(tasks)
        return refused.value

    assert "Very many people" in asyncio.run(several()).jupyterhub_message
    assert max(most) == AT_ONCE < iam.http_client.max_clients / 2


def test_concurrent_requests_share_one_check(iam):
    async def run():
        return await asyncio.gather(*(iam.refresh_user(User(), None) for _ in range(5)))

    assert [model["name"] for model in asyncio.run(run())] == ["ada"] * 5
    assert requested(iam).count("userinfo") == 1
    assert not iam.checks
    asyncio.run(run())
    assert requested(iam).count("userinfo") == 2


def test_a_request_that_is_cancelled_does_not_cancel_the_check_of_others(iam):
    async def run():
        first = asyncio.ensure_future(iam.refresh_user(User(), None))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(iam.refresh_user(User(), None))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(run())["name"] == "ada"


def test_jupyterhub_6_finds_the_attribute_that_it_reads(iam):
    handler = Handler()
    refresh(iam, handler=handler)
    assert handler._token_authenticated is False
    handler._token_authenticated = True
    refresh(iam, handler=handler)
    assert handler._token_authenticated is True
