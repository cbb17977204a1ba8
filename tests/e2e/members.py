"""People whose membership is tested, with all that a user has: a page, an API token, a running server, an open kernel.

While other tests run, some of them are withdrawn or deleted at the IAM, and the IAM fails for others.
"""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import chromium
import deployment
import pages

from visitor import Visitor
from visitor.errors import VisitorError
from visitor.kernel import Kernel

MEMBER, SUBGROUP, ADMIN, OTHER = "cloud/jupyter", "cloud/jupyter/physics", "cloud/jupyter-admins", "cloud/other"
# Members of a subgroup are members of the group, too: INDIGO IAM lists both.
REMAIN = {"mona": [MEMBER], "susan": [MEMBER, SUBGROUP], "adam": [ADMIN]}
FORMER = {"wanda": "withdrawn", "dora": "deleted"}
FORMER_ADMIN = "fred"
OUTSIDERS = {"otto": [OTHER], "sonja": [SUBGROUP]}
# How the IAM then fails for those who remain; of the former administrator it goes on to answer.
FAULTS = {
    "mona": {"status": 500},
    "susan": {"delay": 15},  # the hub waits for 10 seconds
    "adam": {"body": "<h1>Under construction</h1>"},
}
GROUPS = REMAIN | {name: [MEMBER] for name in FORMER} | {FORMER_ADMIN: [MEMBER, ADMIN]}
DECLARED = 60 * deployment.GIVEN["hub_membership_minutes"]  # seconds
WATCHED = 2 * DECLARED
ALL = {"page": True, "token": True, "server": True, "kernel": True}
NONE = dict.fromkeys(ALL, False)


def subject(name):
    return f"e2e-{name}"


def api(token, path="user"):
    """The status of a request to the hub's API by a program with TOKEN."""
    headers = {"Authorization": f"token {token}"}
    return (
        Visitor(deployment.URL, deployment.CA)
        .session.get(f"{deployment.URL}/hub/api/{path}", headers=headers)
        .status_code
    )


class Person:
    """NAME, signed in, with a running server, an open kernel, and an API token of the hub."""

    def __init__(self, name, profile="default"):
        self.visitor = deployment.started(name, profile)
        answer = self.visitor._checked("POST", f"{deployment.URL}/hub/api/users/{name}/tokens", json={})
        self.token, self.kernel = answer.json()["token"], Kernel(self.visitor)
        self.kernel.run("value = 42")

    def runs_a_cell(self):
        """Whether the kernel that was opened at the beginning does, over the websocket of that time."""
        with contextlib.suppress(VisitorError):
            return self.kernel.run("print(value)").text == "42\n"
        return False


def ways(visitor, token, name, kernel):
    """Which of the ways are open to VISITOR, also by a program with TOKEN: own page, server and KERNEL of user NAME."""
    page = visitor.page(f"{deployment.URL}/hub/home")
    server = f"{deployment.URL}/user/{name}/api"
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
        "Origin": deployment.URL,
    }
    found = {
        "page": page.status_code == 200 and page.url == f"{deployment.URL}/hub/home",
        "token": api(token) == 200,
        "server": visitor.session.get(f"{server}/status", allow_redirects=False).status_code == 200,
    }
    options = {"headers": upgrade, "stream": True, "allow_redirects": False}
    with visitor.session.get(f"{server}/kernels/{kernel}/channels", **options) as channels:
        found["kernel"] = channels.status_code == 101
    visitor.session.close()  # Apache closes the connection after such a request without saying so
    return found


