"""Sign-in with accounts of the machine by PAM, and users of the IAM who get such an account, on a real hub."""

import pytest
from local_hub import Browser, text_of
from machine import PASSWORD, running_machine
from processes import until

from visitor.errors import VisitorError
from visitor.user import Visitor


class Hub:
    """A hub on a machine, for Browser: `url`."""

    def __init__(self, machine, service):
        self.machine, self.service, self.url = machine, service, f"{service.url}/hub"

    @property
    def log(self):
        return self.service.log("hub")


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with running_machine(tmp_path_factory.mktemp("hub"), ["iam", "pam"]) as (machine, service):
        running = Hub(machine, service)
        yield running
        assert "Traceback" not in running.log


def by_form(hub, name, password=PASSWORD):
    browser = Browser(hub)
    return browser, browser.sign_in(name, password)


def by_iam(hub, name):
    visitor = Visitor(hub.service.url)
    visitor.sign_in(name, hub.service.iam.password(name))
    return visitor


def user(browser):
    return browser.get("api/user").json()


def test_an_account_signs_in_with_its_password(hub):
    alice, _ = by_form(hub, "alice")
    found = user(alice)
    assert (found["name"], found["admin"]) == ("alice", False) and set(found["groups"]) == {"alice", "research"}
    assert alice.get("admin").status_code == 403


def test_an_account_whose_group_has_no_name_signs_in(hub):
    nameless, _ = by_form(hub, "nameless")
    assert user(nameless)["groups"] == ["research"]


def test_administrators_are_those_named(hub):
    bob, _ = by_form(hub, "bob")
    assert bob.get("admin").status_code == 200


def test_the_form_is_for_accounts_of_the_cluster(hub):
    text = text_of(Browser(hub).get("login"))
    assert "or with an account of this cluster" in text and "Change your password" not in text


@pytest.mark.parametrize("name", ["alice", "root", "nobody-at-all", "alice\0", "../alice", "ALICE"])
def test_a_wrong_password_says_nothing_about_the_account(hub, name):
    browser, answer = by_form(hub, name, "wrong")
    assert "Invalid user name or password." in text_of(answer) and not browser.is_signed_in()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("erin", "is in none of the groups research"),
        ("daemon2", "is one of the system"),
        ("root", "is one of the system"),
    ],
)
def test_not_every_account_may_use_the_hub(hub, name, reason):
    browser, answer = by_form(hub, name)
    assert f"The account {name} {reason}" in text_of(answer) and not browser.is_signed_in()


def test_a_password_with_a_null_byte_is_not_that_before_it(hub):
    browser, answer = by_form(hub, "alice", f"{PASSWORD}\0more")
    assert answer.status_code in (400, 403) and not browser.is_signed_in()


def test_guessing_gets_slow(hub):
    """The wait, 2 seconds at first, doubles with each failure, so that a slow machine meets it a few guesses later."""
    answers = (text_of(by_form(hub, "verify", f"guess {i}")[1]) for i in range(12))
    assert any("Too many failed attempts" in answer for answer in answers)


def test_a_user_of_the_iam_gets_the_account_of_the_same_name(hub):
    assert by_iam(hub, "alice").name == "alice"


def test_a_user_of_the_iam_without_an_account_is_told_so(hub):
    with pytest.raises(VisitorError, match="but the account of this name on the cluster was not found"):
        by_iam(hub, "carol")


def test_an_account_belongs_to_one_person_of_the_iam(hub):
    """Somebody else who calls himself like that gets neither this account nor another one."""
    by_iam(hub, "bob")
    users = hub.service.iam.users
    hub.service.iam.users = {**users, "bob": {**users["bob"], "sub": "another-person"}}
    try:
        with pytest.raises(VisitorError, match="belongs to another person"):
            by_iam(hub, "bob")
    finally:
        hub.service.iam.users = users


def test_a_user_of_the_iam_whose_account_expired_is_refused(hub):
    expired = hub.machine.changed(lambda machine: machine.expired.add("alice"))
    with expired, pytest.raises(VisitorError, match="has expired"):
        by_iam(hub, "alice")


def withdraw(machine):
    machine.expired.add("alice")


def remove_from_group(machine):
    machine.research.discard("alice")


def make_again(machine):
    machine.accounts["alice"] = 2999


@pytest.mark.parametrize("change", [withdraw, remove_from_group, make_again])
def test_access_ends_with_the_account(hub, change):
    alice, _ = by_form(hub, "alice")
    with hub.machine.changed(change):
        until(lambda: not alice.is_signed_in())
    assert by_form(hub, "alice")[0].is_signed_in()


def test_an_old_password_closes_the_form_and_ends_nothing(hub):
    alice, _ = by_form(hub, "alice")
    with hub.machine.changed(lambda machine: machine.old.add("alice")):
        until(lambda: alice.is_signed_in() and "AccountUnknown('needs a new password first')" in hub.log)
        again, answer = by_form(hub, "alice")
        assert "The account alice needs a new password first." in text_of(answer) and not again.is_signed_in()
        assert alice.is_signed_in()


def test_an_account_that_cannot_be_found_ends_nothing(hub):
    """A directory service that is down looks the same."""
    alice, _ = by_form(hub, "alice")
    with hub.machine.changed(lambda machine: machine.accounts.pop("alice")):
        until(lambda: alice.is_signed_in() and "The account of alice is unknown, so nothing changes" in hub.log)
    assert alice.is_signed_in()


def test_without_the_iam_only_the_form_is_left(tmp_path):
    with running_machine(tmp_path, ["pam"]) as (machine, service):
        other = Hub(machine, service)
        page = Browser(other).get("login").text
        assert "username_input" in page and "Sign in with" not in page
        assert by_form(other, "alice")[0].is_signed_in()
