"""One poll of a module: small steps, each from the existing state, for a few seconds; then a report.

A poll knows of earlier ones only by `progress_state`, which the action plugin hands on: the requests of this run.
"""

import time

from openstack_hub.openstack.errors import (
    ImpossibleChange,
    NotReady,
    OpenStackError,
    RequestRefused,
    RetryableError,
)
from openstack_hub.openstack.magnum_client import Magnum

INTERVAL = 1.0  # seconds between two steps, growing to MAX_INTERVAL
MAX_INTERVAL = 5.0
ANSWER_LOST = 30  # seconds after which a request without an answer counts as never sent
MAX_ATTEMPTS = 3  # how often a run repeats a request that something else undoes, such as an autoscaler


class Poll:
    """What a run of a module requests, and what it reports.

    actions: sentences. diff: before and after. result: what else the module returns.
    """

    def __init__(self, module):
        self.check_mode = module.check_mode
        self.requests = dict(module.params["progress_state"].get("requests", {}))
        self.actions, self.diff, self.warnings, self.result = [], None, [], {}

    def request(self, key, sentence, function, *, name=None, updated_at=None, quiet=False, repeat=False):
        """Call FUNCTION once in a run, under KEY, however often this is called; afterwards only raise NotReady.

        sentence: what it does. name: of the object. updated_at: the object's before the request, which tells an old
        state from a new one. quiet: part of another action, not reported. repeat: request it again when the object has
        changed since, but not as desired. Returns the answer.
        """
        entry = self.requests.get(key)
        lost = entry and entry["lost"] and time.time() - entry["time"] > ANSWER_LOST
        undone = entry and repeat and entry["updated_at"] != updated_at and entry["attempts"] < MAX_ATTEMPTS
        if entry and not lost and not undone:
            raise NotReady(f"{sentence}: requested, Magnum does not show it yet")
        if not entry and not quiet:
            self.actions.append(sentence)
        attempts = entry["attempts"] + 1 if entry else 1
        self.requests[key] = {
            "time": time.time(),
            "name": name,
            "updated_at": updated_at,
            "lost": False,
            "attempts": attempts,
        }
        try:
            return function()
        except RetryableError:
            self.requests[key]["lost"] = True
            raise
        except RequestRefused as error:
            raise ImpossibleChange(f"{sentence}: Magnum refuses: {error}") from error

    def has_just_failed(self, resource):
        """Whether RESOURCE, in a failed state, failed by a request of this run, not before."""
        requested = [entry["updated_at"] for entry in self.requests.values() if entry["name"] == resource["name"]]
        return any(before not in (None, str(resource.get("updated_at"))) for before in requested)


def reconcile(module, reconciliation):
    """run() an object of the class RECONCILIATION for the cloud and the arguments of MODULE."""
    try:
        step = reconciliation(Magnum(module.params["cloud"]), module.params)
    except OpenStackError as error:
        module.fail_json(msg=str(error))
    run(module, step)


def run(module, step):
    """Call step(poll) until nothing is pending or `wait` seconds have passed; then end the module.

    In check mode a step only writes `actions`, and the first one decides.
    """
    poll, interval, pending, progress = Poll(module), INTERVAL, None, []
    deadline = time.monotonic() + module.params["wait"]
    while True:
        requests = len(poll.requests)
        try:
            step(poll)
            pending = None
            break
        except NotReady as error:
            pending, progress = str(error), error.progress
        except RetryableError as error:
            pending, progress = str(error), []
        except (ImpossibleChange, OpenStackError) as error:
            _end(poll, module.fail_json, msg=str(error))
        if len(poll.requests) > requests:  # a new wait begins
            interval = INTERVAL
        if time.monotonic() + interval > deadline:
            break
        time.sleep(interval)
        interval = min(interval * 1.3, MAX_INTERVAL)
    _end(poll, module.exit_json, pending=pending, progress=progress)


def _end(poll, end_module, **values):
    result = {"changed": bool(poll.actions), "actions": poll.actions, **poll.result, **values}
    if poll.diff:
        result["diff"] = poll.diff
    if poll.warnings:
        result["warnings"] = list(dict.fromkeys(poll.warnings))
    end_module(progress_state={"requests": poll.requests}, **result)
