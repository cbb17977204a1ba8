"""Local accounts in a real hub: its sign-in form, its pages, and how an authenticator uses them."""

import asyncio
import datetime
import re
import time

import pytest
import requests
from local_hub import Browser, running_hub, text_of
from processes import until

from hubkit.hub.audit import Audit
from hubkit.hub.local import passwords
from hubkit.hub.local.database import transaction
from hubkit.hub.local.sign_in import links, sign_in_form

OWN, NEXT_MONTH = "correct horse battery", (datetime.date.today() + datetime.timedelta(20)).isoformat()
HTML = "<script>x</script>\"'{{ 7 * 6 }}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        for name in ("grace", "ada"):
            add(running, name)
        yield running
        assert "Traceback" not in running.log
        assert OWN not in running.log and "once" not in running.log


def add(hub, name):
    """An account whose owner has chosen a password."""
    hub.local.create(name, NEXT_MONTH, passwords.hashed("once"))
    today = datetime.date.today().isoformat()
    asyncio.run(hub.local.change_password(name, "once", OWN, "192.0.2.1", today))


def lengthen_waits(hub, name):
    """As after many more failures of NAME from where some came already."""
    with transaction(hub.local.path) as db:
        assert db.execute("UPDATE attempts SET until = ? WHERE name = ?", (time.time() + 300, name)).rowcount == 2


def signed_in(hub, name):
    browser = Browser(hub)
    answer = browser.sign_in(name, OWN)
    assert answer.url == f"{hub.url}/token", text_of(answer)
    return browser


@pytest.fixture(scope="module")
def administrator(hub):
    return signed_in(hub, "grace")


def one_time_password(answer):
    return re.search(r'id="one-time-password"[^>]*>([a-z0-9-]{19})<', answer.text)[1]


def test_the_sign_in_page_has_the_iam_and_the_form_and_escapes_what_it_shows(hub):
    browser = Browser(hub)
    page = browser.get("login?next=%2Fhub%2F%22%3E%3Cscript%3E").text
    assert "Sign in with Test &lt;b&gt;IAM &#123;&#123; 7 * 6 }}" in page and '<script>"' not in page
    assert "request-account" in page and "change-password" in page
    answer = browser.send("login", username=HTML, password="x")
    assert answer.status_code == 403 and "Invalid user name or password." in text_of(answer)
    assert HTML not in answer.text and "<script>x" not in answer.text and "42" not in text_of(answer)


def test_without_an_iam_and_requests_neither_is_offered():
    form = sign_in_form(None, "hub", links(requests=False))
    assert "service-login" not in form and "request-account" not in form and "btn-jupyter" in form


def test_a_person_signs_in_by_the_form(hub):
    browser = signed_in(hub, "ada")
    assert browser.is_signed_in() and "ada" in text_of(browser.get("token"))
    (cookie,) = [each for each in browser.session.cookies if each.name == "openstack-hub-browser"]
    assert cookie.path == "/hub/" and cookie.has_nonstandard_attr("HttpOnly")


def test_a_one_time_password_leads_to_the_page_for_another_and_then_signs_in(hub):
    hub.local.create("bob", NEXT_MONTH, passwords.hashed("one-time"))
    browser = Browser(hub)
    answer = browser.sign_in("bob", "one-time")
    assert answer.url.startswith(f"{hub.url}/change-password?username=bob") and not browser.is_signed_in()
    fields = {"username": "bob", "password": "one-time", "new": OWN, "next": "/hub/token"}
    answer = browser.send("change-password", **fields, again="something else")
    assert answer.status_code == 403 and "The two new passwords differ." in text_of(answer)
    answer = browser.send("change-password", **{**fields, "new": "short"}, again="short")
    assert answer.status_code == 403 and "too short" in text_of(answer)
    answer = browser.send("change-password", **fields, again=OWN)
    assert answer.url == f"{hub.url}/token" and browser.is_signed_in()
    assert Browser(hub).sign_in("bob", "one-time").status_code == 403


def test_the_page_for_passwords_is_no_way_around_the_limits_and_escapes(hub):
    add(hub, "carl")
    browser = Browser(hub)
    fields = {"new": OWN, "again": OWN}
    browser.send("change-password", username="carl", password="guess", **fields)
    lengthen_waits(hub, "carl")
    answer = browser.send("change-password", username="carl", password=OWN, **fields)
    assert "Too many failed attempts" in text_of(answer)
    answer = browser.send("change-password", username=HTML, password="x", **fields, next=HTML)
    assert "<script>x" not in answer.text and answer.status_code == 403


