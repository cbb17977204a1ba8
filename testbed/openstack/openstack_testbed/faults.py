"""Faults on demand: a file that tests write and services read while they run.

A fault is a dict. What it matches, and what it does:

    at an API    service: nova  [path: regex] [method: POST] [count: 3]
                   answer: 503     this status; `close`: the connection ends without an answer; `never`: none comes;
                           lost    the service acts, but its answer is lost
                   delay: 2        seconds before all this, or before the service acts
    in Magnum    operation: create | update | upgrade | delete | any  [cluster: name] [node_group: name]
                   of clusters and node groups, or of these alone
                   fail: text      it ends in *_FAILED with this reason; delay: 5: seconds it takes; stuck: true: no end
    conductor    conductor: down   what is asked of Magnum is taken (202), and done when the fault is lifted
"""

import json
import re
import threading
import uuid
from pathlib import Path

from openstack_testbed import places

OPERATIONS = ("create", "update", "upgrade", "delete", "any")
SHAPES = {
    "service": {"service", "path", "method", "count", "answer", "delay"},
    "operation": {"operation", "cluster", "node_group", "fail", "delay", "stuck"},
    "conductor": {"conductor"},
}
ANSWERS = ("close", "never", "lost")


def mistake(fault):
    """What is wrong with a fault, or None."""
    shape = next((shape for shape in SHAPES if shape in fault), None)
    if shape is None:
        return f"a fault has one of: {', '.join(SHAPES)}"
    if unknown := set(fault) - SHAPES[shape] - {"id"}:
        return f"{', '.join(sorted(unknown))}: not known with {shape}; known are {', '.join(sorted(SHAPES[shape]))}"
    answer, delay, count = fault.get("answer"), fault.get("delay", 0), fault.get("count", 1)
    tests = {
        f"service is one of {', '.join(places.SERVICES)}": fault.get("service", "nova") in places.SERVICES,
        f"operation is one of {', '.join(OPERATIONS)}": fault.get("operation", "any") in OPERATIONS,
        "conductor is down, or the fault is lifted": fault.get("conductor", "down") == "down",
        f"answer is a status from 400 to 599 or one of {', '.join(ANSWERS)}": answer in (None, *ANSWERS)
        or (type(answer) is int and 400 <= answer < 600),
        "delay is a number of seconds": type(delay) in (int, float) and delay >= 0,
        "count is a whole number of calls, at least 1": type(count) is int and count > 0,
        "nothing happens: say answer, delay, fail or stuck": shape == "conductor"
        or any(fault.get(effect) for effect in ("answer", "delay", "fail", "stuck")),
        "path is a regular expression": _compiles(fault.get("path", "")),
    }
    return next((sentence for sentence, holds in tests.items() if not holds), None)


def _compiles(pattern):
    try:
        re.compile(pattern)
    except (re.error, TypeError):
        return False
    return True


class Faults:
    """The faults of an instance, as a test sees them."""

    def __init__(self, folder):
        self.file = Path(folder) / "faults.json"

    def list(self):
        return json.loads(self.file.read_text()) if self.file.exists() else []

    def set(self, **fault):
        """Add a fault; it holds immediately. Returns its id."""
        if sentence := mistake(fault):
            raise ValueError(sentence)
        fault = {"id": uuid.uuid4().hex[:8], **fault}
        with places.locked(self.file.with_suffix(".lock")):
            places.write_json(self.file, [*self.list(), fault])
        return fault["id"]

    def clear(self, *ids):
        """Lift the faults of these ids, or all."""
        with places.locked(self.file.with_suffix(".lock")):
            places.write_json(self.file, [fault for fault in self.list() if ids and fault["id"] not in ids])


class Reader:
    """The faults of an instance, as its services see them: read again when the file changed."""

    def __init__(self, folder):
        self._faults, self._seen, self._used = Faults(folder), None, {}
        self._lock = threading.Lock()
        self._list = []

    def now(self):
        """The faults that hold now."""
        with self._lock:
            try:
                stat = self._faults.file.stat()
            except FileNotFoundError:
                return []
            if (stat.st_mtime_ns, stat.st_ino) != self._seen:
                self._seen, self._list = (stat.st_mtime_ns, stat.st_ino), self._faults.list()
            return self._list

    def holds(self, fault):
        return any(other["id"] == fault["id"] for other in self.now())

    def for_call(self, service, method, path):
        """The first fault for a call of a service's API, or None. Counts it."""
        for fault in self.now():
            if fault.get("service") == service and concerns_call(fault, method, path) and self._counts(fault):
                return fault
        return None

    def _counts(self, fault):
        with self._lock:
            self._used[fault["id"]] = used = self._used.get(fault["id"], 0) + 1
        return used <= fault.get("count", used)

    def for_operation(self, operation, cluster, node_group=None):
        """The first fault for a cluster, or for one of its node groups; None where there is none."""
        return next((fault for fault in self.now() if concerns_operation(fault, operation, cluster, node_group)), None)

    @property
    def conductor_is_down(self):
        return any("conductor" in fault for fault in self.now())


def concerns_call(fault, method, path):
    return fault.get("method", method) == method and bool(re.search(fault.get("path", ""), path))


def concerns_operation(fault, operation, cluster, node_group):
    return (
        fault.get("operation") in (operation, "any")
        and fault.get("cluster", cluster) == cluster
        and fault.get("node_group", node_group) == node_group
    )
