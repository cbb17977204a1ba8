"""The IAM and local accounts on one sign-in page of a real hub: who is who, and what ends whose access."""

import asyncio
import datetime
import re
from urllib.parse import unquote

import pytest
from local_hub import Browser, running_hub, text_of
from processes import until

from hubkit.hub.local import passwords
from hubkit.hub.roles import NAMED_ADMINISTRATORS
from visitor.errors import WrongPassword
from visitor.user import Visitor

OWN, TODAY = "correct horse battery", datetime.date.today().isoformat()
LATER = (datetime.date.today() + datetime.timedelta(20)).isoformat()


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        for name in ("alice", "grace", "dora"):
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


def test_without_the_iam_only_the_form_is_left(hub, tmp_path):
    """And the IAM's addresses are gone."""
    methods = {"methods": ["local"], "local": {"days": 31, "requests": False}, "admin_users": []}
    with running_hub(tmp_path, methods) as other:
        page = Browser(other).get("login").text
        assert "username_input" in page and "Sign in with" not in page and "request-account" not in page
        assert Browser(other).get("oauth_login").status_code == 404
