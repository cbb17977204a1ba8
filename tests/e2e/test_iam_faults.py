"""The IAM fails: nobody loses a server, and who wants to sign in is told so."""

import re
import time

import breakages
import chromium
import deployment
import pages
import pytest
from members import DECLARED, FAULTS, Person, api
from playwright.sync_api import expect

from visitor import Visitor

SENTENCE = "Demo IAM does not answer, so nobody can sign in at the moment. Running servers keep running."
REFRESH = DECLARED * 3 // 5  # seconds between two checks


def unknown(name):
    """How often the hub has checked NAME's membership in vain, by its log."""
    return deployment.site.hub_log().count(f"Membership of {name} is unknown, so nothing changes")


@pytest.mark.parametrize("name", FAULTS)
def test_a_running_server_survives_two_checks_that_fail(members, name):
    deployment.until("two checks have failed", lambda: unknown(name) >= 2, 3 * REFRESH, every=2)
    cells = members.cells.get(name, 0)
    deployment.until("another cell has run", lambda: members.cells.get(name, 0) > cells or name in members.lost, 30)
    assert name not in members.lost
    assert members.ways(name) == members.before[name]


@pytest.mark.parametrize("name", FAULTS)
def test_a_new_sign_in_is_told_that_the_iam_does_not_answer(members, browser, album, name):
    page = chromium.new_page(browser)
    pages.ask_for_sign_in(page)
    with page.expect_response(re.compile("/hub/oauth_callback")) as answer:
        pages.fill_in(page, name)
    assert answer.value.status == 503
    expect(page.locator(".error")).to_contain_text(SENTENCE)
    album.take(page, f"13 iam fails for {name}")
    page.context.close()


# -- faults for everybody --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bob(testbed):
    yield Person("bob")
    deployment.stop_server("bob")


def restart_hub():
    """The hub checks everybody again, at the next request and in a first sweep, and knows nothing of the IAM."""
    deployment.site.restart(deployment.site.HUB)
    deployment.until("the hub answers", deployment.hub_answers, 60)


@pytest.mark.disturbs
@pytest.mark.parametrize(
    "breakage", [breakages.iam_is_stopped, breakages.iam_hangs, breakages.iam_has_another_certificate]
)
def test_without_the_iam_members_go_on_and_nobody_signs_in(bob, browser, album, breakage):
    server, page = deployment.site.server("bob"), chromium.new_page(browser)
    with breakage():
        restart_hub()
        before, home = unknown("bob"), bob.visitor.page(f"{deployment.URL}/hub/home")
        assert (home.status_code, home.url) == (200, f"{deployment.URL}/hub/home")
        assert unknown("bob") > before
        assert api(bob.token) == 200
        assert bob.runs_a_cell() and deployment.site.server("bob") == server
        pages.ask_for_sign_in(page)
        expect(page.locator(".error")).to_contain_text(SENTENCE)
        album.take(page, f"14 {breakage.__name__}")
    page.context.close()


def rejected(name):
    """How often the hub has seen that the IAM knows NAME's token no more, but perhaps nobody's."""
    return deployment.site.hub_log().count(f"rejects the token of {name}, but it accepts no older one")


@pytest.mark.disturbs
def test_a_restarted_iam_has_lost_all_tokens_and_changed_its_keys_and_ends_nobodys_server(bob):
    server, keys = deployment.site.server("bob"), signing_keys()
    breakages.restart_iam()
    assert signing_keys() != keys
    restart_hub()
    before = rejected("bob")
    deployment.signed_in("alice")  # the IAM accepts a token again
    deployment.until("bob is checked", lambda: rejected("bob") > before, REFRESH)
    assert bob.runs_a_cell() and deployment.site.server("bob") == server
    assert "/hub/login" in bob.visitor.page(f"{deployment.URL}/hub/home").url
    assert deployment.signed_in("bob").running()["ready"]


def signing_keys():
    return Visitor(deployment.URL, deployment.CA).session.get(f"{deployment.IAM}/jwk").json()


@pytest.mark.disturbs
@pytest.mark.slow
def test_nobody_loses_a_server_while_the_iam_is_down_for_ten_minutes(testbed):
    bob = Person("bob")
    server, checked, began = deployment.site.server("bob"), unknown("bob"), time.monotonic()
    with breakages.iam_is_stopped():
        while time.monotonic() < began + 600:  # the user works meanwhile
            assert bob.kernel.run("import time; time.sleep(15); print(value)").text == "42\n"
        assert unknown("bob") - checked >= 600 // DECLARED
    assert bob.runs_a_cell() and deployment.site.server("bob") == server
    deployment.stop_server("bob")
