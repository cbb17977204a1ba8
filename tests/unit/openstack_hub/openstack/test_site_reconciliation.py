"""A run of module cloud_site: check mode, retries, partial failures, waiting for the instance."""

import pytest
from magnum_samples import Clock
from openstack import exceptions

from openstack_hub.openstack import site_reconciliation
from openstack_hub.openstack.errors import ImpossibleChange, NotReady

SETTINGS = {"timeout": 100, "network": {"name": "inside", "cidr": "10.20.0.7/24"}, "external_network": "External"}
ACTIONS = [{"action": "network", "sentence": "create network"}, {"action": "port", "sentence": "create port"}]


def failure(status):
    error = exceptions.HttpException("the message")
    error.status_code = status
    return error


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(site_reconciliation, "time", clock)
    return clock


@pytest.fixture
def reconcile(monkeypatch, clock):
    """Reconcile a site whose plans, errors of actions and states of the instance are given, one after the other."""

    def reconcile(plans=([],), errors=(), states=("ACTIVE",), check=False, read_errors=()):
        plans, errors, states, read_errors = list(plans), list(errors), list(states), list(read_errors)
        reconcile.acted, reconcile.desired, done = [], None, []

        def plan_site(desired, existing):
            reconcile.desired = desired
            plan = plans.pop(0) if len(plans) > 1 else plans[0]
            if isinstance(plan, Exception):
                raise plan
            return plan

        def read(cloud, desired):
            if read_errors and (error := read_errors.pop(0)):
                raise error
            state = states.pop(0) if len(states) > 1 else states[0]
            return {"servers": [{"status": state}] if state else []}

        class Actions:
            def __init__(self, *_):
                pass

            def do(self, action):
                reconcile.acted.append(action["action"])
                if errors and (error := errors.pop(0)):
                    raise error

        resources = site_reconciliation.site_resources
        monkeypatch.setattr(site_reconciliation, "plan_site", plan_site)
        monkeypatch.setattr(resources, "read", read)
        monkeypatch.setattr(resources, "external_network", lambda *_: {"id": "outside"})
        monkeypatch.setattr(resources, "SiteActions", Actions)
        try:
            reconcile.result = site_reconciliation.reconcile(None, SETTINGS, done, check)
        finally:
            reconcile.done = done
        return done

    return reconcile


def test_actions_are_done_in_their_order_and_reported_once(reconcile, clock):
    assert reconcile(plans=[ACTIONS]) == ["create network", "create port"]
    assert reconcile.acted == ["network", "port"]
    assert clock.slept == []


def test_the_networks_addresses_are_normalized(reconcile):
    reconcile()
    assert reconcile.desired["network"]["cidr"] == "10.20.0.0/24"
    assert reconcile.desired["external_network"] == {"id": "outside"}


def test_check_mode_predicts_and_does_nothing(reconcile):
    assert reconcile(plans=[ACTIONS], check=True, states=["BUILD"]) == ["create network", "create port"]
    assert reconcile.acted == []


def test_an_action_whose_answer_was_lost_is_planned_again_and_reported_once(reconcile):
    assert reconcile(plans=[ACTIONS, ACTIONS[1:]], errors=[None, failure(503)]) == ["create network", "create port"]
    assert reconcile.acted == ["network", "port", "port"]


def test_a_refused_action_ends_the_run_and_is_not_reported_as_done(reconcile):
    with pytest.raises(ImpossibleChange, match="create port: the cloud refuses: the message"):
        reconcile(plans=[ACTIONS], errors=[None, failure(409)])
    assert reconcile.done == ["create network"]
    assert reconcile.acted == ["network", "port"]


def test_a_cloud_that_does_not_answer_is_retried(reconcile, clock):
    assert reconcile(read_errors=[failure(500), failure(503)]) == []
    assert len(clock.slept) == 2


def test_a_cloud_that_refuses_is_not_retried(reconcile, clock):
    with pytest.raises(ImpossibleChange, match="the cloud says: the message"):
        reconcile(read_errors=[failure(403)])
    assert clock.slept == []


def test_retries_end_at_the_deadline(reconcile, clock):
    with pytest.raises(ImpossibleChange, match="the cloud says"):
        reconcile(read_errors=[failure(503)] * 1000)
    assert site_reconciliation.PATIENCE <= sum(clock.slept) <= site_reconciliation.PATIENCE + 2


def test_an_answer_extends_the_deadline_of_retries(reconcile):
    errors = [*[failure(503)] * 40, None, *[failure(503)] * 40]
    assert reconcile(read_errors=errors, states=["BUILD", "ACTIVE"]) == []


def test_the_instance_is_awaited(reconcile, clock):
    reconcile(states=["BUILD", "BUILD", "ACTIVE"])
    assert len(clock.slept) == 2
    assert reconcile.result["servers"][0]["status"] == "ACTIVE"


def test_the_wait_for_the_instance_is_bounded(reconcile, clock):
    with pytest.raises(ImpossibleChange, match="still being created: run again to wait further"):
        reconcile(states=["BUILD"])
    assert 100 <= sum(clock.slept) <= 102


def test_a_deletion_of_the_instance_is_awaited(reconcile, clock):
    deleting = NotReady("instance x is being deleted")
    assert reconcile(plans=[deleting, deleting, []]) == []
    assert len(clock.slept) == 2
    with pytest.raises(ImpossibleChange, match="is being deleted, and still exists after 100 s"):
        reconcile(plans=[deleting])


def test_check_mode_does_not_wait_for_a_deletion(reconcile, clock):
    with pytest.raises(ImpossibleChange, match="is being deleted: retry in a moment"):
        reconcile(plans=[NotReady("instance x is being deleted")], check=True)
    assert clock.slept == []


def test_impossible_changes_end_the_run_at_once(reconcile, clock):
    with pytest.raises(ImpossibleChange, match="two of one name"):
        reconcile(plans=[ImpossibleChange("two of one name")])
    assert clock.slept == []
