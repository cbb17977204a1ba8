import asyncio
import io
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterhub.auth import Authenticator
from oauthenticator.oauth2 import OAuthLoginHandler
from test_groups import MANAGER, examples
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
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=2))
DOCUMENTS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("sub", "preferred_username", "groups", *ENDPOINTS), VALUES)
)
ADA = {"sub": "1", "preferred_username": "Ada", "groups": ["/cloud/jupyter"]}
TOKENS = {"access_token": "a", "token_type": "Bearer"}


def http_error(code, body=b""):
    request = HTTPRequest("https://iam.example.org")
    return HTTPClientError(code, response=HTTPResponse(request, code, buffer=io.BytesIO(body)))


EXPIRED = http_error(400, b'{"error": "invalid_grant"}')


class User:
    name, _auth_refreshed = "ada", 1.0

    def __init__(self, state=None, ready=True):
        self.spawners = {"": SimpleNamespace(ready=ready)}
        self.state = {"token_response": TOKENS, "refresh_token": "r"} if state is None else state

    async def get_auth_state(self):
        return self.state


class Handler:
    """A request with a token of this NOTE, or with a cookie; records whose servers are stopped."""

    def __init__(self, note=None, error=None):
        self.note, self.error, self.stopped = note, error, []

    def get_token(self):
        return self.note and SimpleNamespace(note=self.note)

    async def stop_single_user(self, user, name):
        if self.error:
            raise self.error
        self.stopped.append((user.name, name))


@pytest.fixture
def iam(model, secrets, tmp_path):
    """An authenticator whose IAM answers from `iam.answers`: {last part of the URL: answer, or a list of answers}."""
    config = Config()
    signin.configure(config, model, secrets)
    config.IAMAuthenticator.accounts = Accounts(str(tmp_path / "accounts.sqlite"))
    iam = signin.IAMAuthenticator(config=config)
    iam.answers, iam.requests = {"openid-configuration": ENDPOINTS, "userinfo": ADA}, []

    async def httpfetch(url, *_, **kwargs):
        name = url.rpartition("/")[2].partition("?")[0]
        iam.requests.append((name, kwargs))
        answer = iam.answers[name]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    iam.httpfetch = httpfetch
    return iam


def requested(iam):
    return [name for name, _ in iam.requests]


def refresh(iam, user=None, handler=None):
    async def run():
        result = await iam.refresh_user(user or User(), handler)
        await asyncio.sleep(0.01)  # for the tasks that it started
        return result

    return asyncio.run(run())


# --- Membership ------------------------------------------------------------------------------------------------------
def test_a_member_keeps_the_name_and_gets_the_current_groups(iam):
    iam.answers["userinfo"] = ADA | {"groups": ["cloud/jupyter", "/cloud/gpu", 7]}
    model = refresh(iam)
    assert (model["name"], model["groups"], model["admin"]) == ("ada", ["cloud/gpu", "cloud/jupyter"], False)


def test_an_admin_is_a_member_without_the_other_groups(iam):
    iam.answers["userinfo"] = ADA | {"groups": ["cloud/jupyter-admins"]}
    model = refresh(iam)
    assert model["admin"] is True
    assert asyncio.run(iam.check_allowed("ada", model)) is True
    assert asyncio.run(iam.check_allowed("ada", model | {"groups": ["cloud/jupyter"]})) is True
    assert asyncio.run(iam.check_allowed("ada", model | {"groups": []})) is False


@pytest.mark.parametrize("admin_groups", [{"cloud/other-admins"}, set()], ids=["changed", "emptied"])
def test_a_former_admin_is_none_any_more(iam, admin_groups):
    """JupyterHub leaves the flag as it is unless the answer is an explicit False."""
    iam.answers["userinfo"] = ADA | {"groups": ["cloud/jupyter", "cloud/jupyter-admins"]}
    assert refresh(iam)["admin"] is True
    iam.admin_groups = admin_groups
    assert refresh(iam)["admin"] is False


@pytest.mark.parametrize("groups", [["cloud/other"], [], None, "cloud/jupyter", {"cloud/jupyter": 1}, [MANAGER]])
def test_a_user_in_none_of_the_groups_loses_access_and_server(iam, groups):
    refresh(iam)
    iam.answers["userinfo"] = ADA | {"groups": groups}
    handler = Handler()
    assert refresh(iam, handler=handler) is False
    assert handler.stopped == [("ada", "")]
    assert not iam.stops, "finished tasks are dropped"


def test_only_running_servers_are_stopped(iam):
    iam.answers["userinfo"] = ADA | {"groups": []}
    handler = Handler()
    assert refresh(iam, User(ready=False), handler) is False and handler.stopped == []


def test_a_stop_that_fails_is_logged(iam, caplog):
    iam.answers["userinfo"] = ADA | {"groups": []}
    assert refresh(iam, handler=Handler(error=RuntimeError("no"))) is False
    assert "Could not stop the server of ada" in caplog.text


