"""One pass of a module of Magnum: small steps, each from the state that is there, for a few seconds; then a report.

A pass knows nothing of earlier ones but `sofar`, which the action plugin hands on: what this run has asked for.
"""

import time

from openstack_hub.openstack.magnum_client import NotThere, Refused, Transient

INTERVAL = 1.0  # seconds between two looks at the cloud, growing to SLOWEST
SLOWEST = 5.0
LOST = 30  # seconds after which a request whose answer was lost is taken for never made
TIMES = 3  # so often a run asks for what something else undoes, such as an autoscaler


class Impossible(Exception):
    """What cannot be done, in sentences, with the way out."""


class Waiting(Exception):
    """Nothing to do until the cloud has done its part. `progress`: lines about it."""

    def __init__(self, what, progress=()):
        super().__init__(what)
        self.progress = list(progress)


class Pass:
    """What a run of a module asks for, and what it has to say.

    actions: sentences. diff: before and after. result: what the module returns besides.
    """

    def __init__(self, module):
        self.check = module.check_mode
        self.asked = dict(module.params["sofar"].get("asked", {}))
        self.actions, self.diff, self.warnings, self.result = [], None, [], {}

    def ask(self, key, sentence, request, *, about=None, seen=None, quiet=False, again=False):
        """Do REQUEST once in a run, under KEY, however often this is called; afterwards it only raises Waiting.

        sentence: what it does. about: name of the object. seen: its `updated_at` as it was before, which tells an old
        state from a new one. quiet: part of another action, not to be told. again: ask some more times when the object
        has changed since, but not to what is wanted. Returns the answer.
        """
        entry = self.asked.get(key)
        lost = entry and entry["lost"] and time.time() - entry["at"] > LOST
        undone = entry and again and entry["seen"] != seen and entry["times"] < TIMES
        if entry and not lost and not undone:
            raise Waiting(f"{sentence}: Magnum has been asked, nothing is to be seen of it yet")
        if not entry and not quiet:
            self.actions.append(sentence)
        times = entry["times"] + 1 if entry else 1
        self.asked[key] = {"at": time.time(), "about": about, "seen": seen, "lost": False, "times": times}
        try:
            return request()
        except Transient:
            self.asked[key]["lost"] = True
            raise
        except Refused as error:
            raise Impossible(f"{sentence}: Magnum refuses: {error}") from error

    def freshly_failed(self, resource):
        """Whether RESOURCE, in a failed state, failed by something that this run asked of it, not before."""
        asked = (entry["seen"] for entry in self.asked.values() if entry["about"] == resource["name"])
        return any(seen not in (None, str(resource.get("updated_at"))) for seen in asked)


def run(module, step):
    """Call step(current pass) until it waits for nothing or `wait` seconds have passed; then end the module.

    In check mode step only writes `actions`, and the first look decides.
    """
    current, interval, pending, progress = Pass(module), INTERVAL, None, []
    deadline = time.monotonic() + module.params["wait"]
    while True:
        asked = len(current.asked)
        try:
            step(current)
            pending = None
            break
        except Waiting as waiting:
            pending, progress = str(waiting), waiting.progress
        except Transient as error:
            pending, progress = str(error), []
        except (Impossible, Refused, NotThere) as error:
            _end(current, module.fail_json, msg=str(error))
        if len(current.asked) > asked:  # a new wait begins
            interval = INTERVAL
        if time.monotonic() + interval > deadline:
            break
        time.sleep(interval)
        interval = min(interval * 1.3, SLOWEST)
    _end(current, module.exit_json, pending=pending, progress=progress)


def _end(current, how, **more):
    result = {"changed": bool(current.actions), "actions": current.actions, **current.result, **more}
    if current.diff:
        result["diff"] = current.diff
    if current.warnings:
        result["warnings"] = list(dict.fromkeys(current.warnings))
    how(sofar={"asked": current.asked}, **result)
