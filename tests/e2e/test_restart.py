"""Maintenance: hub and Apache are restarted, and an open notebook keeps working in the same page."""

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
    """Collects and dismisses JupyterLab's dialogs about a lost connection."""
    dialogs = []
    dialog = lab.page.get_by_role("dialog").filter(has_text="Server unavailable")

    def dismiss():
        dialogs.append(dialog.inner_text())
        dialog.get_by_role("button", name="Dismiss").click()

    lab.page.add_locator_handler(dialog, dismiss)
    return dialogs


@pytest.mark.parametrize(
    ("what", "idle"),
    [
        pytest.param(what, idle, marks=[pytest.mark.slow] if what in deployment.site.SLOW else [])
        for what, idle in deployment.site.RESTARTS.items()
    ],
)
def test_an_open_notebook_keeps_working(lab, alarms, what, idle):
    before, shown = deployment.site.server(NAME), len(alarms)
    deployment.site.restart(what)
    deployment.until("the hub answers again", deployment.hub_answers, 60)
    deployment.until("the server answers again", lambda: deployment.answers(f"{deployment.URL}/user/{NAME}/api"), 60)
    assert lab.run("print(kept == os.getpid())") == "True"
    lab.kernel_is("Idle")
    assert lab.page.evaluate("window.sameAsBefore") is True
    assert deployment.site.server(NAME) == before
    assert not idle or len(alarms) == shown, alarms


def test_the_user_stays_signed_in(lab):
    lab.page.goto(f"{deployment.URL}/hub/home")
    assert lab.page.locator("#stop").is_visible()