def test_the_stop_is_not_collected_as_garbage_while_it_runs(iam):
    iam.answers["userinfo"] = ADA | {"groups": []}

    class SlowHandler(Handler):
        async def stop_single_user(self, user, name):
            self.stopped.append(len(iam.stops))

    handler = SlowHandler()
    refresh(iam, handler=handler)
    assert handler.stopped == [1]


# --- An IAM that fails -----------------------------------------------------------------------------------------------
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


# --- Tokens ----------------------------------------------------------------------------------------------------------
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
    assert refresh(iam, user, Handler("Server at /user/ada/")) is True
    assert user._auth_refreshed is None
    for note in ("my script", "not a Server at /user/ada/", ""):
        assert refresh(iam, user, Handler(note)) is False
    assert refresh(iam, User(), None) is False


def test_another_person_does_not_become_this_user(iam):
    refresh(iam)
    iam.answers["userinfo"] = ADA | {"sub": "2"}
    assert refresh(iam) is False


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


# --- Discovery -------------------------------------------------------------------------------------------------------
def test_another_issuer_is_rejected(iam):
    iam.answers["openid-configuration"] = ENDPOINTS | {"issuer": "https://evil.example.org"}
    with pytest.raises(ValueError, match="another issuer"):
        asyncio.run(iam.discover())
    assert not iam.endpoints and not iam.token_url


def test_the_endpoints_are_discovered_once(iam):
    refresh(iam)
    refresh(iam)
    assert requested(iam).count("openid-configuration") == 1
    assert (iam.authorize_url, iam.token_url) == (ENDPOINTS["authorization_endpoint"], ENDPOINTS["token_endpoint"])
    assert iam.userdata_url == ENDPOINTS["userinfo_endpoint"]


@examples(60)
@given(
    st.sampled_from(["userinfo", "openid-configuration"]),
    VALUES | DOCUMENTS | DOCUMENTS.map(lambda document: ADA | ENDPOINTS | document),
)
def test_no_answer_of_an_iam_raises_an_error(iam, endpoint, answer):
    iam.endpoints = {}
    iam.answers |= {"openid-configuration": ENDPOINTS, "userinfo": ADA, endpoint: [answer]}
    result = refresh(iam)
    assert result in (True, False) or result["name"]


@pytest.mark.parametrize("user_info", [ADA | {"sub": 7}, ADA | {"preferred_username": ["Ada"]}])
def test_names_that_are_no_text_give_no_account(iam, user_info):
    with pytest.raises(TypeError):
        iam.user_info_to_username(user_info)


def test_the_subject_is_used_where_the_claim_for_the_name_is_missing(iam):
    assert iam.user_info_to_username({"sub": "Eve", "groups": ["cloud/jupyter"]}) == "eve"
    assert iam.user_info_to_username({"sub": "2", "preferred_username": "", "groups": ["cloud/jupyter"]}) == "user-2"


# --- Pages -----------------------------------------------------------------------------------------------------------
def test_the_access_denied_page_is_complete_and_escaped(iam):
    asyncio.run(iam.discover())
    with pytest.raises(pages.AccessDenied) as denied:
        iam.user_info_to_username({"sub": "9", "preferred_username": "<script>x</script>", "groups": []})
    html = denied.value.jupyterhub_html_message
    assert (denied.value.status_code, denied.value.reason) == (403, "Forbidden")
    assert "<script>" not in html and "&lt;script&gt;x" in html
    sign_out = "https://iam.example.org/logout?client_id=openstack-hub&amp;post_logout_redirect_uri=https%3A%2F%2Fhub"
    join = 'href="https://iam.example.org/join"'
    contact = 'Questions: <a href="mailto:help@example.org">help@example.org</a>, <a href="https://example.org/help">'
    for words in ("You are signed in at Test IAM as", "<code>cloud/jupyter</code>", join, contact, sign_out):
        assert words in html
    assert "cloud/jupyter-admins" not in html


def test_the_access_denied_page_without_optional_parts(iam):
    error = pages.access_denied(
        "IAM", "ada", ["a"], membership_url="", contact={"email": "", "url": ""}, sign_out_url="u"
    )
    html = error.jupyterhub_html_message
    assert "Request" not in html and "Questions" not in html and "Ask to be added to one of them, then" in html
    with pytest.raises(pages.AccessDenied) as denied:  # the IAM has not been discovered
        iam.user_info_to_username({"sub": "9", "groups": []})
    assert 'href="https://iam.example.org/"' in denied.value.jupyterhub_html_message


@pytest.mark.parametrize(
    ("contact", "line"),
    [
        ({}, ""),
        ({"email": "a@b.c"}, 'Questions: <a href="mailto:a@b.c">a@b.c</a>.'),
        ({"url": "https://a"}, 'Questions: <a href="https://a">https://a</a>.'),
    ],
)
def test_the_contact_line(contact, line):
    assert pages.contact_line(contact) == line


