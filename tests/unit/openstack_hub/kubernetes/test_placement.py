"""Servers are scheduled on nodes of their group only, whatever labels the driver sets."""

import pytest

from openstack_hub.kubernetes.placement import LABEL, driver_labels, node_labels, node_taints, placement

GROUPS = [
    {"name": "standard", "gpus": 0, "labels": {}},
    {"name": "large", "gpus": 0, "labels": {"example.org/use": "teaching"}},
    {
        "name": "large-memory",
        "gpus": 0,
        "labels": {"example.org/use": "teaching"},
    },  # begins with the name of another group
    {"name": "worker", "gpus": 0, "labels": {}},  # part of default-worker, and a role
    {"name": "gpu", "gpus": 1, "labels": {}},
    {"name": "gpu--a100", "gpus": 4, "labels": {"example.org/use": "gpu"}},
]
MAGNUM_NAMES = ["default-worker", *(group["name"] for group in GROUPS[1:])]
EVERYWHERE = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "topology.kubernetes.io/zone": "nova"}
# By driver: labels of a control plane node, and of a worker as a function of its group's name in Magnum.
DRIVERS = {
    # magnum_capi_helm/driver.py _process_node_groups (names through driver_utils.sanitized_name); capi-helm-charts:
    # charts/openstack-cluster/templates/node-group/kubeadm-config-template.yaml, kubelet's node-labels
    "magnum-capi-helm 1.4": (
        {"node-role.kubernetes.io/control-plane": ""},
        lambda name: {"capi.stackhpc.com/node-group": name.replace("--", "-")},
    ),
    # magnum_cluster_api/resources.py mutate_machine_deployment; Cluster API hands such labels on to nodes
    "magnum-cluster-api 0.38": (
        {"node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/master": ""},
        lambda name: {"node-role.kubernetes.io/worker": "", "node.cluster.x-k8s.io/nodegroup": name},
    ),
    # magnum up to 20: drivers/common/templates/kubernetes/fragments/configure-kubernetes-{master,minion}.sh
    "Heat": (
        {"magnum.openstack.org/role": "master", "magnum.openstack.org/nodegroup": "default-master"},
        lambda name: {"magnum.openstack.org/role": "worker", "magnum.openstack.org/nodegroup": name},
    ),
    # An unknown driver that sets the labels from the API (magnum 23: api/controllers/v1/nodegroup.py)
    "node_labels of Magnum 1.14": (
        {"node-role.kubernetes.io/control-plane": ""},
        lambda name: node_labels(GROUPS[MAGNUM_NAMES.index(name)]),
    ),
}


def matches(expression, labels):
    exists, values = expression["key"] in labels, expression.get("values", [])
    return {
        "In": exists and labels.get(expression["key"]) in values,
        "NotIn": labels.get(expression["key"]) not in values,
        "Exists": exists,
        "DoesNotExist": not exists,
    }[expression["operator"]]


def tolerated(taint, tolerations):
    return any(
        toleration["key"] == taint["key"]
        and toleration.get("effect", taint["effect"]) == taint["effect"]
        and (toleration["operator"] == "Exists" or toleration["value"] == taint["value"])
        for toleration in tolerations
    )


def schedules_on(placed, labels, taints=()):
    """Whether the scheduler chooses such a node: one term matches completely, and all taints are tolerated."""
    terms = placed["node_affinity_required"]
    chosen = any(all(matches(each, labels) for each in term["matchExpressions"]) for term in terms)
    return (chosen or not terms) and all(tolerated(taint, placed["tolerations"]) for taint in taints)


@pytest.mark.parametrize("driver", DRIVERS)
def test_servers_are_scheduled_on_nodes_of_their_group_only(driver):
    plane, worker = DRIVERS[driver]
    nodes = {name: EVERYWHERE | worker(name) for name in MAGNUM_NAMES} | {"control plane": EVERYWHERE | plane}
    for index, group in enumerate(GROUPS):
        placed = placement(group, index)
        found = [name for name, labels in nodes.items() if schedules_on(placed, labels, node_taints(group, index))]
        assert found == [MAGNUM_NAMES[index]], group["name"]


@pytest.mark.parametrize("driver", [driver for driver in DRIVERS if "1.14" not in driver])
def test_servers_are_scheduled_on_the_successor_of_their_group(driver):
    _, worker = DRIVERS[driver]
    successors = [f"{name}-b" for name in MAGNUM_NAMES]
    for index, group in enumerate(GROUPS):
        placed = placement(group, index)
        found = [name for name in successors if schedules_on(placed, worker(name), node_taints(group, index))]
        assert found == ([] if index == 0 else [successors[index]]), "Magnum's own group is never replaced"


def test_no_group_selects_unlabelled_nodes():
    assert not any(schedules_on(placement(group, index), EVERYWHERE) for index, group in enumerate(GROUPS))


def test_nodes_of_an_existing_cluster_need_all_labels_of_the_group():
    group = {"name": "large", "gpus": 0, "labels": {"example.org/use": "teaching", "example.org/size": "large"}}
    placed = placement(group, 1, given=True)
    assert schedules_on(placed, EVERYWHERE | group["labels"])
    assert not schedules_on(placed, EVERYWHERE | {"example.org/use": "teaching"})
    assert not schedules_on(placed, EVERYWHERE | group["labels"] | {"example.org/size": "larger"})
    assert not schedules_on(placed, EVERYWHERE | {"capi.stackhpc.com/node-group": "large"})


