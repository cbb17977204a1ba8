"""The way back from the IAM: a sign-in ends in the browser in which it began, once, and nowhere else."""

import base64
import json
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import deployment
import pytest

from visitor import Visitor, forms
from visitor.user import NAVIGATION

CALLBACK = f"{deployment.URL}/hub/oauth_callback"


def changed(url, **parameters):
    """URL with PARAMETERS of its query replaced; None leaves one out."""
    parts = urlsplit(url)
    query = {name: value for name, value in (dict(parse_qsl(parts.query)) | parameters).items() if value is not None}
    return parts._replace(query=urlencode(query)).geturl()


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


class Browser(Visitor):
    """A visitor that stops at any step of the sign-in."""

    def __init__(self):
        super().__init__(deployment.URL, deployment.CA)

    def step(self, url):
        return self.session.get(url, headers=NAVIGATION, allow_redirects=False)

    def at_iam(self):
        """The address at the IAM to which the hub sends this browser."""
        return self.step(f"{self.url}/hub/oauth_login").headers["Location"]

    def callback(self, name, at_iam=None):
        """The address at the hub to which the IAM sends this browser when NAME has signed in there."""
        response = self.session.get(at_iam or self.at_iam(), headers=NAVIGATION)
        form, user, password = forms.password_form(forms.soup(response))
        values = {**forms.fields(form), user: name, password: deployment.read("passwords.json")[name]}
        response = forms.submit(self.session, response, form, values, headers=NAVIGATION, allow_redirects=False)
        while not (url := response.headers["Location"]).startswith(self.url):
            response = self.step(url)
        return url

    def signed_in_as(self):
        """The name of the user who is signed in at the hub, None for nobody."""
        response = self._fetch("GET", f"{self.url}/hub/api/user")
        return response.json()["name"] if response.status_code == 200 else None


# What a victim's browser is made to open: (the attacker's own way back, the victim's own state) -> address
FOREIGN = {
    "as it is": lambda callback, state: callback,
    "with the victim's state": lambda callback, state: changed(callback, state=state),
    "without a state": lambda callback, state: changed(callback, state=None),
    "with an empty state": lambda callback, state: changed(callback, state=""),
    "with two states": lambda callback, state: f"{callback}&{urlencode({'state': state})}",
    "with a state that names none": lambda callback, state: changed(callback, state=encoded({})),
    "with the victim's state in another form": lambda callback, state: changed(callback, state=f"{state}===="),
}
STATES = [
    {},
    [],
    [1],
    None,
    1,
    "x",
    {"state_id": None},
    {"state_id": []},
    {"state_id": {"a": 1}},
    {"state_id": "x" * 3000},
]
JUNK = [
    "", "code=x", "state=x", "code=&state=", "code=x&state=x", "code=x&state=%ff", "code=x&state=%c3%a9", "code[]=x",
    "code=x&state=%00", "code=%00&state=x", "code=x&state=e30", "code=x&state====", "code=x&state=bnVsbA==", "&&&", "=",
    "code=x;state=x", f"code={'x' * 7000}&state=x", "error=", "error=&error_description=x", "code=x&state=../../x",
    "code=x&state=x&iss=https://evil.example.org",
]  # fmt: skip
REDIRECTS = [
    "https://evil.example.org/hub/oauth_callback", f"{CALLBACK}/", f"{CALLBACK}?x=y", f"{CALLBACK}/../../user/bob/",
    CALLBACK.replace("https:", "http:"), CALLBACK.replace("://", "://x@"), f"{CALLBACK}.evil.example.org",
]  # fmt: skip
CHALLENGES = [
    {"code_challenge": None}, {"code_challenge_method": "plain"},
    {"code_challenge": None, "code_challenge_method": None},
]  # fmt: skip
# Where the hub, which signs users in to their servers, is asked to send a user of alice's server
SERVERS = [
    "/user/bob/oauth_callback", "/user/alice/../bob/oauth_callback", "/user/alice/oauth_callback/../../bob/",
    "/user/alice/oauth_callback?x=y", "https://evil.example.org/user/alice/oauth_callback", "//evil.example.org",
    f"{deployment.URL}.evil.example.org/user/alice/oauth_callback", "/hub/oauth_callback",
]  # fmt: skip
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def callback(testbed):
    """An attacker's way back from the IAM, which the attacker does not go."""
    return Browser().callback("bob")


