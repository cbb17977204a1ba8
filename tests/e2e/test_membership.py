"""Who may use the hub, in which ways, and what ends with a membership, within the declared minutes."""

import re

import deployment
import pages
import pytest
from members import ALL, DECLARED, FORMER, FORMER_ADMIN, GROUPS, MEMBER, NONE, OUTSIDERS, REMAIN, ways
from playwright.sync_api import expect

from visitor import Visitor
from visitor.errors import SignInDenied


def in_time(seconds, record_property, what, stop=0.0):
    """Whether WHAT ended within the declared minutes, without the time that the server's stop took."""
    record_property(what, round(seconds - stop, 1))
    print(f"\n{what}: {seconds - stop:.1f} s of {DECLARED} s, and {stop:.1f} s for the stop")
    return seconds - stop <= DECLARED


@pytest.mark.parametrize("name", GROUPS)
def test_members_and_administrators_may_use_everything(members, name):
    assert members.before[name] == ALL


@pytest.mark.parametrize("name", OUTSIDERS)
def test_others_may_use_nothing(members, name):
    """Also not of another user. A member of nothing but a subgroup is none of the group."""
    outsider = Visitor(deployment.URL, deployment.CA)
    with pytest.raises(SignInDenied, match=r"in none of the groups"):
        outsider.sign_in(name, deployment.read("passwords.json")[name])
    answer = outsider._fetch("POST", f"{deployment.URL}/hub/api/users/{name}/tokens", json={})
    assert answer.status_code == 403, "no token for programs"
    assert ways(outsider, "", "mona", members.people["mona"].kernel.id) == NONE
    assert not deployment.site.has_account(name)


@pytest.mark.parametrize("name", FORMER)
def test_a_former_member_loses_server_and_kernel_without_any_request(members, record_property, name):
    server, kernel = (members.seconds_until_ended(name, what) for what in ("server", "kernel"))
    deployment.until("the hub logs it", lambda: f"User {name} server took" in deployment.site.hub_log(), 10)
    stop = deployment.site.seconds_to_stop(name)
    assert in_time(server, record_property, f"server of {name}", stop)
    assert in_time(kernel, record_property, f"kernel of {name}", stop)


@pytest.mark.parametrize("name", FORMER)
def test_a_former_member_has_lost_everything_at_that_moment(members, name):
    members.seconds_until_ended(name, "server")
    assert deployment.until("the ways are tried", lambda: members.after.get(name), 60) == NONE


def test_the_page_says_why(members, album):
    members.seconds_until_ended("wanda", "server")
    page = members.pages["wanda"]
    page.reload()
    expect(page).to_have_url(re.compile(f"^{deployment.URL}/hub/login"))
    album.take(page, "11 withdrawn, sign-in again")
    pages.ask_for_sign_in(page, "/user/wanda/lab")
    for words in ("wanda", "in none of the groups", "cloud/jupyter", "help@example.org"):
        expect(page.locator(".error")).to_contain_text(words)
    album.take(page, "11 withdrawn, denied")


def test_a_deleted_user_is_asked_to_sign_in_and_cannot(members, album):
    members.seconds_until_ended("dora", "server")
    page = members.pages["dora"]
    page.reload()
    expect(page).to_have_url(re.compile(f"^{deployment.URL}/hub/login"))
    page.context.clear_cookies()  # the IAM's session
    pages.ask_for_sign_in(page)
    pages.fill_in(page, "dora")
    expect(page.get_by_role("alert")).to_have_text("Wrong user name or password.")
    album.take(page, "12 deleted")


def test_a_former_administrator_remains_a_member(members, record_property):
    assert members.before_admin
    assert in_time(members.seconds_until_ended(FORMER_ADMIN, "administration"), record_property, "administration")
    assert members.ways(FORMER_ADMIN) == ALL
    assert FORMER_ADMIN not in members.lost
    assert members.people[FORMER_ADMIN].visitor.page(f"{deployment.URL}/hub/admin").status_code == 403


@pytest.mark.parametrize("name", REMAIN)
def test_nobody_else_loses_anything(members, name):
    for former in FORMER:
        members.seconds_until_ended(former, "server")
    assert members.ways(name) == ALL
    assert members.cells[name] >= 2 and name not in members.lost


def test_the_home_is_there_when_the_member_is_back(members):
    members.seconds_until_ended("wanda", "server")
    with deployment.changed("users.json", lambda users: users["wanda"].update(groups=[MEMBER])):
        wanda = deployment.started("wanda", "brief")
        assert wanda.get_file("kept.txt") == "by wanda"
        wanda.stop()
