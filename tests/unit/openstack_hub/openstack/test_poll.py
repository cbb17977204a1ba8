"""One poll of a module."""

import pytest
from magnum_samples import Clock, cluster, group

from openstack_hub.openstack import poll
from openstack_hub.openstack.errors import (
    ImpossibleChange,
    NotReady,
    RequestRefused,
    ResourceNotFound,
    RetryableError,
)
from openstack_hub.openstack.poll import ANSWER_LOST, MAX_ATTEMPTS, Poll


class Module:
    """The parts of an AnsibleModule that run() uses. exit_json and fail_json raise an exception."""

    class End(Exception):
        pass

    def __init__(self, wait=15, progress_state=None, check_mode=False):
        self.check_mode, self.params, self.result = (
            check_mode,
            {"wait": wait, "progress_state": progress_state or {}},
            None,
        )

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
    """What a module returns whose steps have the given outcomes: a result, an exception, or a function of the poll."""

    def run(*outcomes, module=None, **settings):
        module, left = module or Module(**settings), list(outcomes)

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

NOTHING = {"changed": False, "actions": [], "progress_state": {"requests": {}}}


def test_nothing_to_do_ends_at_once(run, clock):
    assert run(None) == NOTHING | {"pending": None, "progress": []}
    assert clock.slept == []


def test_a_wait_is_bounded_and_names_what_is_awaited(run, clock):
    assert run(NotReady("cluster lab", ["lab CREATE_IN_PROGRESS"])) == NOTHING | {
        "pending": "cluster lab",
        "progress": ["lab CREATE_IN_PROGRESS"],
    }
    assert 10 < sum(clock.slept) <= 15
    assert clock.slept == sorted(clock.slept) and clock.slept[0] == 1 and max(clock.slept) <= 5


def test_a_poll_ends_as_soon_as_nothing_is_pending(run, clock):
    assert run(NotReady("x", ["y"]), RetryableError("503"), NotReady("x", ["y"]), None)["pending"] is None
    assert len(clock.slept) == 3


def test_a_retryable_error_is_pending(run):
    assert run(NotReady("x", ["y"]), RetryableError("Magnum answers 503"))["pending"] == "Magnum answers 503"
    assert run(RetryableError("Magnum answers 503"))["progress"] == []


@pytest.mark.parametrize("error", [ImpossibleChange("two of a name"), RequestRefused("no"), ResourceNotFound("gone")])
def test_errors_end_the_module_and_report_what_was_done(run, clock, error):
    def half(current):
        current.request("a", "do a", lambda: None, name="lab", updated_at="1")
        raise NotReady("a")

    result = run(half, error)
    assert (result["failed"], result["msg"], result["actions"], result["changed"]) == (True, str(error), ["do a"], True)
    assert result["progress_state"]["requests"]["a"]["updated_at"] == "1"
    assert len(clock.slept) == 1


def test_programming_errors_are_raised(run):
    with pytest.raises(KeyError):
        run(KeyError("a bug"))


def test_a_warning_is_returned_once(run):
    def warn(current):
        current.warnings.append("template x is kept")
        raise NotReady("x")

    assert run(warn)["warnings"] == ["template x is kept"]
    assert "warnings" not in run(None)


def test_check_mode_takes_one_step(run, clock):
    def would(current):
        assert current.check_mode
        current.actions = ["create cluster lab"]
        current.diff = {"before": "", "after": "lab"}

    result = run(would, check_mode=True)
    assert (result["changed"], result["actions"]) == (True, ["create cluster lab"])
    assert result["diff"] == {"before": "", "after": "lab"}
    assert clock.slept == []


def test_results_are_returned(run):
    def find(current):
        current.result["cluster"] = {"uuid": "c-1"}

    assert run(find)["cluster"] == {"uuid": "c-1"}


# -- request() ---------------------------------------------------------------------------------------------------------


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


def current(**progress_state):
    return Poll(Module(progress_state=progress_state))


def test_a_request_is_sent_once_in_a_run(clock):
    one, request = current(), Requests()
    assert one.request("a", "do a", request, name="lab", updated_at="1") == "answer"
    for later in (one, current(requests=one.requests)):  # and in later polls of the run
        for seen in ("1", "2"):
            with pytest.raises(NotReady, match="do a: requested, Magnum does not show it yet"):
                later.request("a", "do a", request, name="lab", updated_at=seen)
    clock.now += 10 * ANSWER_LOST
    with pytest.raises(NotReady):
        one.request("a", "do a", request)
    assert (len(request), one.actions) == (1, ["do a"])


def test_a_request_without_an_answer_is_repeated_after_a_while(clock):
    one, request = current(), Requests(RetryableError("closed"))
    with pytest.raises(RetryableError):
        one.request("a", "do a", request)
    for seconds in (0, ANSWER_LOST):
        clock.now += seconds
        with pytest.raises(NotReady):
            one.request("a", "do a", request)
    clock.now += 1
    assert one.request("a", "do a", request) == "answer"
    with pytest.raises(NotReady):
        one.request("a", "do a", request)
    assert (len(request), one.actions) == (2, ["do a"]), "reported once"


def test_a_refusal_names_the_action():
    with pytest.raises(ImpossibleChange, match="create cluster lab: Magnum refuses: quota"):
        current().request("a", "create cluster lab", Requests(RequestRefused("quota")))


def test_a_quiet_request_is_not_reported():
    one = current()
    one.request("a", "do a", Requests(), quiet=True)
    assert one.actions == []


def test_a_request_that_an_autoscaler_undoes_is_repeated_a_few_times():
    one, request = current(), Requests()
    one.request("a", "resize", request, updated_at="0", repeat=True)
    with pytest.raises(NotReady):  # nothing has changed yet
        one.request("a", "resize", request, updated_at="0", repeat=True)
    for seen in range(1, 9):
        try:
            one.request("a", "resize", request, updated_at=str(seen), repeat=True)
        except NotReady:
            assert seen >= MAX_ATTEMPTS
    assert (len(request), one.actions) == (MAX_ATTEMPTS, ["resize"])


@pytest.mark.parametrize(
    ("requests", "failed", "fresh"),
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
def test_a_failure_has_just_happened_when_this_run_requested_the_change(requests, failed, fresh):
    one = current()
    for i, (name, updated_at) in enumerate(requests):
        one.request(str(i), "do it", Requests(), name=name, updated_at=updated_at)
    assert one.has_just_failed(failed) == fresh