@pytest.mark.parametrize(("typed", "account"), [("Ada", "ada"), ("typed-in-the-wrong-field", "")])
def test_the_audit_log_has_the_account_that_was_tried_and_no_other_text(hub, typed, account):
    folder = hub.service.folder / "audit"
    before, browser = len(list(Audit(folder, 90).lines())), Browser(hub)
    browser.sign_in(typed, "guess")
    browser.send("change-password", username=typed, password="guess", new=OWN, again=OWN)
    browser.send("change-password", username=typed, password="guess", new=OWN, again="x")  # is no attempt
    facts = ("event", "user", "account", "address", "result", "reason")
    found = [tuple(line.get(fact, "") for fact in facts) for line in Audit(folder, 90).lines()][before:]
    answer = ("", account, "127.0.0.1", "refused", "Invalid user name or password.")
    assert found == [("sign-in", *answer), ("password change", *answer)]
    written = [hub.log, *(path.read_text() for path in folder.glob("*.jsonl"))]
    assert not any("typed-in-the-wrong-field" in text for text in written)


def test_a_browser_that_has_signed_in_does_not_wait_for_what_others_do(hub):
    add(hub, "dora")
    known, stranger = signed_in(hub, "dora"), Browser(hub)
    stranger.sign_in("dora", "guess")
    lengthen_waits(hub, "dora")
    assert "Too many failed attempts" in text_of(stranger.sign_in("dora", OWN))
    assert known.is_signed_in()
    known.get("logout")
    assert known.sign_in("dora", OWN).url == f"{hub.url}/token"
    name = "openstack-hub-browser"
    value = known.session.cookies.get(name)
    stranger.session.cookies.set(name, value[:-8] + "00000000", path="/hub/")
    assert "Too many" in text_of(stranger.sign_in("dora", OWN)), "only the hub can make the cookie"
    stranger.session.cookies.set(name, signed_in(hub, "ada").session.cookies.get(name), path="/hub/")
    assert "Too many" in text_of(stranger.sign_in("dora", OWN)), "it is for one account"


@pytest.mark.parametrize("end", ["expiry", "disabled", "reset"])
def test_a_session_ends_with_its_account_and_with_its_password(hub, end):
    add(hub, name := f"person-{end}")
    browser = signed_in(hub, name)
    if end == "expiry":
        hub.local.extend(name, "2020-01-01")
    elif end == "disabled":
        hub.local.disable(name)
    else:
        hub.local.reset(name, passwords.hashed("new"))
    until(lambda: not browser.is_signed_in(), 10)
    words = {"expiry": "was valid until 2020-01-01", "disabled": "disabled", "reset": "Invalid"}
    assert words[end] in text_of(browser.sign_in(name, OWN))


def test_a_visitor_requests_and_an_administrator_approves(hub, administrator):
    browser = Browser(hub)
    answer = browser.send("request-account", username="Frank", reason="Frank, course, frank@example.org")
    assert "Your request was sent" in text_of(answer)
    page = administrator.get("accounts")
    assert "frank@example.org" in text_of(page) and page.headers["Cache-Control"] == "no-store"
    number = hub.local.requests()[0]["id"]
    answer = administrator.send("accounts", action="create", name="frank", days="7", request=number)
    password = one_time_password(answer)
    assert hub.local.requests() == [] and password not in administrator.get("accounts").text
    assert browser.sign_in("frank", password).url.startswith(f"{hub.url}/change-password")
    assert password not in hub.log and "Local account frank created, valid until" in hub.log


def test_a_request_is_rejected_and_bad_ones_are_not_recorded(hub, administrator):
    browser = Browser(hub)
    for fields in ({"username": "../x", "reason": "x"}, {"username": "x", "reason": ""}, {}):
        assert browser.send("request-account", **fields).status_code == 400
    assert hub.local.requests() == []
    browser.send("request-account", username="harry", reason="x")
    administrator.send("accounts", action="reject", request=hub.local.requests()[0]["id"])
    assert hub.local.requests() == []
    assert "Reject all" not in administrator.get("accounts").text
    for name in ("harry", "hermine"):
        browser.send("request-account", username=name, reason="x")
    assert "Reject all" in administrator.get("accounts").text
    administrator.send("accounts", action="reject_all")
    assert hub.local.requests() == []


