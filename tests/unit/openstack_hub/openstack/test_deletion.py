"""Deletion of orphaned resources: order, retries, partial failures, check mode."""

import pytest
from magnum_samples import Clock
from openstack import exceptions

from openstack_hub.openstack import deletion, errors
from openstack_hub.openstack.orphaned_resources import KINDS, VOLUME_CLUSTER

STACK = "jupyterhub-abcdef123456"
PROVIDER = f"Created by cluster-api-provider-openstack cluster magnum-x-{STACK}"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(deletion, "time", clock)
    return clock


def answer(status, message):
    types = {404: exceptions.NotFoundException, 409: exceptions.ConflictException, 403: exceptions.ForbiddenException}
    error = types.get(status, exceptions.HttpException)(message)
    error.status_code = status
    return error


class SimulatedProject:
    """A project whose resources are deleted at once. `calls`: what was deleted, in its order.

    answers: ID -> errors of its deletions, one after the other. late: ID -> so many lists show it after its deletion.
    """

    def __init__(self, *resources, answers=(), late=(), missing=(), broken=()):
        self.resources = {each["id"]: each for each in resources}
        self.answers, self.late, self.missing, self.broken = dict(answers), dict(late), missing, set(broken)
        self.calls, self.listed, self.selected_ids, self.deleted = [], [], set(), set()

    def has(self, service):
        return service not in self.missing

    def list_patiently(self, kind):
        return self.list(kind)

    def list(self, kind):
        self.listed.append(kind)
        if kind in self.broken:
            raise answer(500, f"no {kind}s today")
        for one in list(self.deleted):
            self.late[one] = self.late.get(one, 0) - 1
            if self.late[one] < 0:
                self.resources.pop(one, None)
        return [each for each in self.resources.values() if each["kind"] == kind]

    def delete(self, resource):
        one = resource["id"]
        self.calls.append(one)
        answers = self.answers.get(one)
        if answers:
            raise answers.pop(0)
        self.deleted.add(one)


def part(kind, number=1):
    metadata = {VOLUME_CLUSTER: STACK} if kind == "volume" else {}
    name = f"{STACK}-standard-1" if kind == "instance" else ""
    description = "" if kind in ("volume", "instance") else PROVIDER
    description = (
        f"Security Group for a Service LoadBalancer in cluster {STACK}" if kind == "security group" else description
    )
    return {"kind": kind, "id": f"{kind} {number}", "name": name, "description": description, "metadata": metadata}


PARTS = [part(kind) for kind in KINDS if kind != "DNS record"]


def delete_kind(project, resources, seconds=10):
    deleted, failed = deletion.delete_kind(project, "port", resources, deletion.time.monotonic() + seconds)
    return [each["id"] for each in deleted], {each["id"]: each["reason"] for each in failed}


def ports(*ids, **options):
    resources = [{"kind": "port", "id": one} for one in ids]
    return SimulatedProject(*resources, **options), resources


def test_a_resource_in_use_is_retried():
    project, resources = ports("a", "b", answers={"a": [answer(409, "in use"), answer(503, "busy")]})
    assert delete_kind(project, resources) == (["a", "b"], {})
    assert project.calls == ["a", "b", "a", "a"]


def test_a_deletion_that_takes_long_is_awaited():
    project, resources = ports("a", late={"a": 3})
    assert delete_kind(project, resources) == (["a"], {})


def test_a_resource_that_no_longer_exists_counts_as_deleted():
    project, resources = ports("a", answers={"a": [answer(404, "no such port")]})
    project.resources.clear()
    assert delete_kind(project, resources) == (["a"], {})


def test_a_deleted_resource_that_is_still_listed_is_being_deleted():
    project, resources = ports("a", answers={"a": [answer(404, "no such port") for _ in range(1000)]})
    assert delete_kind(project, resources) == ([], {"a": "it is still being deleted"})


def test_a_resource_that_stays_in_use_remains_with_the_services_message(clock):
    project, resources = ports("a", "b", answers={"a": [answer(409, "in use by b") for _ in range(1000)]})
    deleted, failed = delete_kind(project, resources)
    assert deleted == ["b"]
    assert "in use by b" in failed["a"]
    assert clock.now - 1000 <= 10, "it ends at the deadline"


def test_a_resource_that_is_still_being_deleted_is_reported_so():
    project, resources = ports("a", late={"a": 1000})
    assert delete_kind(project, resources) == ([], {"a": "it is still being deleted"})


