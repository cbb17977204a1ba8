import asyncio
import io
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_groups import tries
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.web import HTTPError
from traitlets.config import Config

from hubkit.hub import pages, signin
from hubkit.hub.accounts import Accounts

ENDPOINTS = {
    "issuer": "https://iam.example.org", "authorization_endpoint": "https://iam.example.org/authorize",
    "token_endpoint": "https://iam.example.org/token", "userinfo_endpoint": "https://iam.example.org/userinfo",
    "end_session_endpoint": "https://iam.example.org/logout",
}  # fmt: skip
SAID = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=2))
ANSWERS = st.fixed_dictionaries({}, optional=dict.fromkeys(("sub", "preferred_username", "groups", *ENDPOINTS), SAID))
ADA = {"sub": "1", "preferred_username": "Ada", "groups": ["/cloud/jupyter"]}


def says(code, body=b""):
    request = HTTPRequest("https://iam.example.org")
    return HTTPClientError(code, response=HTTPResponse(request, code, buffer=io.BytesIO(body)))


class User:
    name, _auth_refreshed = "ada", 1.0

    def __init__(self, state=None):
        self.spawners = {"": SimpleNamespace(ready=True)}
        self.state = {"token_response": {"access_token": "a", "token_type": "Bearer"}, "refresh_token": "r"}
        self.state = self.state if state is None else state

    async def get_auth_state(self):
        return self.state


class Handler:
    def __init__(self, note=None):
        self.note, self.stopped = note, []

    def get_token(self):
        return self.note and SimpleNamespace(note=self.note)

    async def stop_single_user(self, user, name):
        self.stopped.append(user.name)


@pytest.fixture
def iam(model, secrets, tmp_path):
    """An authenticator whose IAM answers from `iam.answers`: {end of the address: what it says}."""
    config = Config()
    signin.configure(config, model, secrets)
    config.IAMAuthenticator.accounts = Accounts(str(tmp_path / "accounts.sqlite"))
    iam = signin.IAMAuthenticator(config=config)
    iam.answers, iam.asked = {"openid-configuration": ENDPOINTS, "userinfo": ADA}, []

    async def httpfetch(url, *_, **__):
        iam.asked.append(url.rpartition("/")[2])
        answer = iam.answers[url.rpartition("/")[2]]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    iam.httpfetch = httpfetch
    return iam


def refresh(iam, user=None, handler=None):
    async def run():
        answer = await iam.refresh_user(user or User(), handler)
        await asyncio.sleep(0.01)  # what it left to the loop
        return answer

    return asyncio.run(run())


def test_a_member_stays_with_groups_of_today(iam):
    iam.answers["userinfo"] = ADA | {"groups": ["cloud/jupyter", "/cloud/gpu", 7]}
    model = refresh(iam)
    assert (model["name"], model["groups"], model["admin"]) == ("ada", ["cloud/gpu", "cloud/jupyter"], False)


def test_an_admin_is_a_member_without_the_other_groups(iam):
    iam.answers["userinfo"] = ADA | {"groups": ["cloud/jupyter-admins"]}
    model = refresh(iam)
    assert model["admin"] is True
    assert asyncio.run(iam.check_allowed("ada", model)) is True
    assert asyncio.run(iam.check_allowed("ada", model | {"groups": []})) is False


@pytest.mark.parametrize("groups", [["cloud/other"], [], None, "cloud/jupyter", {"cloud/jupyter": 1}])
def test_who_is_in_no_group_any_more_loses_access_and_server(iam, groups):
    refresh(iam)
    iam.answers["userinfo"] = ADA | {"groups": groups}
    handler = Handler()
    assert refresh(iam, handler=handler) is False
    assert handler.stopped == ["ada"]


