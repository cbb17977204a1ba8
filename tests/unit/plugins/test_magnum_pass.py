"""One pass of a module."""

import pytest
from magnum_samples import Clock, cluster, group

# isort: split
from openstack_hub.openstack import poll
from openstack_hub.openstack.magnum_client import NotThere, Refused, Transient
from openstack_hub.openstack.poll import LOST, TIMES, Impossible, Pass, Waiting


class Module:
    """As much of an AnsibleModule as run() uses. Its end is an exception, as there."""

    class End(Exception):
        pass

    def __init__(self, wait=15, sofar=None, check_mode=False):
        self.check_mode, self.params, self.result = check_mode, {"wait": wait, "sofar": sofar or {}}, None

    def exit_json(self, **result):
        self.result = result
        raise self.End

    def fail_json(self, **result):
        self.exit_json(failed=True, **result)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(poll, "time", clock)
    return clock


@pytest.fixture
def run(clock):
    """What a module returns whose step does, one after the other, what is given: a result, or an exception."""

    def run(*does, module=None, **settings):
        module, left = module or Module(**settings), list(does)

        def step(current):
            one = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(one, Exception):
                raise one
            return one(current) if callable(one) else one

        with pytest.raises(Module.End):
            poll.run(module, step)
        return module.result

    return run


# -- run() -------------------------------------------------------------------------------------------------------------

NOTHING = {"changed": False, "actions": [], "sofar": {"asked": {}}}


def test_nothing_to_do_ends_at_once(run, clock):
    assert run(None) == NOTHING | {"pending": None, "progress": []}
    assert clock.slept == []


def test_it_waits_briefly_and_says_for_what(run, clock):
    assert run(Waiting("cluster lab", ["lab CREATE_IN_PROGRESS"])) == NOTHING | {
        "pending": "cluster lab",
        "progress": ["lab CREATE_IN_PROGRESS"],
    }
    assert 10 < sum(clock.slept) <= 15
    assert clock.slept == sorted(clock.slept) and clock.slept[0] == 1 and max(clock.slept) <= 5


def test_it_ends_as_soon_as_there_is_nothing_to_wait_for(run, clock):
    assert run(Waiting("x", ["y"]), Transient("503"), Waiting("x", ["y"]), None)["pending"] is None
    assert len(clock.slept) == 3


def test_no_answer_is_waited_for(run):
    assert run(Waiting("x", ["y"]), Transient("Magnum answers 503"))["pending"] == "Magnum answers 503"
    assert run(Transient("Magnum answers 503"))["progress"] == []


@pytest.mark.parametrize("error", [Impossible("two of a name"), Refused("no"), NotThere("gone")])
def test_what_cannot_be_ends_at_once_and_tells_what_was_done(run, clock, error):
    def half(current):
        current.ask("a", "do a", lambda: None, about="lab", seen="1")
        raise Waiting("a")

    result = run(half, error)
    assert (result["failed"], result["msg"], result["actions"], result["changed"]) == (True, str(error), ["do a"], True)
    assert result["sofar"]["asked"]["a"]["seen"] == "1"
    assert len(clock.slept) == 1


def test_other_errors_are_ours(run):
    with pytest.raises(KeyError):
        run(KeyError("a mistake of ours"))


def test_warnings_are_told_once_and_not_lost(run):
    def warn(current):
        current.warnings.append("template x stays")
        raise Waiting("x")

    assert run(warn)["warnings"] == ["template x stays"]
    assert "warnings" not in run(None)


def test_check_mode_looks_once(run, clock):
    def would(current):
        assert current.check
        current.actions = ["create cluster lab"]
        current.diff = {"before": "", "after": "lab"}

    result = run(would, check_mode=True)
    assert (result["changed"], result["actions"]) == (True, ["create cluster lab"])
    assert result["diff"] == {"before": "", "after": "lab"}
    assert clock.slept == []


def test_results_reach_the_task(run):
    def find(current):
        current.result["cluster"] = {"uuid": "c-1"}

    assert run(find)["cluster"] == {"uuid": "c-1"}


# -- ask() -------------------------------------------------------------------------------------------------------------


class Requests(list):
    """A request that is counted; ERRORS come first."""

    def __init__(self, *errors):
        super().__init__()
        self.errors = list(errors)

    def __call__(self):
        self.append("asked")
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def current(**sofar):
    return Pass(Module(sofar=sofar))


def test_a_request_is_made_once_in_a_run(clock):
    one, request = current(), Requests()
    assert one.ask("a", "do a", request, about="lab", seen="1") == "answer"
    for later in (one, current(asked=one.asked)):  # and in later passes of it
        for seen in ("1", "2"):
            with pytest.raises(Waiting, match="do a: Magnum has been asked, nothing is to be seen of it yet"):
                later.ask("a", "do a", request, about="lab", seen=seen)
    clock.now += 10 * LOST
    with pytest.raises(Waiting):
        one.ask("a", "do a", request)
    assert (len(request), one.actions) == (1, ["do a"])


def test_a_lost_answer_is_looked_for_before_it_is_asked_again(clock):
    one, request = current(), Requests(Transient("closed"))
    with pytest.raises(Transient):
        one.ask("a", "do a", request)
    for seconds in (0, LOST):
        clock.now += seconds
        with pytest.raises(Waiting):
            one.ask("a", "do a", request)
    clock.now += 1
    assert one.ask("a", "do a", request) == "answer"
    with pytest.raises(Waiting):
        one.ask("a", "do a", request)
    assert (len(request), one.actions) == (2, ["do a"]), "told once"


def test_a_refusal_says_what_was_tried():
    with pytest.raises(Impossible, match="create cluster lab: Magnum refuses: quota"):
        current().ask("a", "create cluster lab", Requests(Refused("quota")))


def test_parts_of_an_action_are_not_told():
    one = current()
    one.ask("a", "do a", Requests(), quiet=True)
    assert one.actions == []


def test_what_an_autoscaler_undoes_is_asked_for_some_more_times():
    one, request = current(), Requests()
    one.ask("a", "resize", request, seen="0", again=True)
    with pytest.raises(Waiting):  # nothing has changed yet
        one.ask("a", "resize", request, seen="0", again=True)
    for seen in range(1, 9):
        try:
            one.ask("a", "resize", request, seen=str(seen), again=True)
        except Waiting:
            assert seen >= TIMES
    assert (len(request), one.actions) == (TIMES, ["resize"])


@pytest.mark.parametrize(
    ("asked", "failed", "fresh"),
    [
        ([], cluster(), False),
        ([("lab", "2026-11-21T12:10:00+00:00")], cluster(), False),  # it failed before, and shows nothing new yet
        ([("lab", "2026-11-21T12:00:00+00:00")], cluster(), True),
        ([("lab", "None")], cluster(updated_at=None), False),
        ([("lab", "never")], cluster(), True),  # made by this run
        ([("gpu", "earlier")], group("huge"), False),  # another one's
        ([("gpu", "earlier")], group("gpu"), True),
        ([(None, None)], cluster(), False),
    ],
)
def test_a_failure_is_fresh_when_this_run_asked_for_it(asked, failed, fresh):
    one = current()
    for i, (about, seen) in enumerate(asked):
        one.ask(str(i), "do it", Requests(), about=about, seen=seen)
    assert one.freshly_failed(failed) == fresh
