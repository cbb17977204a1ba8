"""A user in none of the allowed groups is denied access, sees why, and can sign out."""

import re

import deployment
import pages
from playwright.sync_api import expect


def test_an_outsider_is_told_the_groups_and_whom_to_ask(page, album):
    pages.ask_for_sign_in(page)
    with page.expect_response(re.compile("/hub/oauth_callback")) as answer:
        pages.fill_in(page, "dave")
    assert answer.value.status == 403
    for words in ("dave", "cloud/jupyter", "help@example.org"):
        expect(page.locator(".error")).to_contain_text(words)
    album.take(page, "9 access denied")


def test_the_heading_of_the_page_is_set(page):
    assert "None" not in page.get_by_role("heading", level=1).inner_text()


def test_no_account_is_created_for_an_outsider(page):
    assert not deployment.site.has_account("dave")


def test_another_user_can_sign_in_with_the_same_browser(page):
    page.get_by_role("link", name="Sign out at Demo IAM").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(f"^{deployment.URL}/hub/login"))
    pages.sign_in(page, "bob")
    expect(page.get_by_text("bob").first).to_be_visible()
