"""From Magnum's node groups to nodes, and the jobs that create them: plain data, no cluster."""

import threading
from types import SimpleNamespace

import openstack_path  # noqa: F401  (for what importing it does)
import pytest
from openstack_testbed.services import jobs, node_groups, scheduling

from openstack_hub.kubernetes.placement import group_names, node_labels, node_taints, placement

CLUSTER = SimpleNamespace(name="My_Hub", labels={}, uuid="0a1b2c3d-0000")
FLAVOR = (4, 16384, {"nvidia.com/gpu": "1"})
GROUPS = [{"name": "CPU_big"}, {"name": "Gpu.A", "gpus": 1, "labels": {"site": "a"}}, {"name": "plain"}]


def magnums(group, index):
    """The node group as this project requests it from Magnum."""
    name = group_names(group, index)[0]
    labels, taints = node_labels(group), node_taints(group, index)
    return SimpleNamespace(
        name=name, uuid=f"{index}{index}{index}{index}{index}-1", role="worker", labels={}, node_labels=labels,
        node_taints=taints,
    )  # fmt: skip


def master():
    return SimpleNamespace(
        name="default-master", uuid="fffff-1", role="master", labels={}, node_labels=None, node_taints=None
    )


def cluster(driver):
    return SimpleNamespace(**vars(CLUSTER) | {"labels": {"testbed_driver": driver}})


def nodes(driver):
    groups = [magnums(group, index) for index, group in enumerate(GROUPS)]
    return [node_groups.desired_nodes(cluster(driver), group, 1, FLAVOR) for group in groups]


# --- Labels ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("driver", node_groups.DRIVERS)
def test_profiles_find_their_nodes_and_no_others_under_each_driver(driver):
    for index, group in enumerate(GROUPS):
        placed = placement(group, index)
        selector = {"nodeSelectorTerms": placed["node_affinity_required"]}
        affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}}
        pod = {"spec": {"affinity": affinity, "tolerations": placed["tolerations"]}}
        found = [group.group for group in nodes(driver) if scheduling.may_be_on(pod, group.labels, group.taints)]
        assert found == [group_names(group, index)[0]], driver