@pytest.mark.parametrize(
    ("failure", "status", "words"),
    [
        (TimeoutError(), 503, "Test IAM does not answer"),
        (http_error(502), 503, "Running servers keep running"),
        (http_error(400), 400, "Start again"),
    ],
)
def test_a_sign_in_while_the_iam_fails_gives_an_error_page(iam, failure, status, words, monkeypatch):
    async def authenticate(*_, **__):
        raise failure

    monkeypatch.setattr(signin.GenericOAuthenticator, "authenticate", authenticate)
    handler = SimpleNamespace(hub=SimpleNamespace(base_url="/hub/"))
    for answer in (ENDPOINTS, failure):  # it fails after discovery, or at once
        iam.answers["openid-configuration"], iam.endpoints = answer, {}
        with pytest.raises(HTTPError) as error:
            asyncio.run(iam.authenticate(handler))
        assert error.value.status_code == status and words in error.value.jupyterhub_html_message
        assert status != 400 or 'href="/hub/oauth_login"' in error.value.jupyterhub_html_message


@pytest.mark.parametrize("page", ["iam_unavailable", "sign_in_rejected", "access_denied"])
def test_programs_get_the_text_of_a_page(page, iam):
    error = {
        "iam_unavailable": lambda: pages.iam_unavailable("100% IAM", {"url": "https://a"}),
        "sign_in_rejected": lambda: pages.sign_in_rejected("100% IAM", "https://a"),
        "access_denied": lambda: pages.access_denied(
            "100% IAM", "ada", ["a"], membership_url="", contact={}, sign_out_url="https://a"
        ),
    }[page]()
    message = error.log_message % error.args  # as JupyterHub 5 does; 6 reads jupyterhub_message
    assert message == error.jupyterhub_message and "100% IAM" in message and "<" not in message
    assert error.reason in ("Service Unavailable", "Bad Request", "Forbidden")


def test_the_sign_in_starts_at_the_iam_only_if_it_answers(iam, monkeypatch):
    started, log = [], SimpleNamespace(error=lambda *_: None)
    monkeypatch.setattr(OAuthLoginHandler, "get", lambda self: started.append(1))
    handler = signin.LoginHandler.__new__(signin.LoginHandler)
    monkeypatch.setattr(signin.LoginHandler, "authenticator", iam, raising=False)
    monkeypatch.setattr(signin.LoginHandler, "log", log, raising=False)
    asyncio.run(handler.get())
    assert started == [1]
    iam.answers["openid-configuration"] = TimeoutError()
    with pytest.raises(HTTPError) as error:
        asyncio.run(handler.get())
    assert error.value.status_code == 503 and started == [1]


def test_sign_out_leads_to_the_iam_where_it_has_an_endpoint(iam, monkeypatch):
    redirects = []

    async def default_page(self):
        redirects.append("the hub's own page")

    monkeypatch.setattr(signin.OAuthLogoutHandler, "render_logout_page", default_page)
    monkeypatch.setattr(signin.LogoutHandler, "authenticator", iam, raising=False)
    handler = signin.LogoutHandler.__new__(signin.LogoutHandler)
    handler.redirect = redirects.append
    asyncio.run(handler.render_logout_page())
    refresh(iam)
    asyncio.run(handler.render_logout_page())
    assert redirects[0] == "the hub's own page" and redirects[1].startswith("https://iam.example.org/logout?")


# --- Configuration ---------------------------------------------------------------------------------------------------
def test_the_configuration_is_the_models(iam, model, secrets):
    expected = {
        "issuer": "https://iam.example.org/", "client_id": "openstack-hub", "client_secret": "client",
        "login_service": "Test IAM", "membership_url": "https://iam.example.org/join", "contact": model["contact"],
        "hub_url": "https://hub.example.org", "oauth_callback_url": "https://hub.example.org/hub/oauth_callback",
        "scope": ["openid", "profile", "email"], "username_claim": "preferred_username", "groups_claim": "groups",
        "manage_groups": True, "enable_pkce": True, "enable_auth_state": True, "auth_refresh_age": 300,
        "allowed_groups": {"cloud/jupyter"}, "admin_groups": {"cloud/jupyter-admins"},
        "http_request_kwargs": {"connect_timeout": 5, "request_timeout": 10},
    }  # fmt: skip
    assert {name: getattr(iam, name) for name in expected} == expected
    config = Config()
    signin.configure(config, model, secrets)
    assert config.JupyterHub.authenticator_class is signin.IAMAuthenticator
    assert config.CryptKeeper["keys"] == ["cd" * 32]


def test_membership_is_checked_before_each_start(model, secrets):
    """Whatever the authenticator's default is; test_service shows what it prevents."""
    config = Config()
    signin.configure(config, model, secrets)
    assert config.IAMAuthenticator.refresh_pre_spawn is True


def test_expired_users_are_refused_at_the_api_in_every_version(iam):
    """The trait exists from JupyterHub 6.1; 5.5 behaves that way."""
    assert hasattr(Authenticator, "auth_refresh_strict") == hasattr(iam, "auth_refresh_strict")
    assert getattr(iam, "auth_refresh_strict", True) is True
