"""The pages as a user operates them: sign-in, profile list, JupyterLab."""

import re

from deployment import URL, read
from playwright.sync_api import expect

READY = 60_000  # milliseconds until a server or a kernel must be there


def ask_for_sign_in(page, path="/hub/home"):
    """Go from the hub's sign-in page to the IAM's page."""
    page.goto(f"{URL}{path}")
    page.get_by_role("link", name=re.compile("Sign in with")).or_(
        page.get_by_role("button", name=re.compile("Sign in with"))
    ).first.click()


def fill_in(page, name, password=None):
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password or read("passwords.json")[name])
    page.get_by_role("button", name="Sign in").click()


def sign_in(page, name):
    ask_for_sign_in(page)
    fill_in(page, name)
    expect(page).to_have_url(f"{URL}/hub/home")


def choose(page, profile):
    """Submit the profile list with PROFILE selected; the waiting page follows."""
    page.goto(f"{URL}/hub/spawn")
    page.locator(f"input[name=profile][value={profile}]").check()
    page.locator("#spawn_form [type=submit]").click()


def stop_at_home(page):
    """Stop the server on the hub's home page."""
    page.get_by_role("button", name="Stop My Server").or_(page.get_by_role("link", name="Stop My Server")).click()
    expect(page.locator("#stop")).to_be_hidden(timeout=READY)
    expect(page.locator("#start")).to_contain_text("Start My Server", timeout=READY)


class Lab:
    """JupyterLab in a page, with one notebook open."""

    def __init__(self, page, name):
        self.page, self.url = page, f"{URL}/user/{name}/lab"
        self.cells = page.locator(".jp-NotebookPanel:visible .jp-CodeCell")

    def arrived(self):
        """Wait until the waiting page has redirected here."""
        self.page.wait_for_url(f"{self.url}**", timeout=READY)

    def open(self):
        """Open a new workspace, without the notebooks of the last one."""
        self.page.goto(f"{self.url}?reset")
        expect(self.page.locator(".jp-Launcher")).to_be_visible(timeout=READY)

    def new_notebook(self):
        self.page.locator(".jp-LauncherCard[data-category=Notebook]").first.click()
        self.kernel_is("Idle")
        expect(self.cells).to_have_count(1)

    def kernel_is(self, state, timeout=READY):
        """Wait for the status bar: the notebook shows "idle" before there is a kernel, when cells cannot run."""
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text(f"(ipykernel) | {state}", timeout=timeout)

    def enter(self, code):
        """Type CODE into the last cell and run it; returns the cell."""
        number = self.cells.count()
        cell = self.cells.nth(number - 1)
        cell.locator(".cm-content").click()
        self.page.keyboard.insert_text(code)  # like pasting: nothing is completed or indented
        self.page.keyboard.press("Shift+Enter")
        expect(self.cells).to_have_count(number + 1)
        return cell

    def run(self, code, timeout=READY):
        """Run CODE in the last cell; returns the text of its output."""
        cell = self.enter(code)
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=timeout)
        return "\n".join(cell.locator(".jp-OutputArea-output").all_inner_texts()).strip()

    def save(self):
        """Save the notebook; the first time JupyterLab asks for a name."""
        self.page.keyboard.press("Control+s")
        self.page.get_by_role("dialog").get_by_role("button", name="Rename").click()
        expect(self.page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)

    def menu(self, *names):
        """Choose from the menu bar, such as File, Log Out."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{names[0]}$")).click()
        for name in names[1:]:
            self.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{name}")).click()