def test_a_forbidden_deletion_is_requested_once():
    project, resources = ports("a", answers={"a": [answer(403, "not allowed") for _ in range(10)]})
    assert "not allowed" in delete_kind(project, resources, seconds=60)[1]["a"]
    assert project.calls == ["a"]


def test_a_forbidden_deletion_does_not_end_the_retries_of_others():
    answers = {"a": [answer(403, "not allowed")], "b": [answer(409, "in use")]}
    project, resources = ports("a", "b", answers=answers)
    deleted, failed = delete_kind(project, resources)
    assert (deleted, list(failed)) == (["b"], ["a"])


def test_without_a_list_nothing_counts_as_deleted():
    project, resources = ports("a", broken=["port"])
    deleted, failed = delete_kind(project, resources)
    assert deleted == [] and "no ports today" in failed["a"]


def test_nothing_to_delete_asks_for_nothing():
    project = SimulatedProject()
    assert delete_kind(project, []) == ([], {})
    assert project.listed == []


def orphans(project, check=False, **settings):
    settings = {"scope": "cluster", "name": "jupyterhub", "ids": [STACK], "keep": [], "timeout": 60} | settings
    removed, remains, unavailable = deletion.delete_orphans(project, settings, check)
    return [each["id"] for each in removed], {each["id"]: each["reason"] for each in remains}, unavailable


def test_kinds_are_deleted_in_their_order():
    project = SimulatedProject(*reversed(PARTS))
    removed, remains, unavailable = orphans(project)
    assert project.calls == removed == [each["id"] for each in PARTS]
    assert (remains, unavailable) == ({}, [])
    assert project.selected_ids == {each["id"] for each in PARTS}


def test_the_next_kind_waits_until_the_one_before_is_gone():
    project = SimulatedProject(*PARTS, late={"instance 1": 5})
    orphans(project)
    port = project.calls.index("port 1")
    assert "instance 1" in project.calls[:port]
    assert set(project.calls[:port]) == {"load balancer 1", "instance 1", "floating IP 1"}


def test_check_mode_deletes_nothing_and_predicts_the_same():
    project = SimulatedProject(*PARTS)
    predicted = orphans(project, check=True, keep=["homes"])
    assert project.calls == []
    assert predicted == orphans(project, keep=["homes"])
    assert predicted[1] == {"volume 1": "kept: it holds a home or other data of Kubernetes"}


def test_scope_services_lists_only_kinds_of_services():
    project = SimulatedProject(*PARTS)
    assert orphans(project, scope="services")[0] == []
    assert project.listed == ["load balancer", "floating IP"]


def test_a_failure_of_one_kind_does_not_stop_the_others():
    project = SimulatedProject(*PARTS, answers={"port 1": [answer(409, "in use") for _ in range(1000)]})
    removed, remains, _ = orphans(project)
    assert removed == [each["id"] for each in PARTS if each["kind"] != "port"]
    assert remains == {"port 1": "in use"}


def test_a_kind_that_cannot_be_listed_is_reported_and_the_rest_deleted():
    project = SimulatedProject(*PARTS, broken=["router"])
    removed, remains, _ = orphans(project)
    assert "router 1" not in removed and len(removed) == len(PARTS) - 1
    assert remains == {"": "Neutron cannot list them: no routers today"}


def test_services_that_the_cloud_does_not_have_are_named():
    project = SimulatedProject(*PARTS, missing=("load-balancer", "dns"))
    removed, _, unavailable = orphans(project)
    assert unavailable == ["load balancers: this cloud has no Octavia", "DNS records: this cloud has no Designate"]
    assert "load balancer" not in project.listed and "load balancer 1" not in removed


@pytest.mark.parametrize(("kind", "seconds"), [("instance", 300), ("volume", 300), ("port", 30), ("network", 30)])
def test_slow_kinds_get_the_whole_timeout(clock, kind, seconds):
    project = SimulatedProject(part(kind), late={f"{kind} 1": 10000})
    orphans(project, timeout=300)
    assert seconds - 2 <= clock.now - 1000 <= seconds


def test_a_short_timeout_holds_for_every_kind(clock):
    orphans(SimulatedProject(part("port"), late={"port 1": 10000}), timeout=5)
    assert clock.now - 1000 <= 5


@pytest.mark.parametrize(
    ("status", "retryable"), [(429, True), (500, True), (503, True), (404, False), (409, False), (403, False)]
)
def test_errors_of_openstacksdk_that_are_retried(status, retryable):
    assert errors.is_retryable(answer(status, "message")) is retryable