class Members:
    """`before[name]` and `after[name]`: the ways that NAME had before all began, and when the server had stopped.

    `ended`: {name: {"server", "kernel", "administration": seconds until it ended}}. `cells[name]`: how many cells have
    run in NAME's kernel, over one connection; `lost[name]`: seconds until one did not.
    """

    def __init__(self):
        self.people, self.before, self.after, self.cells, self.lost = {}, {}, {}, {}, {}
        self.end_of_watch = threading.Event()
        self.ended = {name: {} for name in [*FORMER, FORMER_ADMIN]}
        self.pages, self.threads, self.cleanup = {}, [], contextlib.ExitStack()

    def begin(self, browser):
        self._add_accounts()
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(self._start, GROUPS))
        self.before = {name: self.ways(name) for name in GROUPS}
        self.before_admin = self.lists_users()
        self.people["wanda"].visitor.put_file("kept.txt", "by wanda")
        for name in FORMER:
            self.pages[name] = page = chromium.new_page(browser)
            self.cleanup.callback(page.context.close)
            pages.sign_in(page, name)
        self._change_iam()
        self.began = time.monotonic()
        self.threads = [threading.Thread(target=self._watch, daemon=True)]
        self.threads += [threading.Thread(target=self._run_a_cell, args=(name,), daemon=True) for name in FORMER]
        for thread in self.threads:
            thread.start()

    def _add_accounts(self):
        """Accounts of their own, so that the other tests can run meanwhile."""
        everybody = GROUPS | OUTSIDERS
        users = {name: {"sub": subject(name), "name": name, "groups": groups} for name, groups in everybody.items()}
        self.cleanup.enter_context(deployment.changed("users.json", lambda content: content.update(users)))
        secrets = {name: f"{name}-signs-in-e2e" for name in users}
        self.cleanup.enter_context(deployment.changed("passwords.json", lambda content: content.update(secrets)))

    def _start(self, name):
        self.people[name] = Person(name, "brief")  # the smallest, so that no node is added; they all remain active

    def _change_iam(self):
        users = deployment.read("users.json")
        users["wanda"]["groups"], users[FORMER_ADMIN]["groups"] = [OTHER], [MEMBER]
        del users["dora"]
        deployment.write("users.json", users)
        deployment.write("faults.json", {subject(name): fault for name, fault in FAULTS.items()})

    def ways(self, name):
        person = self.people[name]
        return ways(person.visitor, person.token, name, person.kernel.id)

    def lists_users(self):
        """Whether the former administrator still is one: by a request, which makes the hub check it."""
        return api(self.people[FORMER_ADMIN].token, "users") == 200

    def _run_a_cell(self, name):
        """Run a cell that does not end, until the connection to the kernel does."""
        with contextlib.suppress(VisitorError):
            self.people[name].kernel.run("import time; time.sleep(1000)", timeout=WATCHED)
        self.ended[name]["kernel"] = time.monotonic() - self.began

    def _watch(self):
        while not self.end_of_watch.wait(1):
            self._look_for_ends()
            self._run_cells()

    def _look_for_ends(self):
        """Make no request of those who are withdrawn or deleted: the hub must notice without."""
        for name in [name for name in FORMER if name not in self.after and not deployment.site.server(name)]:
            self.ended[name]["server"] = time.monotonic() - self.began
            self.after[name] = self.ways(name)
        if "administration" not in self.ended[FORMER_ADMIN] and not self.lists_users():
            self.ended[FORMER_ADMIN]["administration"] = time.monotonic() - self.began

    def _run_cells(self):
        """Every ten seconds: a connection that answers no pings is closed."""
        if time.monotonic() < self.began + 10 * (max(self.cells.values(), default=0) + 1):
            return
        for name in self.people.keys() - FORMER.keys() - self.lost.keys():
            if self.people[name].runs_a_cell():
                self.cells[name] = self.cells.get(name, 0) + 1
            else:
                self.lost[name] = time.monotonic() - self.began

    def seconds_until_ended(self, name, what):
        """Seconds from the change at the IAM until NAME had lost WHAT; waits for it."""
        remaining = self.began + WATCHED - time.monotonic()
        return deployment.until(f"{name} has lost the {what}", lambda: self.ended[name].get(what), remaining)

    def end(self):
        self.end_of_watch.set()
        deployment.write("faults.json", {})
        with self.cleanup, ThreadPoolExecutor(3) as pool:  # signs in again: a session may have ended
            list(pool.map(deployment.stop_server, self.people.keys() - FORMER.keys()))
            for thread in self.threads:
                thread.join()
        self.people.clear()
