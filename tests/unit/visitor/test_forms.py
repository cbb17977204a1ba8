"""Pages as providers and hubs write them."""

import pytest
from bs4 import BeautifulSoup

from visitor import forms

# the approval page of INDIGO IAM, in short
IAM_APPROVE = """<form id="logout" action="/logout" method="get"><button>Sign out</button></form>
<form name="confirmationForm" action="/authorize" method="post">
<input type="checkbox" name="scope_openid" value="openid" checked="checked">
<input type="checkbox" name="scope_x" value="x">
<input type="radio" name="remember" value="until-revoked" checked><input type="radio" name="remember" value="none">
<input id="user_oauth_approval" name="user_oauth_approval" value="true" type="hidden">
<input type="hidden" name="_csrf" value="t"><input name="deny" value="Deny" type="submit">
<input name="authorize" value="Authorize" type="submit"></form>"""
KEYCLOAK_LOGIN = """<form id="kc-form-login" action="https://k/auth?execution=1" method="post">
<input id="username" name="username" type="text"><input id="password" name="password" type="password">
<input type="checkbox" name="rememberMe"><input type="hidden" name="credentialId">
<input name="login" type="submit" value="Sign In"></form>"""
KEYCLOAK_CONSENT = """<form action="/consent" method="POST"><input type="hidden" name="code" value="c">
<input name="accept" type="submit" value="Yes"><input name="cancel" type="submit" value="No"></form>"""
OIDC_LOGOUT = """<form id="op.logoutForm" method="post" action="/end"><input type="hidden" name="xsrf" value="x"></form>
<button type="submit" form="op.logoutForm">No, stay signed in</button>
<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>"""


def page(html):
    return BeautifulSoup(html, "html.parser")


@pytest.mark.parametrize(
    ("html", "sent"),
    [
        (
            IAM_APPROVE,
            {
                "scope_openid": "openid",
                "remember": "until-revoked",
                "user_oauth_approval": "true",
                "_csrf": "t",
                "authorize": "Authorize",
            },
        ),
        (KEYCLOAK_CONSENT, {"code": "c", "accept": "Yes"}),
        (OIDC_LOGOUT, {"xsrf": "x", "logout": "yes"}),
    ],
)
def test_consent_is_given_with_the_button_that_agrees(html, sent):
    form = forms.consent_form(page(html))
    assert forms.fields(form) | forms.agree_button(form) == sent


def test_password_form_among_others():
    form, name, password = forms.password_form(page(f"<form><input name=q></form>{KEYCLOAK_LOGIN}"))
    assert (name, password) == ("username", "password")
    assert forms.fields(form) == {"username": "", "password": "", "credentialId": ""}
    assert forms.password_form(page(IAM_APPROVE)) is None
    assert forms.consent_form(page(KEYCLOAK_LOGIN)) is None


@pytest.mark.parametrize(
    "html",
    [
        "<label><input type=radio name=profile value=a checked><b>A</b> 2 CPU</label>"
        "<label for=b>B</label><input type=radio id=b name=profile value=b>",
        "<select name=image><option>x</option></select>"
        "<select name=profile><option value=a selected>A 2 CPU</option><option value=b>B</option></select>",
    ],
)
def test_a_profile_list_of_radio_buttons_or_a_select(html):
    form = page(f"<form>{html}</form>").form
    assert forms.profile_choices(form) == ("profile", {"a": "A 2 CPU", "b": "B"})
    assert forms.fields(form)["profile"] == "a"


def test_the_error_message_is_visible_and_the_most_specific():
    html = "<p class='alert hidden'>insecure</p><div class=alert>notice</div><p class=login_error>Invalid password</p>"
    assert forms.error_message(page(html)) == "Invalid password"
    assert forms.error_message(page("<p>fine</p>")) == ""
    dialog = '<div class="modal" id="error-dialog"><h2>Error</h2><p class="ajax-error">The error</p></div>'
    assert forms.error_message(page(f"<p>fine</p>{dialog}")) == ""