def test_html_of_a_visitor_stays_text(hub, administrator):
    browser = Browser(hub)
    assert "Your request was sent" in text_of(browser.send("request-account", username="ida", reason=HTML))
    page = administrator.get("accounts")
    assert HTML in text_of(page) and "<script>x" not in page.text
    answer = browser.send("request-account", username=HTML, reason=f"</textarea>{HTML}")
    assert "<script>x" not in answer.text and "</textarea><" not in answer.text and answer.status_code == 400
    hub.local.reject(hub.local.requests()[0]["id"])


def test_an_administrator_resets_disables_enables_and_extends(hub, administrator):
    add(hub, "kim")
    password = one_time_password(administrator.send("accounts", action="reset", name="kim"))
    assert Browser(hub).sign_in("kim", password).url.startswith(f"{hub.url}/change-password")
    states = []
    for action in ("disable", "enable", "extend"):
        assert administrator.send("accounts", action=action, name="kim", days="31").status_code == 200
        states.append(next(account for account in hub.local.accounts() if account["name"] == "kim"))
    assert [state["disabled"] for state in states] == [True, False, False]
    assert states[0]["until"] == NEXT_MONTH < states[2]["until"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action": "create", "name": "lena", "days": "32"}, "1 to 31 days"),
        ({"action": "create", "name": "lena", "days": "0"}, "1 to 31 days"),
        ({"action": "create", "name": "lena", "days": "²"}, "1 to 31 days"),
        ({"action": "create", "name": "-lena", "days": "3"}, "lower-case"),
        ({"action": "create", "name": "ada", "days": "3"}, "in use"),
        ({"action": "create", "name": "lena", "days": "3", "request": "999999999999999999999"}, "has answered"),
        ({"action": "create", "name": "grace", "days": "3"}, "hub_admin_users"),
        ({"action": "reset", "name": HTML}, "There is no account"),
        ({"action": "reject", "request": "x"}, "has answered"),
        ({"action": "delete", "name": "ada"}, "Unknown action"),
        ({}, "Unknown action"),
    ],
)
def test_what_an_administrator_cannot_do_is_explained(hub, administrator, fields, words):
    answer = administrator.send("accounts", **fields)
    assert answer.status_code == 400 and words in text_of(answer) and "<script>x" not in answer.text
    assert "lena" not in str(hub.local.accounts())


def test_only_administrators_see_accounts(hub, administrator):
    """The same requests by an administrator succeed above."""
    ada = signed_in(hub, "ada")
    fields = {"action": "disable", "name": "grace"}
    assert ada.get("accounts").status_code == 403
    assert ada.send("accounts", token=ada.token("change-password"), **fields).status_code == 403
    stranger = Browser(hub)
    assert "/hub/login" in stranger.get("accounts").url
    assert stranger.send("accounts", token=stranger.token("login"), **fields).status_code == 403
    assert hub.local.is_member("grace", datetime.date.today().isoformat())


def test_a_token_of_an_administrator_is_not_enough(hub, administrator):
    token = administrator.session.post(
        f"{hub.url}/api/users/grace/tokens",
        json={},
        headers={"X-XSRFToken": administrator.token("accounts")},
        timeout=30,
    ).json()["token"]
    headers = {"Authorization": f"token {token}"}
    user = requests.get(f"{hub.url}/api/user", headers=headers, timeout=30, proxies={"http": ""})
    assert user.json()["name"] == "grace"
    answer = requests.get(f"{hub.url}/accounts", headers=headers, timeout=30, proxies={"http": ""})
    assert "/hub/login" in answer.url
    data = {"action": "disable", "name": "ada"}
    answer = requests.post(f"{hub.url}/accounts", data=data, headers=headers, timeout=30, proxies={"http": ""})
    assert answer.status_code == 403


@pytest.mark.parametrize("token", ["", "2|1:0|10:1700000000|5:_xsrf|4:eA==|00"])
@pytest.mark.parametrize("path", ["accounts", "change-password", "request-account", "login"])
def test_no_form_is_accepted_from_another_site(hub, administrator, path, token):
    """The same forms with the page's own token succeed above."""
    add(hub, name := f"x-{path}-{len(token)}")
    fields = {"action": "disable", "name": name, "username": name, "reason": "x"}
    fields |= {"password": OWN, "new": "another horse battery", "again": "another horse battery"}
    answer = administrator.send(path, token=token, **fields)
    assert answer.status_code == 403
    assert hub.local.requests() == [] and hub.local.version(name) == 2