@pytest.mark.parametrize(
    ("driver", "worker", "control"),
    [
        ("capi-helm", {"capi.stackhpc.com/node-group": "gpu-a"}, set()),
        (
            "cluster-api",
            {"node.cluster.x-k8s.io/nodegroup": "Gpu.A", "node-role.kubernetes.io/worker": ""},
            {"node-role.kubernetes.io/master"},
        ),
        (
            "heat",
            {"magnum.openstack.org/nodegroup": "Gpu.A", "magnum.openstack.org/role": "worker"},
            {"magnum.openstack.org/nodegroup", "magnum.openstack.org/role"},
        ),
        ("api-1.14", {"site": "a", "openstack-hub/node-group": "Gpu.A"}, set()),
    ],
)
def test_labels_are_those_of_one_driver(driver, worker, control):
    made = nodes(driver)[1]
    assert made.labels == worker
    heeded = [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}] if driver == "api-1.14" else []
    assert made.taints == heeded
    plane = node_groups.desired_nodes(cluster(driver), master(), 3, FLAVOR)
    assert set(plane.labels) == {"node-role.kubernetes.io/control-plane"} | control
    assert plane.taints == [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
    assert plane.real == 0


def test_an_unknown_driver_is_reported_with_the_known_ones():
    with pytest.raises(
        ValueError, match=r"testbed_driver=magnum: it is one of capi-helm, cluster-api, heat, api-1\.14"
    ):
        nodes("magnum")


def test_a_label_of_the_group_takes_precedence_over_that_of_the_cluster():
    group = magnums(GROUPS[2], 2)
    existing = cluster("heat")
    assert node_groups.desired_nodes(existing, group, 5, FLAVOR).real == 1
    existing.labels["testbed_real_nodes"] = "2"
    assert node_groups.desired_nodes(existing, group, 5, FLAVOR).real == 2
    group.labels["testbed_real_nodes"] = "0"
    assert node_groups.desired_nodes(existing, group, 5, FLAVOR).real == 0


# --- Plan ------------------------------------------------------------------------------------------------------------
def group(name, count, real=1):
    return node_groups.DesiredNodes(name, f"hub-{name}-", count, real, {"of": name}, [], *FLAVOR)


def planned(groups, names, victims=()):
    surplus, missing = node_groups.node_changes(groups, names, victims)
    return surplus, [(name, real) for name, real, _ in missing]


def test_missing_nodes_get_the_lowest_numbers_and_the_lowest_are_real():
    assert planned([group("a", 3, real=2)], []) == ([], [("hub-a-0", True), ("hub-a-1", True), ("hub-a-2", False)])
    assert planned([group("a", 3)], ["hub-a-1"]) == ([], [("hub-a-0", True), ("hub-a-2", False)])
    assert planned([group("a", 2)], ["hub-a-5", "hub-a-7"]) == ([], [])


def test_surplus_nodes_are_removed_victims_first_then_the_highest_numbers():
    existing = [f"hub-a-{number}" for number in (0, 1, 2, 10)]
    assert planned([group("a", 2)], existing) == (["hub-a-10", "hub-a-2"], [])
    assert planned([group("a", 2)], existing, {"hub-a-0"}) == (["hub-a-0", "hub-a-10"], [])
    assert planned([group("a", 0)], existing[:1], {"hub-a-9"}) == (["hub-a-0"], [])


def test_nodes_of_removed_groups_are_removed_and_similar_names_are_distinguished():
    existing = ["hub-a-0", "hub-a-1-0", "hub-b-0"]
    assert planned([group("a", 1), group("a-1", 1)], existing) == (["hub-b-0"], [])
    assert planned([group("a", 2), group("a-1", 0)], existing) == (["hub-a-1-0", "hub-b-0"], [("hub-a-1", False)])


# --- Work ------------------------------------------------------------------------------------------------------------
class SimulatedCluster:
    """A cluster that records its calls."""

    name = "hub"

    def __init__(self, names=(), refuses=()):
        self.there, self.refuses, self.calls = dict.fromkeys(names), refuses, []

    def create(self, *authority):
        self.calls.append(authority)
        if "create" in self.refuses:
            raise RuntimeError("no API server")

    def names(self):
        return list(self.there)

    def nodes(self):
        entry = [{"type": "Hostname", "address": "x"}, {"type": "InternalIP", "address": "10.0.0.1"}]
        return [{"metadata": {"name": name}, "status": {"addresses": entry}} for name in self.there]

    def add_node(self, name, **specification):
        if name in self.refuses:
            raise RuntimeError(f"{name} is not Ready")
        self.there[name] = specification

    def remove_node(self, name):
        del self.there[name]

    def destroy(self):
        self.there = None


def done(job):
    job.start()
    job.join()
    assert job.state.settled
    return job.state


def test_a_cluster_gets_its_authority_and_its_nodes():
    testbed = SimulatedCluster(["hub-b-0"])
    found = done(jobs.ReconcileCluster(testbed, "My_Hub", ("ca", "key"), [group("a", 2), group("none", 0)]))
    assert (found.addresses, found.reasons) == ({"a": ["10.0.0.1"] * 2, "none": []}, {})
    assert testbed.calls == [("ca", "key")]
    size = {"cpus": 4, "memory_mb": 16384, "resources": {"nvidia.com/gpu": "1"}, "labels": {"of": "a"}, "taints": []}
    assert testbed.there == {"hub-a-0": size | {"real": True}, "hub-a-1": size | {"real": False}}


def test_a_failed_node_is_reported_for_its_group_and_the_others_are_added():
    found = done(
        jobs.ReconcileCluster(
            SimulatedCluster(refuses=["hub-a-1"]), "My_Hub", ("ca", "key"), [group("a", 2), group("b", 1)]
        )
    )
    assert found.reasons == {"a": "hub-a-1 is not Ready"}
    assert {name: len(addresses) for name, addresses in found.addresses.items()} == {"a": 1, "b": 1}
    found = done(jobs.ReconcileCluster(SimulatedCluster(refuses=["create"]), "My_Hub", ("ca", "key"), [group("a", 1)]))
    assert found.reasons == {"My_Hub": "no API server"}


def test_a_cancelled_job_adds_no_more_nodes():
    testbed = SimulatedCluster()
    job = jobs.ReconcileCluster(testbed, "My_Hub", ("ca", "key"), [group("a", 2)])
    job.cancel()
    done(job)
    assert testbed.there == {}
    assert done(jobs.RemoveCluster(testbed, "My_Hub", threading.Lock())).reasons == {} and testbed.there is None


@pytest.mark.parametrize(("failures", "reasons"), [(2, {}), (3, {"My_Hub": "busy"})])
def test_a_removal_is_retried(monkeypatch, failures, reasons):
    testbed, attempts = SimulatedCluster(), []

    def destroy():
        attempts.append(1)
        if len(attempts) <= failures:
            raise OSError("busy")

    monkeypatch.setattr(testbed, "destroy", destroy, raising=False)
    monkeypatch.setattr(jobs.time, "sleep", lambda seconds: None)
    assert done(jobs.RemoveCluster(testbed, "My_Hub", threading.Lock())).reasons == reasons
    assert len(attempts) == 3