FAILURES = [
    ConnectionRefusedError(),
    TimeoutError(),
    says(599),
    says(500),
    says(503),
    says(429),
    says(404),
    ValueError(),
    {},
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
@pytest.mark.parametrize("where", ["openid-configuration", "userinfo", "token"])
def test_an_iam_that_fails_takes_nothing(iam, failure, where):
    # also when a fresh token would be refused: it must not come to that
    iam.answers["token"] = says(400, b'{"error": "invalid_grant"}')
    if where == "token":
        iam.answers["userinfo"] = says(401)
    iam.answers[where] = failure
    handler = Handler()
    assert refresh(iam, handler=handler) is True
    assert handler.stopped == []


def test_expired_token_is_refreshed_and_the_refresh_token_kept(iam):
    iam.answers |= {"userinfo": [says(401), ADA], "token": {"access_token": "b", "token_type": "Bearer"}}
    state = refresh(iam)["auth_state"]
    assert (state["access_token"], state["refresh_token"]) == ("b", "r")


def test_without_any_good_token_one_signs_in_again_and_the_server_runs_on(iam):
    iam.answers |= {"userinfo": says(401), "token": says(400, b'{"error": "invalid_grant"}')}
    handler = Handler()
    assert refresh(iam, handler=handler) is False
    assert refresh(iam, User({}), handler) is False
    assert refresh(iam, User(User().state | {"refresh_token": None}), handler) is False
    assert handler.stopped == []


def test_a_server_reports_on_when_tokens_have_expired_but_that_is_no_proof(iam):
    iam.answers |= {"userinfo": says(401), "token": says(400, b'{"error": "invalid_grant"}')}
    user = User()
    assert refresh(iam, user, Handler("Server at /user/ada/")) is True
    assert user._auth_refreshed is None
    assert refresh(iam, user, Handler("my script")) is False


def test_another_person_does_not_become_this_user(iam):
    refresh(iam)
    iam.answers["userinfo"] = ADA | {"sub": "2"}
    assert refresh(iam) is False


def test_requests_that_come_together_ask_once(iam):
    async def run():
        return await asyncio.gather(*(iam.refresh_user(User(), None) for _ in range(5)))

    assert [model["name"] for model in asyncio.run(run())] == ["ada"] * 5
    assert iam.asked.count("userinfo") == 1


def test_a_forged_issuer_is_no_iam(iam):
    iam.answers["openid-configuration"] = ENDPOINTS | {"issuer": "https://evil.example.org"}
    with pytest.raises(ValueError, match="another issuer"):
        asyncio.run(iam.discover())


@tries(60)
@given(
    st.sampled_from(["userinfo", "openid-configuration"]),
    SAID | ANSWERS | ANSWERS.map(lambda said: ADA | ENDPOINTS | said),
)
def test_nothing_that_an_iam_says_is_an_error(iam, where, answer):
    iam.endpoints = {}
    iam.answers |= {"openid-configuration": ENDPOINTS, "userinfo": ADA, where: [answer]}
    told = refresh(iam)
    assert told in (True, False) or told["name"]


def test_refused_page_says_all_and_escapes_all(iam):
    asyncio.run(iam.discover())
    with pytest.raises(pages.Refused) as refused:
        iam.user_info_to_username({"sub": "9", "preferred_username": "<script>x</script>", "groups": []})
    html = refused.value.jupyterhub_html_message
    assert refused.value.status_code == 403
    assert "<script>" not in html and "&lt;script&gt;x" in html
    sign_out = "https://iam.example.org/logout?client_id=openstack-hub&amp;post_logout_redirect_uri=https%3A%2F%2Fhub"
    join = 'href="https://iam.example.org/join"'
    for words in ("<code>cloud/jupyter</code>", join, "mailto:help@example.org", sign_out):
        assert words in html


def test_refused_page_without_anything_to_offer():
    error = pages.refused("IAM", "ada", ["a"], membership_url="", contact={"email": "", "url": ""}, sign_out_url="u")
    assert "Request" not in error.jupyterhub_html_message and "Questions" not in error.jupyterhub_html_message


@pytest.mark.parametrize(
    ("failure", "status", "words"),
    [
        (TimeoutError(), 503, "Test IAM does not answer"),
        (says(502), 503, "go on running"),
        (says(400), 400, "Start again"),
    ],
)
def test_sign_in_at_an_iam_that_fails_is_a_page(iam, failure, status, words, monkeypatch):
    async def authenticate(*_, **__):
        raise failure

    monkeypatch.setattr(signin.GenericOAuthenticator, "authenticate", authenticate)
    handler = SimpleNamespace(hub=SimpleNamespace(base_url="/hub/"))
    with pytest.raises(HTTPError) as error:
        asyncio.run(iam.authenticate(handler))
    assert error.value.status_code == status and words in error.value.jupyterhub_html_message


def test_api_tokens_are_strict_wherever_the_hub_knows_the_word(iam):
    assert getattr(iam, "auth_refresh_strict", True) is True