def test_without_labels_gpu_nodes_are_found_by_their_own():
    cpu, gpu = (placement({"name": "x", "gpus": gpus, "labels": {}}, 0, given=True) for gpus in (0, 1))
    gpu_node = EVERYWHERE | {"nvidia.com/gpu.present": "true"}  # by the GPU feature discovery of NVIDIA's operator
    assert schedules_on(cpu, EVERYWHERE)
    assert not schedules_on(cpu, gpu_node)
    assert schedules_on(gpu, gpu_node)
    assert gpu["node_affinity_required"] == []  # the API refuses an empty term


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize(
    ("taint", "gpus"),
    [
        ({"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}, 1),
        ({"key": "nvidia.com/gpu", "value": "true", "effect": "NoExecute"}, 1),
        ({"key": "hub.jupyter.org/dedicated", "value": "user", "effect": "NoSchedule"}, 0),  # of the chart
        ({"key": "hub.jupyter.org_dedicated", "value": "user", "effect": "NoSchedule"}, 0),
    ],
)
def test_taints_of_gpus_and_user_nodes_are_tolerated(taint, gpus, given):
    for has in (0, 1):
        group = {"name": "x", "gpus": has, "labels": {}}
        labels = {LABEL: "x"}
        assert schedules_on(placement(group, 1, given=given), labels, [taint]) is (has >= gpus)


def test_other_taints_are_not_tolerated():
    for key, value in (("hub.jupyter.org/dedicated", "core"), ("node-role.kubernetes.io/control-plane", "")):
        taint = {"key": key, "value": value, "effect": "NoSchedule"}
        assert not schedules_on(placement(GROUPS[4], 4), {LABEL: "gpu"}, [taint])


def test_only_gpu_groups_are_tainted_and_never_the_first():
    assert node_taints(GROUPS[4], 4) == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    assert node_taints(GROUPS[4], 0) == node_taints(GROUPS[1], 1) == []


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize(
    ("value", "effect", "tolerated_values"),
    [("teaching", "NoSchedule", ["teaching"]), (None, "NoExecute", ["teaching", "", "other"])],
)
def test_taints_of_a_group_are_asked_for_and_tolerated_by_its_servers_only(given, value, effect, tolerated_values):
    taint = {"key": "example.org/use", "value": value, "effect": effect}
    group = {"name": "x", "gpus": 0, "labels": {}, "taints": [taint]}
    for found in ("teaching", "", "other"):
        on_node = taint | {"value": found}
        assert schedules_on(placement(group, 1, given=given), {LABEL: "x"}, [on_node]) is (found in tolerated_values)
        assert not schedules_on(placement(group | {"taints": []}, 1, given=given), {LABEL: "x"}, [on_node])
    asked = {key: each for key, each in taint.items() if each}
    assert node_taints(group, 1) == [asked] and node_taints(group, 0) == []
    assert node_taints(group | {"gpus": 1}, 1)[1:] == [asked]


@pytest.mark.parametrize(
    ("resource", "key"),
    [
        ("nvidia.com/gpu", "nvidia.com/gpu"),
        ("nvidia.com/mig-1g.10gb", "nvidia.com/gpu"),
        ("amd.com/gpu", "amd.com/gpu"),
    ],
)
def test_nodes_with_other_gpus_are_tainted_by_their_name(resource, key):
    group = {"name": "x", "gpus": 1, "labels": {}, "gpu_resource": resource}
    own = {"key": key, "value": "yes", "effect": "NoSchedule"}
    assert node_taints(group | {"taints": [own]}, 1) == [own]
    (taint,) = node_taints(group, 1)
    assert taint == {"key": key, "value": "present", "effect": "NoSchedule"}
    assert schedules_on(placement(group, 1), {LABEL: "x"}, [taint])


def test_selected_labels_are_required_in_addition_to_those_of_the_group():
    group, selector = GROUPS[1], {"pool": "jupyter", "empty": ""}
    for given, labels in ((True, group["labels"]), (False, {LABEL: "large"})):
        placed = placement(group, 1, given=given, selector=selector)
        assert schedules_on(placed, EVERYWHERE | labels | selector)
        assert not schedules_on(placed, EVERYWHERE | labels | {"pool": "jupyter"})
        assert not schedules_on(placed, EVERYWHERE | selector)


def test_a_groups_labels_cannot_replace_that_of_the_project():
    labels = node_labels({"name": "gpu", "labels": {"example.org/use": "gpu", LABEL: "other"}})
    assert labels == {"example.org/use": "gpu", LABEL: "gpu"}
    # Magnum refuses labels that kubelet may not set, those of these namespaces
    assert not LABEL.partition("/")[0].endswith(("kubernetes.io", "k8s.io"))


def test_each_drivers_label_names_the_group_and_its_successor():
    assert driver_labels(GROUPS[5], 5) == {
        "capi.stackhpc.com/node-group": ["gpu-a100", "gpu-a100-b"],
        "node.cluster.x-k8s.io/nodegroup": ["gpu--a100", "gpu--a100-b"],
        "magnum.openstack.org/nodegroup": ["gpu--a100", "gpu--a100-b"],
        LABEL: ["gpu--a100"],
    }
    assert driver_labels(GROUPS[0], 0)["magnum.openstack.org/nodegroup"] == ["default-worker"]
