"""Sign-ins that cannot be completed, in a real hub: they start again by themselves, once."""

from urllib.parse import parse_qs, urlsplit

import pytest

from visitor import forms
from visitor.errors import SignInDenied
from visitor.user import NAVIGATION, Visitor


@pytest.fixture
def visitor(service):
    return Visitor(service.url)


def begin(visitor):
    """The IAM's form, as another tab of the browser gets it."""
    return visitor.page(f"{visitor.url}/hub/oauth_login")


def complete(visitor, form_page, service, name):
    """The page to which the IAM's form leads."""
    form, name_field, password_field = forms.password_form(forms.soup(form_page))
    credentials = {name_field: name, password_field: service.iam.password(name)}
    return forms.submit(visitor.session, form_page, form, forms.fields(form) | credentials, headers=NAVIGATION)


def test_two_tabs_both_end_signed_in(service, visitor):
    first, second = begin(visitor), begin(visitor)
    for tab in (first, second):
        page = complete(visitor, tab, service, "alice")
        assert page.status_code == 200 and urlsplit(page.url).path.startswith(("/hub/", "/user/alice/"))
        assert "alice" in page.text


def test_the_page_that_was_asked_for_is_shown_after_a_restart(service, visitor):
    first = visitor.page(f"{visitor.url}/hub/oauth_login?next=%2Fhub%2Fhome")
    visitor.page(f"{visitor.url}/hub/oauth_login?next=%2Fhub%2Fhome")
    assert urlsplit(complete(visitor, first, service, "alice").url).path == "/hub/home"


def test_a_reload_of_the_access_denied_page_shows_it_again(service, visitor):
    with pytest.raises(SignInDenied):
        visitor.sign_in("dave", service.iam.password("dave"))
    old = f"{visitor.url}/hub/oauth_callback?code=used&state=e30%3D"
    page = visitor.page(old)
    assert page.status_code == 403 and "in none of the groups" in page.text


def test_a_sign_in_that_fails_twice_ends_at_a_page_with_a_button(service, visitor):
    """No cookie with the state is kept, so that it can never be completed."""

    def callback():
        answer = visitor.session.get(
            f"{visitor.url}/hub/oauth_callback?code=x&state=y", allow_redirects=False, timeout=30
        )
        visitor.session.cookies.pop("oauthenticator-state", None)
        return answer

    restarted = callback()
    assert restarted.status_code == 302 and "/hub/oauth_login" in restarted.headers["Location"]
    page = callback()
    button = forms.soup(page).select_one("a.btn[href$='/hub/oauth_login']")
    assert page.status_code == 400 and button.text == "Sign in again"
    assert callback().status_code == 302, "the button leads to another attempt"


@pytest.mark.parametrize("state", ["W10=", "bnVsbA==", "MQ==", "%C3%A9"])  # [], null, 1, no base64
def test_a_state_of_another_form_starts_again_too(service, visitor, state):
    begin(visitor)
    url = f"{visitor.url}/hub/oauth_callback?code=x&state={state}"
    answer = visitor.session.get(url, allow_redirects=False, timeout=30)
    assert answer.status_code == 302 and "/hub/oauth_login" in answer.headers["Location"]


def test_the_text_of_a_link_is_not_shown(service, visitor):
    """Anybody can write a link to the hub with an error, and a text that asks for a password or a call."""
    page = visitor.page(f"{visitor.url}/hub/oauth_callback?error=access_denied&error_description=Call+0900")
    assert page.status_code == 400 and "Call 0900" not in page.text and "Sign in again" in page.text
    assert "Call 0900" in service.log("hub")


def test_a_sign_in_cannot_be_completed_by_another_browser(service, visitor):
    """Or a link with an attacker's code would sign the victim in as the attacker."""
    attacker = Visitor(service.url)
    form_page = begin(attacker)
    form, name_field, password_field = forms.password_form(forms.soup(form_page))
    values = forms.fields(form) | {name_field: "bob", password_field: service.iam.password("bob")}
    step = attacker.session.post(form_page.url, data=values, headers=NAVIGATION, allow_redirects=False, timeout=30)
    while "/hub/oauth_callback" not in (link := step.headers["Location"]):
        step = attacker.session.get(requests_url(step.url, link), allow_redirects=False, timeout=30)
    assert "code" in parse_qs(urlsplit(link).query)
    page = visitor.page(link)
    assert "bob" not in page.text and forms.password_form(forms.soup(page))


def requests_url(base, link):
    return link if "://" in link else f"{base.partition('://')[0]}://{urlsplit(base).netloc}{link}"


def test_the_log_shows_neither_code_nor_state(service, visitor):
    for _ in range(2):  # the second time it ends in an error, whose line has the whole address
        visitor.session.get(f"{visitor.url}/hub/oauth_callback?code=a-code&state=a-state", allow_redirects=False)
    log = service.log("hub")
    assert "400 GET /hub/oauth_callback?code=[secret]&state=[secret]" in log
    assert "a-code" not in log and "a-state" not in log
