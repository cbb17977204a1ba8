"""The IAM and local accounts on one sign-in page of a real hub: who is who, and what ends whose access."""

import asyncio
import datetime
import re
from urllib.parse import unquote

import pytest
import requests
from local_hub import Browser, running_hub, text_of
from processes import until

from hubkit.hub.accounts import Accounts
from hubkit.hub.local import passwords
from hubkit.hub.roles import NAMED_ADMINISTRATORS
from visitor.errors import WrongPassword
from visitor.user import Visitor

OWN, TODAY = "correct horse battery", datetime.date.today().isoformat()
LATER = (datetime.date.today() + datetime.timedelta(20)).isoformat()


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        for name in ("alice", "grace", "dora", "erin", "finn", "hugo"):
            running.local.create(name, LATER, passwords.hashed("once"))
            asyncio.run(running.local.change_password(name, "once", OWN, "192.0.2.1", TODAY))
        yield running
        assert "Traceback" not in running.log


def by_form(hub, name):
    browser = Browser(hub)
    browser.sign_in(name, OWN)
    assert browser.is_signed_in()
    return browser


def by_iam(hub, name):
    visitor = Visitor(hub.service.url)
    visitor.sign_in(name, hub.service.iam.password(name))
    return visitor


def user(browser):
    """The hub's record of the user who is signed in."""
    return browser.get("api/user").json()


def test_persons_of_the_same_name_are_different_users(hub):
    assert user(by_form(hub, "alice"))["name"] == "alice"
    assert by_iam(hub, "alice").name == "alice-2"


def test_a_password_of_the_one_method_is_none_of_the_other(hub):
    browser = Browser(hub)
    browser.sign_in("bob", hub.service.iam.password("bob"))
    assert not browser.is_signed_in()
    with pytest.raises(WrongPassword):
        Visitor(hub.service.url).sign_in("dora", OWN)


def test_administrators_of_both_methods_see_users_and_local_accounts(hub):
    grace = by_form(hub, "grace")
    assert grace.get("admin").status_code == 200 and "Local accounts" in text_of(grace.get("accounts"))
    carol = by_iam(hub, "carol")
    for page in ("admin", "accounts"):
        assert carol.page(f"{hub.url}/{page}").status_code == 200
        assert by_iam(hub, "alice").page(f"{hub.url}/{page}").status_code == 403
        assert by_form(hub, "dora").get(page).status_code == 403


def test_no_group_of_the_iam_makes_an_administrator_of_local_accounts(hub):
    hub.service.iam.set_groups("bob", ["cloud/jupyter", NAMED_ADMINISTRATORS])
    bob = by_iam(hub, "bob")
    assert bob.page(f"{hub.url}/admin").status_code == 403


def test_a_disabled_account_loses_session_and_server_and_nobody_else_does(hub):
    dora, bob = by_form(hub, "dora"), by_iam(hub, "bob")
    bob.running() or bob.start("default")
    token = re.search(r'_xsrf=([^"&]+)', dora.get("spawn").text)[1]
    dora.send("spawn", token=unquote(token), profile="default")
    server = until(lambda: (servers := user(dora)["servers"]) and servers[""]["ready"] and servers[""])
    assert server["user_options"] == {"profile": "default"}
    hub.local.disable("dora")
    until(lambda: "Stopping the server of dora" in hub.log)
    assert not dora.is_signed_in() and bob.running()["ready"]
    assert dora.sign_in("dora", OWN).status_code == 403


def test_a_new_password_ends_all_that_began_with_the_old_one(hub):
    """Also where the new one signs in before the next check."""
    thief, owner = by_form(hub, "erin"), Browser(hub)
    page = thief.get("home").text
    xsrf = re.search(r'xsrf_token: "([^"]+)"', page)[1]
    created = thief.session.post(f"{hub.url}/api/users/erin/tokens", headers={"X-XSRFToken": xsrf}, json={}, timeout=30)
    program = {"Authorization": f"token {created.json()['token']}"}
    assert requests.get(f"{hub.url}/api/user", headers=program, timeout=30).status_code == 200
    new = "another long password"
    owner.send("change-password", username="erin", password=OWN, new=new, again=new)
    assert owner.is_signed_in() and not thief.is_signed_in()
    assert requests.get(f"{hub.url}/api/user", headers=program, timeout=30).status_code == 403


def test_what_began_before_a_reset_does_not_survive_it(hub):
    """There is no check between the reset and the sign-in with the new password."""
    session = by_form(hub, "finn")
    hub.local.reset("finn", passwords.hashed("once"))
    asyncio.run(hub.local.change_password("finn", "once", "another long password", "192.0.2.1", TODAY))
    owner = Browser(hub)
    owner.sign_in("finn", "another long password")
    assert owner.is_signed_in() and not session.is_signed_in()


def test_whoever_had_a_name_before_has_no_access_after_its_new_owner_signs_in(hub):
    former = by_form(hub, "hugo")
    accounts = Accounts(str(hub.service.folder / "accounts.sqlite"))
    accounts.move("hugo", hub.service.iam.issuer, hub.service.iam.users["verify"]["sub"], lambda name: False)
    try:
        assert by_iam(hub, "verify").name == "hugo" and not former.is_signed_in()
    finally:
        accounts.move("hugo", "local", "hugo", lambda name: False)


def test_without_the_iam_only_the_form_is_left(hub, tmp_path):
    """And the IAM's addresses are gone."""
    methods = {"methods": ["local"], "local": {"days": 31, "requests": False}, "admin_users": [], "iam_admin_users": []}
    with running_hub(tmp_path, methods) as other:
        page = Browser(other).get("login").text
        assert "username_input" in page and "Sign in with" not in page and "request-account" not in page
        assert Browser(other).get("oauth_login").status_code == 404
