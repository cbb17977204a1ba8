"""Maintenance: hub and Apache are restarted, and an open notebook goes on in the same page."""

import chromium
import deployment
import pages
import pytest

NAME = "bob"
MAIN_PID = f"systemctl show -P MainPID jupyter-{NAME}"
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
    ("action", "quiet"),
    [
        ("restart jupyterhub", True),
        ("reload apache2", True),
        ("restart apache2", False),
        pytest.param("restart jupyterhub-proxy", False, marks=pytest.mark.slow),
    ],
)
def test_an_open_notebook_goes_on(lab, alarms, action, quiet):
    before, told = deployment.on_hub(MAIN_PID), len(alarms)
    deployment.on_hub(f"systemctl {action}")
    deployment.until("the hub answers again", deployment.hub_answers, 60)
    assert lab.run("print(kept == os.getpid())") == "True"
    lab.kernel_is("Idle")
    assert lab.page.evaluate("window.sameAsBefore") is True
    assert deployment.on_hub(MAIN_PID) == before
    assert not quiet or len(alarms) == told, alarms


def test_who_is_signed_in_stays_so(lab):
    lab.page.goto(f"{deployment.URL}/hub/home")
    assert lab.page.locator("#stop").is_visible()
