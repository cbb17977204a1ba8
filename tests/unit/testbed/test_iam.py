"""The test IAM keeps what the hub relies on: as INDIGO IAM behaves, over the real protocol."""

import base64
import hashlib
import html
import json
import re
import secrets
import urllib.parse

import pytest
import requests

CALLBACK = "http://127.0.0.1:1/hub/oauth_callback"
SCOPES = "openid profile email offline_access"


class Person:
    """A browser without JavaScript, and the hub's side of the code flow."""

    def __init__(self, iam):
        self.iam = iam
        self.web = requests.Session()
        self.web.trust_env = False
        self.endpoints = self.web.get(f"{iam.issuer}/.well-known/openid-configuration").json()
        self.verifier = secrets.token_urlsafe(48)

    def authorize(self, **changes):
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        parameters = {
            "client_id": self.iam.client_id,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": SCOPES,
            "state": "s1",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        } | changes
        params = {key: value for key, value in parameters.items() if value}
        return self.follow(self.web.get(self.endpoints["authorization_endpoint"], params=params, allow_redirects=False))

    def follow(self, response):
        """Follow redirects inside the IAM; the one to the hub is the answer."""
        while (target := response.headers.get("location", "")).startswith((self.iam.issuer, "/")):
            response = self.web.get(urllib.parse.urljoin(response.url, target), allow_redirects=False)
        return response

    def sign_in(self, name, password=None):
        form = self.authorize()
        data = {"username": name, "password": password or self.iam.password(name)}
        return self.follow(self.web.post(form.url, data=data, allow_redirects=False))

    def token(self, **grant):
        secret = {"client_id": self.iam.client_id, "client_secret": self.iam.client_secret}
        return self.web.post(self.endpoints["token_endpoint"], data=grant | secret)

    def tokens(self, name):
        answer = returned(self.sign_in(name))
        response = self.token(
            grant_type="authorization_code", code=answer["code"], redirect_uri=CALLBACK, code_verifier=self.verifier
        )
        response.raise_for_status()
        return response.json()

    def userinfo(self, tokens):
        return self.web.get(
            self.endpoints["userinfo_endpoint"], headers={"Authorization": f"Bearer {tokens['access_token']}"}
        )


def returned(response):
    assert response.headers["location"].startswith(CALLBACK), response.text
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(response.headers["location"]).query))


@pytest.fixture
def person(iam):
    before = iam.users
    yield Person(iam)
    iam.users = before


def test_discovery_names_the_endpoints_of_indigo(person, iam):
    assert person.endpoints["issuer"] == iam.issuer
    assert person.endpoints["authorization_endpoint"] == f"{iam.issuer}/authorize"
    assert person.endpoints["end_session_endpoint"] == f"{iam.issuer}/logout"
    assert {"authorization_code", "refresh_token"} <= set(person.endpoints["grant_types_supported"])


@pytest.mark.parametrize("name", ["alice", "nobody", "../passwords/alice"])
def test_wrong_password_is_refused_and_the_form_shown_again(person, name):
    response = person.sign_in(name, "wrong")
    assert response.status_code == 401
    assert 'role="alert"' in response.text and 'name="password"' in response.text


def test_sign_in_gives_identity_and_groups_without_leading_slash(person, iam):
    claims = person.userinfo(person.tokens("carol")).json()
    assert claims["sub"] == iam.users["carol"]["sub"]
    assert claims["preferred_username"] == "carol"
    assert claims["groups"] == ["cloud/jupyter", "cloud/jupyter-admins"]


def test_sign_in_is_remembered(person):
    person.tokens("alice")
    assert "code" in returned(person.authorize())


def test_pkce_is_required(person):
    assert returned(person.authorize(code_challenge=None, code_challenge_method=None))["error"] == "invalid_request"


def test_wrong_pkce_verifier_is_refused(person):
    code = returned(person.sign_in("alice"))["code"]
    response = person.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier="x" * 64)
    assert response.status_code == 400 and response.json()["error"] == "invalid_grant"


def test_changed_groups_appear_in_the_next_response(person, iam):
    tokens = person.tokens("bob")
    iam.set_groups("bob", ["cloud/other"])
    assert person.userinfo(tokens).json()["groups"] == ["cloud/other"]


def test_a_removed_user_gets_no_response(person, iam):
    tokens = person.tokens("bob")
    iam.users = {name: user for name, user in iam.users.items() if name != "bob"}
    assert person.userinfo(tokens).status_code == 401


def test_answers_about_one_user_can_fail(person, iam):
    bob, alice = person.tokens("bob"), Person(iam).tokens("alice")
    subject = iam.users["bob"]["sub"]
    iam._write("faults.json", json.dumps({subject: {"status": 500, "body": "<h1>out of order</h1>"}}))
    failed, refreshed = (
        person.userinfo(bob),
        person.token(grant_type="refresh_token", refresh_token=bob["refresh_token"]),
    )
    assert (failed.status_code, failed.text, refreshed.status_code) == (500, "<h1>out of order</h1>", 500)
    assert person.userinfo(alice).status_code == 200
    iam._write("faults.json", json.dumps({subject: {"delay": 1}}))
    late = person.userinfo(bob)
    assert late.elapsed.total_seconds() >= 1 and late.json()["preferred_username"] == "bob"
    iam._write("faults.json", "{}")
    assert person.userinfo(bob).elapsed.total_seconds() < 1


def test_refresh_token_gives_a_working_access_token(person):
    tokens = person.tokens("alice")
    response = person.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert person.userinfo(response.json()).json()["preferred_username"] == "alice"


def test_no_refresh_token_without_its_scope(person, monkeypatch):
    monkeypatch.setitem(globals(), "SCOPES", "openid profile")
    assert "refresh_token" not in person.tokens("alice")


def test_sign_out_works_without_javascript(person, iam):
    person.tokens("alice")
    back = "http://127.0.0.1:1/"
    page = person.web.get(
        person.endpoints["end_session_endpoint"], params={"client_id": iam.client_id, "post_logout_redirect_uri": back}
    )
    action = html.unescape(re.search(r'action="([^"]+)"', page.text)[1])
    fields = dict(re.findall(r'<(?:input|button)[^>]* name="([^"]+)" value="([^"]+)"', page.text))
    response = person.web.post(action, data=fields, allow_redirects=False)
    assert response.headers["location"] == back
    assert 'name="password"' in person.authorize().text
