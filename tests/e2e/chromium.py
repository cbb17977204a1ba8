"""Debian's Chromium, which trusts the testbed's authority and reaches nothing but the testbed."""

import os
import re
import subprocess
from pathlib import Path

import deployment

ARGUMENTS = [
    "--host-resolver-rules=MAP hub.localhost 127.0.0.1, MAP iam.localhost 127.0.0.1, MAP * ~NOTFOUND",
    "--disable-background-networking",
    "--disable-component-update",
    # Chromium fails all requests on an HTTP/2 connection when an interface of the machine appears or goes, which each
    # container of another test causes (ERR_NETWORK_CHANGED). It does not do this to HTTP/1.1.
    "--disable-http2",
    "--disable-sync",
    "--no-first-run",
]


def home(folder):
    """A home whose certificate database contains the testbed's authority, so that certificates are verified."""
    database = Path(folder, ".pki/nssdb")
    database.mkdir(parents=True)
    for arguments in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "testbed", "-i", str(deployment.CA)]):
        subprocess.run(["certutil", "-d", f"sql:{database}", *arguments], check=True, capture_output=True)
    return str(folder)


def launch(playwright, folder):
    return playwright.chromium.launch(
        executable_path="/usr/bin/chromium",
        headless=True,
        chromium_sandbox=os.geteuid() != 0,  # not available to root
        env={**os.environ, "HOME": home(folder)},
        args=ARGUMENTS,
    )


def new_page(browser):
    """A page without cookies or history."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB").new_page()
    page.set_default_timeout(30_000)
    return page


class Album:
    """Screenshots in a folder, by name."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def take(self, page, name):
        page.screenshot(path=self.folder / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.png", animations="disabled")
