"""A day of a member: sign in, start a server, run out of memory, stop, start a larger one."""

import json
import re

import deployment
import pages
import pytest
from playwright.sync_api import expect

from visitor import member_checks

NAME = "alice"
NOTICE = "Do not keep data here."
SIZES = {"default": (1.5 * 2**30, 2), "large": (7.5 * 2**30, 8)}


@pytest.fixture(scope="module")
def lab(page):
    return pages.Lab(page, NAME)


@pytest.fixture(scope="module", autouse=True)
def no_server_runs(testbed):
    deployment.stop_server(NAME)
    deployment.site.empty_home(NAME)
    yield
    deployment.stop_server(NAME)


def test_the_sign_in_page_shows_the_notice_and_the_iam(page, album):
    page.goto(deployment.URL)
    expect(page.get_by_text(NOTICE)).to_be_visible()
    expect(page.get_by_text("Sign in with Demo IAM")).to_be_visible()
    album.take(page, "1 sign-in")


def test_a_wrong_password_is_refused_by_the_iam(page, album):
    pages.ask_for_sign_in(page)
    expect(page).to_have_url(re.compile(f"^{deployment.IAM}/"))
    album.take(page, "2 iam")
    pages.fill_in(page, NAME, "a wrong one")
    expect(page.get_by_role("alert")).to_have_text("Wrong user name or password.")
    expect(page).to_have_url(re.compile(f"^{deployment.IAM}/"))
    album.take(page, "2 iam, wrong password")


def test_the_right_password_leads_to_the_home_page(page, album):
    pages.fill_in(page, NAME)
    expect(page).to_have_url(f"{deployment.URL}/hub/home")
    expect(page.get_by_text(NOTICE)).to_be_visible()
    album.take(page, "3 home")


def test_the_profile_list_shows_sizes(page, album):
    page.goto(f"{deployment.URL}/hub/spawn")
    cards = page.locator(".hubkit-profiles label")
    expect(cards).to_have_count(3)
    expect(cards.nth(0)).to_contain_text(re.compile(r"Default.*2 CPU, 1\.5 GB"))
    expect(cards.nth(1)).to_contain_text(re.compile(r"Large memory.*8 CPU, 7\.5 GB"))
    page.locator("input[value=default]").check()
    album.take(page, "4 profile list")


def test_the_waiting_page_shows_the_steps(page, album):
    message = page.locator("#progress-message")
    with deployment.site.starts_blocked():
        pages.choose(page, "default")
        expect(message).to_contain_text(deployment.site.FIRST_STEP, timeout=pages.READY)
    expect(message).to_have_text(deployment.site.LAST_STEP, timeout=pages.READY)
    album.take(page, "5 waiting")


def test_a_cell_shows_its_output(lab, album):
    lab.arrived()
    lab.open()
    lab.new_notebook()
    assert lab.run("import getpass; print(getpass.getuser(), 6 * 7)") == f"{deployment.site.account(NAME)} 42"
    table = "import pandas as pd; pd.DataFrame({'n': range(1, 5), 'square': [n * n for n in range(1, 5)]})"
    assert "16" in lab.run(table)
    album.take(lab.page, "6 jupyterlab")


def test_jupyterlab_asks_no_questions_of_its_own(lab):
    expect(lab.page.get_by_text("official Jupyter news")).to_have_count(0, timeout=1000)


def test_limits_are_those_of_the_profile_list(lab):
    assert_limits(lab, "default")


def test_a_file_can_be_written(lab):
    assert lab.run("from pathlib import Path; Path('kept.txt').write_text('from the small server')") == "21"


def test_a_cell_that_uses_too_much_memory_is_killed_and_the_server_is_not(lab, album):
    before = deployment.site.server(NAME)
    lab.enter("hog = b'x' * (2 << 30)")
    expect(lab.page.get_by_text("appears to have died")).to_be_visible(timeout=pages.READY)
    album.take(lab.page, "7 out of memory")
    lab.page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    lab.kernel_is("Idle")
    assert lab.run("print('hog' in globals())") == "False"
    assert deployment.site.server(NAME) == before


def test_the_server_is_stopped_from_jupyterlabs_menu(lab, album):
    with lab.page.expect_popup() as popup:
        lab.menu("File", "Hub Control Panel")
    home = popup.value
    expect(home).to_have_url(f"{deployment.URL}/hub/home")
    expect(home.locator("#stop")).to_be_visible()
    album.take(home, "8 home, server runs")
    pages.stop_at_home(home)
    assert not deployment.site.server(NAME)
    home.close()


def test_the_profile_list_remembers_the_last_choice(page):
    page.goto(f"{deployment.URL}/hub/spawn")
    expect(page.locator("input[name=profile]:checked")).to_have_value("default")


def test_the_large_server_has_the_file_and_more_memory(lab):
    pages.choose(lab.page, "large")
    lab.arrived()
    lab.open()
    lab.new_notebook()
    assert lab.run("print(open('kept.txt').read())") == "from the small server"
    assert_limits(lab, "large")


def assert_limits(lab, profile):
    """Those in the server's environment, and those that the kernel enforces."""
    limits = json.loads(lab.run(member_checks.PROBE.read_text()))
    memory, cpu = SIZES[profile]
    assert {name: float(value) for name, value in limits["environment"].items()} == {"memory": memory, "cpu": cpu}
    assert limits["kernel"] == {"memory": pytest.approx(memory, rel=0.01), "cpu": pytest.approx(cpu, rel=0.01)}
