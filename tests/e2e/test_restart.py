"""Maintenance: hub and Apache are restarted, and an open notebook goes on in the same page."""

import chromium
import deployment
import pages
import pytest

NAME = "bob"
pytestmark = pytest.mark.disturbs


@pytest.fixture(scope="module")
def lab(browser):
    """JupyterLab, with a variable in its kernel."""
    visitor = deployment.started(NAME, "default")
    page = chromium.new_page(browser)
    pages.sign_in(page, NAME)
    lab = pages.Lab(page, NAME)
    lab.open()
    lab.new_notebook()
    assert lab.run("import os; kept = os.getpid(); print(kept == os.getpid())") == "True"
    page.evaluate("window.sameAsBefore = true")
    yield lab
    page.context.close()
    visitor.stop()


@pytest.fixture(scope="module")
def alarms(lab):
    """Grows when JupyterLab says that it lost its server; what it says is dismissed."""
    seen = []
    dialog = lab.page.get_by_role("dialog").filter(has_text="Server unavailable")

    def dismiss():
        seen.append(dialog.inner_text())
        dialog.get_by_role("button", name="Dismiss").click()

    lab.page.add_locator_handler(dialog, dismiss)
    return seen


@pytest.mark.parametrize(
    ("what", "quiet"),
    [
        pytest.param(what, quiet, marks=[pytest.mark.slow] if what in deployment.site.SLOW else [])
        for what, quiet in deployment.site.RESTARTS.items()
    ],
)
def test_an_open_notebook_goes_on(lab, alarms, what, quiet):
    before, told = deployment.site.server(NAME), len(alarms)
    deployment.site.restart(what)
    deployment.until("the hub answers again", deployment.hub_answers, 60)
    assert lab.run("print(kept == os.getpid())") == "True"
    lab.kernel_is("Idle")
    assert lab.page.evaluate("window.sameAsBefore") is True
    assert deployment.site.server(NAME) == before
    assert not quiet or len(alarms) == told, alarms


def test_who_is_signed_in_stays_so(lab):
    lab.page.goto(f"{deployment.URL}/hub/home")
    assert lab.page.locator("#stop").is_visible()
