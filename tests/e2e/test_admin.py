"""The list of all users and servers is for admins."""

import chromium
import deployment
import pages
import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(("name", "status"), [("carol", 200), ("alice", 403)])
def test_the_admin_page_is_for_admins(browser, album, name, status):
    page = chromium.new_page(browser)
    pages.sign_in(page, name)
    assert page.goto(f"{deployment.URL}/hub/admin").status == status
    if status == 200:
        expect(page.get_by_role("cell", name="carol").first).to_be_visible()
        album.take(page, "10 admin")
    page.context.close()
