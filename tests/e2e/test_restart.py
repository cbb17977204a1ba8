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
    yield lab
    page.context.close()
    visitor.stop()


@pytest.mark.parametrize(
    "action", ["restart jupyterhub", "reload apache2", "restart apache2", "restart jupyterhub-proxy"]
)
def test_an_open_notebook_goes_on(lab, action):
    lab.page.evaluate("window.sameAsBefore = true")
    before = deployment.on_hub(f"systemctl show -P MainPID jupyter-{NAME}")
    deployment.on_hub(f"systemctl {action}")
    deployment.until("the hub answers again", deployment.hub_answers, 60)
    lab.kernel_is("Idle")
    assert lab.run("print(kept == os.getpid())") == "True"
    assert lab.page.evaluate("window.sameAsBefore") is True
    assert deployment.on_hub(f"systemctl show -P MainPID jupyter-{NAME}") == before


def test_who_is_signed_in_stays_so(lab):
    lab.page.goto(f"{deployment.URL}/hub/home")
    assert lab.page.locator("#stop").is_visible()
