"""Three people who do nothing, each in another way; a thread notes when their servers go."""

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
PEOPLE = {"ida": "leaves at once", "ivan": "leaves a cell running", "iris": "leaves a tab open"}
WATCHED = 240  # seconds


class Idlers:
    """`since[name]`: when NAME last did something; `gone[name]`: when the server was gone. Seconds, monotonic."""

    def __init__(self):
        self.since, self.gone, self.visitors, self.over = {}, {}, {}, threading.Event()
        self.cleanup = contextlib.ExitStack()

    def begin(self, browser):
        self._add_accounts()
        with ThreadPoolExecutor(len(PEOPLE)) as pool:
            list(pool.map(self._start, PEOPLE))
        self._leave_a_cell("ivan")
        self._leave_a_tab(browser, "iris")
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        self.cleanup.callback(thread.join)

    def _add_accounts(self):
        """People of their own, so that the other tests can go on with theirs."""
        users = {name: {"sub": f"e2e-{name}", "name": name, "groups": [GROUP]} for name in PEOPLE}
        self.cleanup.enter_context(deployment.changed("users.json", lambda content: content.update(users)))
        secrets = {name: f"{name}-e2e" for name in PEOPLE}
        self.cleanup.enter_context(deployment.changed("passwords.json", lambda content: content.update(secrets)))

    def _start(self, name):
        self.visitors[name] = deployment.started(name, "brief")
        self.since[name] = time.monotonic()

    def _leave_a_cell(self, name):
        kernel = Kernel(self.visitors[name])
        with contextlib.suppress(VisitorError):  # it is not to end
            kernel.run("import time; time.sleep(1000)", timeout=1)
        kernel.socket.close()
        self.since[name] = time.monotonic()

    def _leave_a_tab(self, browser, name):
        page = chromium.new_page(browser)
        self.cleanup.callback(page.context.close)
        pages.sign_in(page, name)
        lab = pages.Lab(page, name)
        lab.open()
        lab.new_notebook()
        assert lab.run("6 * 7") == "42"
        lab.save()
        self.since[name] = time.monotonic()

    def _watch(self):
        end = time.monotonic() + WATCHED
        while time.monotonic() < end and not self.over.wait(1):
            for name in PEOPLE.keys() - self.gone:
                with contextlib.suppress(VisitorError):
                    if not self.visitors[name].running():
                        self.gone[name] = time.monotonic()

    def life(self, name):
        """Seconds from NAME's last deed until the server was gone; waits for it."""
        deployment.until(f"the server of {name} is gone", lambda: name in self.gone, WATCHED)
        return self.gone[name] - self.since[name]

    def end(self):
        self.over.set()
        with self.cleanup:
            for name in self.visitors:  # signed in anew: who was away for so long may not be any more
                deployment.stop_server(name)
