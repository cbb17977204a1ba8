"""Three users who are idle, each in another way; a thread records when their servers are stopped."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import chromium
import deployment
import pages

from visitor.errors import VisitorError
from visitor.kernel import Kernel

GROUP = "cloud/jupyter"
USERS = {"ida": "leaves at once", "ivan": "leaves a cell running", "iris": "leaves a tab open"}
IDLE_TIMEOUT = 120  # seconds, of profile `brief`
WATCHED = 240  # seconds


class Idlers:
    """`last_activity[name]` and `stopped[name]`: when NAME was last active, and when the server had stopped.

    Both in seconds of the monotonic clock.
    """

    def __init__(self):
        self.last_activity, self.stopped, self.visitors, self.end_of_watch = {}, {}, {}, threading.Event()
        self.cleanup = contextlib.ExitStack()

    def begin(self, browser):
        self._add_accounts()
        with ThreadPoolExecutor(len(USERS)) as pool:
            list(pool.map(self._start, USERS))
        self._leave_a_cell("ivan")
        self._leave_a_tab(browser, "iris")
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        self.cleanup.callback(thread.join)

    def _add_accounts(self):
        """Accounts of their own, so that the other tests can run meanwhile."""
        users = {name: {"sub": f"e2e-{name}", "name": name, "groups": [GROUP]} for name in USERS}
        self.cleanup.enter_context(deployment.changed("users.json", lambda content: content.update(users)))
        secrets = {name: f"{name}-signs-in-e2e" for name in USERS}
        self.cleanup.enter_context(deployment.changed("passwords.json", lambda content: content.update(secrets)))

    def _start(self, name):
        self.visitors[name] = deployment.started(name, "brief")
        self._record_activity(name)

    def _record_activity(self, name):
        """Record when the server was last active: a moment ago, for it was active while it started or saved."""
        remaining = self.visitors[name].idle()["idle"]
        assert IDLE_TIMEOUT - 15 <= remaining <= IDLE_TIMEOUT, remaining
        self.last_activity[name] = time.monotonic() - (IDLE_TIMEOUT - remaining)

    def _leave_a_cell(self, name):
        kernel = Kernel(self.visitors[name])
        with contextlib.suppress(VisitorError):  # it does not end
            kernel.run("import time; time.sleep(1000)", timeout=1)
        kernel.socket.close()
        self.last_activity[name] = time.monotonic()

    def _leave_a_tab(self, browser, name):
        page = chromium.new_page(browser)
        self.cleanup.callback(page.context.close)
        pages.sign_in(page, name)
        lab = pages.Lab(page, name)
        lab.open()
        lab.new_notebook()
        assert lab.run("6 * 7") == "42"
        lab.save()
        self._record_activity(name)

    def _watch(self):
        end = time.monotonic() + WATCHED
        while time.monotonic() < end and not self.end_of_watch.wait(0.5):
            for name in USERS.keys() - self.stopped:
                with contextlib.suppress(VisitorError):
                    if not self.visitors[name].running():
                        self.stopped[name] = time.monotonic()

    def seconds_until_stopped(self, name):
        """Seconds from NAME's last activity until the server stopped; waits for it."""
        deployment.until(f"the server of {name} is stopped", lambda: name in self.stopped, WATCHED)
        return self.stopped[name] - self.last_activity[name]

    def end(self):
        self.end_of_watch.set()
        with self.cleanup:
            for name in self.visitors:  # signs in again: a session may have expired
                deployment.stop_server(name)
