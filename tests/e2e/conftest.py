"""One browser for all tests. Tests that must wait for minutes begin first, tests that restart services run last."""

import contextlib
import os

import chromium
import deployment
import pytest
from deployment import PLATFORM
from idlers import Idlers
from members import Members
from playwright.sync_api import sync_playwright

WATCHED = ("idlers", "members")  # fixtures that begin at once, and are watched while other tests run
# Tests of what only one platform has; and the pages of sign-in, which are the same on all, are tested on one
collect_ignore_glob = {
    "host": ["test_kubernetes_*"],
    "kubernetes": ["test_isolation.py", "test_admin.py", "test_logout.py", "test_outsider.py"],
}[PLATFORM]


def pytest_configure(config):
    config.addinivalue_line("markers", "disturbs: restarts or breaks parts of the service; runs after all others")
    config.addinivalue_line("markers", "only_on(platform): not collected on other platforms")


def pytest_collection_modifyitems(config, items):
    """Tests of what is watched run after others, and before services are restarted."""
    elsewhere = [item for item in items if (mark := item.get_closest_marker("only_on")) and PLATFORM not in mark.args]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]
    items.sort(key=lambda item: 2 if item.get_closest_marker("disturbs") else int(bool(watched([item]))))


def watched(items):
    """The fixtures in WATCHED that ITEMS use."""
    return [name for name in WATCHED if any(name in item.fixturenames for item in items)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Take a screenshot of each page when a test fails."""
    report = yield
    if report.when == "call" and report.failed and "browser" in item.funcargs:
        pages = [page for context in item.funcargs["browser"].contexts for page in context.pages]
        for number, page in enumerate(pages):
            item.funcargs["album"].take(page, f"failed {item.name} {number}")
    return report


@pytest.fixture(scope="session", autouse=True)
def testbed():
    if lack := deployment.missing():
        pytest.fail(lack)


@pytest.fixture(scope="session")
def album(tmp_path_factory):
    album = chromium.Album(os.environ.get("E2E_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    yield album
    print(f"\nscreenshots: {album.folder}")


@pytest.fixture(scope="session")
def browser(testbed, album, tmp_path_factory):
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright, tmp_path_factory.mktemp("home"))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(browser):
    """A page without cookies or history, which a module's tests share."""
    page = chromium.new_page(browser)
    yield page
    page.context.close()


@pytest.fixture(scope="session")
def gina(testbed):
    """An account that may use GPUs."""
    person = {"sub": "e2e-gina", "name": "Gina", "groups": ["cloud/jupyter", "cloud/gpu"]}
    with contextlib.ExitStack() as changes:
        changes.enter_context(deployment.changed("users.json", lambda users: users.update(gina=person)))
        changes.enter_context(
            deployment.changed("passwords.json", lambda secrets: secrets.update(gina="gina-signs-in-e2e"))
        )
        yield
        deployment.stop_server("gina")


@pytest.fixture(scope="session")
def idlers(browser):
    idlers = Idlers()
    try:
        idlers.begin(browser)
        yield idlers
    finally:
        idlers.end()


@pytest.fixture(scope="session")
def members(browser):
    members = Members()
    try:
        members.begin(browser)
        yield members
    finally:
        members.end()


@pytest.fixture(scope="session", autouse=True)
def begin_at_once(request):
    """Start what is watched while other tests run; an error fails only the tests about it."""
    for name in watched(request.session.items):
        with contextlib.suppress(Exception):
            request.getfixturevalue(name)


@pytest.fixture(autouse=True)
def room(request):
    """Stop the members' servers before the first test that disturbs: some count how many fit on a node."""
    if request.node.get_closest_marker("disturbs") and "members" in watched(request.session.items):
        with contextlib.suppress(Exception):
            request.getfixturevalue("members").end()
