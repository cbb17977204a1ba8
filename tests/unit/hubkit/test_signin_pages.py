"""Pages of sign-in, access denied and sign-out."""

import asyncio

import pytest
from mock_iam import ENDPOINTS, Handler, http_error, refresh
from oauthenticator.oauth2 import OAuthLoginHandler
from tornado.web import HTTPError

from hubkit.hub import handlers, pages, signin


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
        (http_error(400), 400, "Sign in again"),
    ],
)
def test_a_sign_in_while_the_iam_fails_gives_an_error_page(iam, failure, status, words, monkeypatch):
    async def authenticate(*_, **__):
        raise failure

    monkeypatch.setattr(signin.GenericOAuthenticator, "authenticate", authenticate)
    handler = Handler()
    for answer in (ENDPOINTS, failure):  # it fails after discovery, or at once
        iam.answers["openid-configuration"], iam.endpoints = answer, {}
        with pytest.raises(HTTPError) as error:
            asyncio.run(iam.authenticate(handler))
        assert error.value.status_code == status and words in error.value.jupyterhub_html_message
        assert status != 400 or 'href="https://hub.example.org/hub/oauth_login"' in error.value.jupyterhub_html_message


@pytest.mark.parametrize("page", ["iam_unavailable", "sign_in_rejected", "access_denied"])
def test_pages_have_a_plain_text_for_programs(page, iam):
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
    started = []
    monkeypatch.setattr(OAuthLoginHandler, "get", lambda self: started.append(1))
    monkeypatch.setattr(handlers.LoginHandler, "authenticator", iam, raising=False)
    handler = handlers.LoginHandler.__new__(handlers.LoginHandler)
    asyncio.run(handler.get())
    assert started == [1]
    iam.answers["openid-configuration"] = TimeoutError()
    asyncio.run(handler.get())
    assert started == [1, 1], "an answer of seconds ago is not asked for again"
    iam.discovered -= signin.DISCOVERY_AGE + 1
    with pytest.raises(HTTPError) as error:
        asyncio.run(handler.get())
    assert error.value.status_code == 503 and started == [1, 1]


def test_sign_out_leads_to_the_iam_where_it_has_an_endpoint(iam, monkeypatch):
    redirects = []

    async def default_page(self):
        redirects.append("the hub's own page")

    monkeypatch.setattr(handlers.OAuthLogoutHandler, "render_logout_page", default_page)
    monkeypatch.setattr(handlers.LogoutHandler, "authenticator", iam, raising=False)
    handler = handlers.LogoutHandler.__new__(handlers.LogoutHandler)
    handler.redirect = redirects.append
    asyncio.run(handler.render_logout_page())
    refresh(iam)
    asyncio.run(handler.render_logout_page())
    assert redirects[0] == "the hub's own page" and redirects[1].startswith("https://iam.example.org/logout?")