def state_of(at_iam):
    return parse_qs(urlsplit(at_iam).query)["state"][0]


@pytest.mark.parametrize("way", FOREIGN)
def test_a_sign_in_of_the_attacker_does_not_end_in_the_browser_of_the_victim(callback, way):
    victim = Browser()
    answer = victim.step(FOREIGN[way](callback, state_of(victim.at_iam())))
    assert answer.status_code in (302, 400, 403), answer.text
    assert victim.signed_in_as() is None


def test_it_ends_in_the_browser_in_which_it_began_and_once():
    """The control: the same request, with the cookie of that browser; and its repetition."""
    bob, other = Browser(), Browser()
    own = bob.callback("bob")
    assert other.step(own).status_code == 302 and other.signed_in_as() is None
    assert bob.step(own).status_code == 302 and bob.signed_in_as() == "bob"
    bob.session.cookies.clear(domain="hub.localhost", path="/hub/", name="jupyterhub-hub-login")
    bob.step(own)
    assert bob.signed_in_as() is None, "a code is good for one use"


def test_a_signed_in_user_stays_who_it_is(callback):
    alice = Browser()
    alice.step(alice.callback("alice"))
    for way in FOREIGN.values():
        alice.step(way(callback, state_of(alice.at_iam())))
        assert alice.signed_in_as() == "alice"


@pytest.mark.parametrize("query", [*JUNK, *[f"code=x&state={encoded(state)}" for state in STATES]])
def test_junk_is_refused(query):
    browser = Browser()
    browser.at_iam()
    answer = browser.step(f"{CALLBACK}?{query}")
    assert answer.status_code in (302, 400)
    assert browser.signed_in_as() is None


@pytest.mark.parametrize("parameter", ["error", "error_description", "error_uri", "state", "code", "iss"])
def test_nothing_that_was_sent_is_shown(parameter):
    """With `error`, the hub answers with a page about it."""
    page = Browser().step(f"{CALLBACK}?{urlencode({'error': 'x', parameter: SCRIPT})}")
    assert page.status_code == 400 and "Sign in again" in page.text
    assert "alert(1)" not in page.text


@pytest.mark.parametrize("uri", REDIRECTS)
def test_the_iam_leads_back_to_nobody_else(uri):
    browser = Browser()
    answer = browser.step(changed(browser.at_iam(), redirect_uri=uri))
    assert answer.status_code == 400 and "Location" not in answer.headers


@pytest.mark.parametrize("change", CHALLENGES)
def test_a_sign_in_without_its_challenge_does_not_end(change):
    browser = Browser()
    at_iam = browser.at_iam()
    assert parse_qs(urlsplit(at_iam).query)["code_challenge_method"] == ["S256"]
    back = browser.step(changed(at_iam, **change)).headers["Location"]
    assert back.startswith(CALLBACK) and "code=" not in back
    assert browser.step(back).status_code == 400 and browser.signed_in_as() is None


def test_a_code_of_another_challenge_is_not_accepted():
    """As with a code that was stolen: the IAM gives it, but not for the verifier in this browser's cookie."""
    browser = Browser()
    back = browser.callback("bob", changed(browser.at_iam(), code_challenge="x" * 43))
    assert "code=" in back
    assert "/hub/oauth_login" in browser.step(back).headers["Location"], "it starts again"
    assert browser.signed_in_as() is None


def authorized(person, uri):
    """The address to which the hub sends PERSON, with a code for the server of alice, when URI is asked for."""
    query = urlencode(
        {"client_id": "jupyterhub-user-alice", "redirect_uri": uri, "response_type": "code", "state": "x"}
    )
    answer = person.session.get(
        f"{person.url}/hub/api/oauth2/authorize?{query}", headers=NAVIGATION, allow_redirects=False
    )
    return answer.headers.get("Location", "")


@pytest.mark.parametrize("uri", SERVERS)
def test_the_hub_leads_back_to_the_server_only(server_of_alice, uri):
    assert "code=" not in authorized(server_of_alice, uri)


def test_the_hub_gives_a_code_to_the_owner_of_the_server(server_of_alice, people):
    """The control; bob gets none."""
    uri = "/user/alice/oauth_callback"
    assert "code=" in authorized(server_of_alice, uri)
    assert "code=" not in authorized(people["bob"], uri)
