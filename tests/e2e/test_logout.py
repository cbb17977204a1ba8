"""After a sign-out nobody else at this computer can act as that user."""

import re

import chromium
import deployment
import pages
import pytest
from playwright.sync_api import expect

NAME = "bob"


@pytest.fixture(scope="module")
def page(browser):
    """Of a user who signed in, used a server, and signed out of hub and IAM."""
    visitor = deployment.started(NAME, "default")
    page = chromium.new_page(browser)
    pages.sign_in(page, NAME)
    pages.Lab(page, NAME).open()
    page.goto(f"{deployment.URL}/hub/logout")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(f"^{deployment.URL}/hub/login"))
    yield page
    page.context.close()
    visitor.stop()


@pytest.mark.parametrize("path", ["/hub/home", f"/user/{NAME}/lab", f"/user/{NAME}/api/contents"])
def test_hub_and_server_require_a_sign_in(page, path):
    answer = page.goto(f"{deployment.URL}{path}")
    assert answer.status == 403 or page.url.startswith(f"{deployment.URL}/hub/login"), page.url


def test_the_iam_asks_for_the_password(page):
    pages.ask_for_sign_in(page)
    expect(page).to_have_url(re.compile(f"^{deployment.IAM}/"))
    expect(page.get_by_label("Password")).to_be_visible()
