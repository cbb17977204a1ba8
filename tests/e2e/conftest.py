"""One browser for all tests; what is missing is said at once; who waits long begins first."""

import contextlib
import os

import chromium
import deployment
import pytest
from idlers import Idlers
from playwright.sync_api import sync_playwright

# Tests of what only one platform has
collect_ignore_glob = {"host": ["test_kubernetes_*"], "kubernetes": ["test_isolation.py"]}[deployment.PLATFORM]


def pytest_configure(config):
    config.addinivalue_line("markers", "disturbs: restarts or breaks parts of the service; runs after all others")


def pytest_collection_modifyitems(items):
    """Idle servers are watched while others work, looked at after them, and before anything is restarted."""
    items.sort(key=lambda item: 2 if item.get_closest_marker("disturbs") else int("idlers" in item.fixturenames))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What stood in the browser when a test failed."""
    report = yield
    if report.when == "call" and report.failed and "browser" in item.funcargs:
        pages = [page for context in item.funcargs["browser"].contexts for page in context.pages]
        for number, page in enumerate(pages):
            item.funcargs["album"].take(page, f"failed {item.name} {number}")
    return report


@pytest.fixture(scope="session", autouse=True)
def testbed():
    if lack := deployment.missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(lack)


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
    """A page of somebody who was never here; a module's tests go on in it."""
    page = chromium.new_page(browser)
    yield page
    page.context.close()


@pytest.fixture(scope="session")
def gina(testbed):
    """Somebody who may use GPUs."""
    person = {"sub": "e2e-gina", "name": "Gina", "groups": ["cloud/jupyter", "cloud/gpu"]}
    with contextlib.ExitStack() as changes:
        changes.enter_context(deployment.changed("users.json", lambda users: users.update(gina=person)))
        changes.enter_context(deployment.changed("passwords.json", lambda secrets: secrets.update(gina="gina-e2e")))
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


@pytest.fixture(scope="session", autouse=True)
def begin_at_once(request):
    """What takes minutes runs while the other tests do; when it cannot begin, only its own tests fail."""
    if any("idlers" in item.fixturenames for item in request.session.items):
        with contextlib.suppress(Exception):
            request.getfixturevalue("idlers")
