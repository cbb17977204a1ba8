"""Acting as somebody else: headers that name a user, cookies of others, cookies and tokens that were made up."""

import base64
import json
import re
import secrets

import deployment
import pytest
import wire

VARIABLES = ["REMOTE_USER", "OIDC_CLAIM_preferred_username", "OIDC_CLAIM_sub", "SSL_CLIENT_S_DN_CN"]
HEADERS = [
    "X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Forwarded-Preferred-Username", "X-Auth-Request-User",
    "X-JupyterHub-User", "X-User", *VARIABLES, *(name.replace("_", "-") for name in VARIABLES),
]  # fmt: skip
NAVIGATION = ("Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: same-origin")
LOGIN = "jupyterhub-hub-login"
TOKENS = [
    "Authorization: token", "Authorization: token ", "Authorization: Bearer null", "Authorization: token undefined",
    "Authorization: token ' OR 1=1 --", "Authorization: token %00", f"Authorization: token {'a' * 4096}",
    "Authorization: token alice", "Authorization: Basic YWxpY2U6YWxpY2U=",
    "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsIm5hbWUiOiJhbGljZSJ9.",
]  # fmt: skip


def acts_as(address, *headers):
    """The user whose page the hub shows at a request with HEADERS; None when it asks to sign in."""
    answer = wire.ask(address, "/hub/home", *NAVIGATION, *headers)
    assert answer.status in (200, 302), answer
    return re.search(r'user: "([^"]*)"', answer.body)[1] if answer.status == 200 else None


def cookie(person, name):
    return next(cookie.value for cookie in person.session.cookies if cookie.name == name)


@pytest.fixture(scope="module")
def bob(people):
    """The value of bob's login cookie."""
    return cookie(people["bob"], LOGIN).strip('"')


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_names_a_user_changes_nothing(apache, bob, name):
    assert acts_as(apache, f"{name}: alice") is None
    assert acts_as(apache, f"{name}: alice", f'Cookie: {LOGIN}="{bob}"') == "bob"


def tampered(value, other):
    """{how: VALUE, a signed cookie, changed so as to be OTHER's, whose value is another one}."""
    version, key, stamp, name, content, signature = value.split("|")
    foreign = other.split("|")
    now = stamp.partition(":")[2]
    return {
        "the content of another's": "|".join([version, key, stamp, name, foreign[4], signature]),
        "the signature of another's": "|".join([version, key, stamp, name, content, foreign[5]]),
        "another key": "|".join([version, "1:1", stamp, name, content, signature]),
        "another time": "|".join([version, key, f"10:{int(now) + 1}", name, content, signature]),
        "another name": "|".join([version, key, stamp, "5:_xsrf", content, signature]),
        "no signature": "|".join([version, key, stamp, name, content, ""]),
        "a shorter signature": value[:-1],
        "the first version": "|".join([content.partition(":")[2], now, signature[:40]]),
        "no cookie that was signed": base64.b64encode(b"alice").decode(),
        "the name alone": "alice",
    }


def test_a_login_cookie_that_was_changed_is_not_accepted(apache, people, bob):
    alice = cookie(people["alice"], LOGIN).strip('"')
    accepted = {
        how: name
        for how, value in tampered(bob, alice).items()
        if (name := acts_as(apache, f'Cookie: {LOGIN}="{value}"'))
    }
    assert accepted == {}
    assert acts_as(apache, f'Cookie: {LOGIN}="{bob}"') == "bob", "the control"


@pytest.mark.parametrize("name", ["jupyterhub-session-id", "_xsrf", "jupyterhub-user-alice"])
def test_no_other_cookie_signs_in(apache, people, server_of_alice, bob, name):
    """Those that user servers receive, too, as they are and as login cookie; and the login cookie by another name."""
    alices = [c.value for c in server_of_alice.session.cookies if c.name == name]
    assert alices
    for value in alices:
        assert acts_as(apache, f"Cookie: {name}={value}") is None
        assert acts_as(apache, f"Cookie: {LOGIN}={value}") is None
        assert acts_as(apache, f'Cookie: {name}={value}; {LOGIN}="{bob}"') == "bob", "the control"
    assert acts_as(apache, f'Cookie: {name}="{bob}"') is None


def test_a_cookie_for_a_server_opens_no_other(apache, people, server_of_alice, bob):
    own = cookie(server_of_alice, "jupyterhub-user-alice")
    statuses = {
        name: wire.ask(apache, "/user/alice/lab", *NAVIGATION, f'Cookie: {name}="{value}"').status
        for name, value in {
            "jupyterhub-user-alice": bob, "jupyterhub-user-bob": own.strip('"'), LOGIN: own.strip('"'),
        }.items()
    }  # fmt: skip
    assert statuses == dict.fromkeys(statuses, 302), "sent to the hub to sign in"
    assert wire.ask(apache, "/user/alice/lab", *NAVIGATION, f"Cookie: jupyterhub-user-alice={own}").status == 200


def api_status(address, *headers):
    return wire.ask(address, "/hub/api/user", *headers).status


@pytest.mark.parametrize("token", TOKENS)
def test_what_is_no_token_is_not_accepted(apache, token):
    assert api_status(apache, token) == 403


def test_tokens_are_not_guessed(apache):
    paths = ["/hub/api/user"] * 60
    guesses = [wire.request(path, f"Authorization: token {secrets.token_hex(16)}", last=False) for path in paths]
    answers = wire.exchange(apache, b"".join(guesses) + wire.request(paths[0]))
    assert [answer.status for answer in answers] == [403] * 61


def test_a_token_is_accepted(apache):
    """The control: that of a service, which has no user."""
    token = json.loads(deployment.on_hub("cat /etc/openstack-hub/secrets.json"))["culler_token"]
    assert api_status(apache, f"Authorization: token {token}") == 200
