"""Decisions of the testbed's autoscaler, on plain data of the Kubernetes API."""

import openstack_path  # noqa: F401  (for what importing it does)
import pytest
from openstack_testbed.services import autoscaler, scheduling

GIB = 2**30
GPU = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
SIMULATED = "example.org/simulated"


def group(name="small", count=1, *, low=0, top=5, cpu=4, memory=16, gpu=0, taints=(), after=10):
    capacity = {"cpu": cpu, "memory": memory * GIB, "pods": 110} | ({"nvidia.com/gpu": gpu} if gpu else {})
    return autoscaler.ScalableGroup(
        name, f"hub-{name}-", count, low, top, capacity, {"group": name}, tuple(taints), after
    )


def node(name, of, *, taints=(), cpu=None, unschedulable=False):
    sizes = {key: str(amount) for key, amount in (of.capacity | ({"cpu": cpu} if cpu else {})).items()}
    labels = {"kubernetes.io/hostname": name, **of.labels}
    spec = {"taints": [*of.taints, *taints]} | ({"unschedulable": True} if unschedulable else {})
    return {"metadata": {"name": name, "labels": labels}, "spec": spec, "status": {"allocatable": sizes}}


def pod(on=None, *, cpu="1", memory="1Gi", gpu=None, owner=None, phase=None, nominated=None, **spec):
    requests = {"cpu": cpu, "memory": memory} | ({"nvidia.com/gpu": gpu} if gpu else {})
    status = {"phase": phase or ("Running" if on else "Pending")}
    status |= {} if on else {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}
    status |= {"nominatedNodeName": nominated} if nominated else {}
    return {
        "metadata": {"ownerReferences": [{"kind": owner}]} if owner else {},
        "spec": {"containers": [{"resources": {"requests": requests}}]} | ({"nodeName": on} if on else {}) | spec,
        "status": status,
    }


def affinity(*terms):
    """Required node affinity: each term is a list of expressions (key, operator, *values)."""
    words = [[{"key": key, "operator": how, "values": list(values)} for key, how, *values in term] for term in terms]
    selector = {"nodeSelectorTerms": [{"matchExpressions": term} for term in words]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}}


def changes(groups, nodes, pods, since=None, *, now=100.0, ignored=None):
    changed, victims, _ = autoscaler.decide(groups, nodes, pods, since or {}, now=now, ignored_taint=ignored)
    return changed, victims


# --- Growing ---------------------------------------------------------------------------------------------------------
def test_an_unschedulable_pod_adds_one_node():
    small = group()
    full = [pod("hub-small-0", cpu="4")]
    assert changes([small], [node("hub-small-0", small)], [*full, pod()]) == ({"small": 2}, {})


@pytest.mark.parametrize(
    "waiting",
    [
        pod("hub-small-0", cpu="4"),
        pod(phase="Pending", priority=-11),
        pod(nominated="hub-small-0"),
        pod() | {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}},
        pod() | {"status": {"phase": "Pending"}},
    ],
    ids=["runs", "expendable", "others-make-room-for-it", "ends", "not-looked-at-yet"],
)
def test_other_pods_add_none(waiting):
    assert changes([group(count=0)], [], [waiting])[0] == {}


def test_a_preempted_placeholder_counts_as_any_pod():
    assert changes([group(count=0)], [], [pod(priority=-10)])[0] == {"small": 1}


def test_pods_that_share_a_node_add_one_and_those_that_do_not_several():
    assert changes([group(count=0)], [], [pod(cpu="2"), pod(cpu="2")])[0] == {"small": 1}
    assert changes([group(count=0)], [], [pod(cpu="3"), pod(cpu="3")])[0] == {"small": 2}
    assert changes([group(count=0)], [], [pod(memory="9Gi"), pod(memory="9Gi")])[0] == {"small": 2}


def test_no_group_exceeds_its_maximum():
    assert changes([group(count=1, top=2)], [], [pod(cpu="4")] * 5)[0] == {"small": 2}
    assert changes([group(count=2, top=2)], [], [pod(cpu="4")])[0] == {}


@pytest.mark.parametrize("size", [{"cpu": "4100m"}, {"memory": "17Gi"}, {"gpu": "1"}], ids=["cpu", "memory", "gpu"])
def test_a_pod_larger_than_the_flavor_adds_no_node(size):
    assert changes([group(count=0)], [], [pod(**size)])[0] == {}


def test_a_pod_that_does_not_fit_next_to_daemonsets_adds_no_node():
    small = group()
    nodes = [node("hub-small-0", small, cpu=3.9)]
    assert changes([small], nodes, [pod(cpu="4")])[0] == {}
    daemon = pod("hub-small-0", cpu="200m", owner="DaemonSet")
    assert changes([small], nodes, [daemon, pod("hub-small-0", cpu="1"), pod(cpu="3800m")])[0] == {}
    assert changes([small], nodes, [daemon, pod("hub-small-0", cpu="1"), pod(cpu="3700m")])[0] == {"small": 2}


def test_existing_room_is_used_first():
    small = group()
    nodes = [node("hub-small-0", small)]
    assert changes([small], nodes, [pod()])[0] == {}
    assert changes([small], [node("hub-small-0", small, unschedulable=True)], [pod()])[0] == {"small": 2}


def test_room_on_simulated_nodes_counts():
    small = group()
    nodes = [node("hub-small-0", small, taints=[{"key": SIMULATED, "effect": "NoSchedule"}])]
    assert changes([small], nodes, [pod()], ignored=SIMULATED) == ({}, {})
    # Nor is such a node removed while a pod is pending.
    since = {"hub-small-0": 0}
    assert changes([small], nodes, [pod()], since, ignored=SIMULATED) == ({}, {})
    assert changes([small], nodes, [pod()])[0] == {"small": 2}


def test_the_smallest_suitable_group_is_scaled_up():
    groups = [group("large", 0, memory=64), group("gpu", 0, memory=8, gpu=1), group("small", 0)]
    assert changes(groups, [], [pod()])[0] == {"small": 1}
    assert changes(groups, [], [pod(memory="32Gi")])[0] == {"large": 1}
    assert changes(groups, [], [pod(gpu="1")])[0] == {"gpu": 1}
    assert changes(groups, [], [pod(nodeSelector={"group": "large"})])[0] == {"large": 1}


def test_taints_repel_pods_without_toleration():
    gpu = group("gpu", 0, gpu=1, taints=[GPU])
    assert changes([gpu], [], [pod()])[0] == {}
    for toleration in (
        {"key": "nvidia.com/gpu", "operator": "Exists"},
        {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"},
        {"operator": "Exists"},
    ):
        assert changes([gpu], [], [pod(tolerations=[toleration])])[0] == {"gpu": 1}
    for toleration in (
        {"key": "nvidia.com/gpu", "value": "absent"},
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoExecute"},
        {"key": "other", "operator": "Exists"},
    ):
        assert changes([gpu], [], [pod(tolerations=[toleration])])[0] == {}
    polite = group("gpu", 0, taints=[GPU | {"effect": "PreferNoSchedule"}])
    assert changes([polite], [], [pod()])[0] == {"gpu": 1}


# --- Affinity --------------------------------------------------------------------------------------------------------
def test_one_term_must_match_completely():
    other, ours = [("other", "In", "small")], [("group", "In", "a", "small")]
    for terms, grown in (
        ([other, ours], {"small": 1}),
        ([ours, other], {"small": 1}),
        ([other], {}),
        ([other + ours], {}),
        ([[]], {}),
    ):
        assert changes([group(count=0)], [], [pod(affinity=affinity(*terms))])[0] == grown


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        (("a", "In", "1", "2"), True),
        (("a", "In", "2"), False),
        (("b", "In", "1"), False),
        (("a", "NotIn", "2"), True),
        (("b", "NotIn", "2"), True),
        (("a", "NotIn", "1"), False),
        (("a", "Exists"), True),
        (("b", "Exists"), False),
        (("a", "DoesNotExist"), False),
        (("b", "DoesNotExist"), True),
        (("a", "Gt", "0"), True),
        (("a", "Gt", "1"), False),
        (("a", "Lt", "2"), True),
        (("b", "Lt", "2"), False),
        (("a", "Unheard", "1"), False),
    ],
    ids=str,
)
def test_operators_of_node_affinity(expression, matches):
    assert scheduling.may_be_on(pod(affinity=affinity([expression])), {"a": "1"}, []) is matches


def test_a_field_names_one_node():
    required_pod = pod()
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["one"]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    required_pod["spec"]["affinity"] = {"nodeAffinity": required}
    assert scheduling.may_be_on(required_pod, {"kubernetes.io/hostname": "one"}, [])
    assert not scheduling.may_be_on(required_pod, {"kubernetes.io/hostname": "two"}, [])
    assert not scheduling.may_be_on(required_pod, {}, [])


# --- Shrinking -------------------------------------------------------------------------------------------------------
def test_an_empty_node_is_removed_after_a_delay():
    small = group(count=2)
    nodes, busy = [node(f"hub-small-{number}", small) for number in (0, 1)], pod("hub-small-0")
    changed, _, since = autoscaler.decide([small], nodes, [busy], {}, now=100.0)
    assert (changed, since) == ({}, {"hub-small-1": 100.0})
    assert changes([small], nodes, [busy], since, now=109.9) == ({}, {})
    assert changes([small], nodes, [busy], since, now=110.0) == ({"small": 1}, {"small": ["hub-small-1"]})
    assert changes([group(count=2, after=30)], nodes, [busy], since, now=129.0) == ({}, {})
    # A pod ran in between: the delay begins again.
    _, _, since = autoscaler.decide([small], nodes, [busy, pod("hub-small-1")], since, now=105.0)
    assert changes([small], nodes, [busy], since, now=110.0) == ({}, {})


@pytest.mark.parametrize(
    ("on_it", "goes"), [({"owner": "DaemonSet"}, True), ({"phase": "Succeeded"}, True), ({}, False)]
)
def test_what_makes_a_node_busy(on_it, goes):
    small = group(count=1)
    nodes = [node("hub-small-0", small)]
    assert changes([small], nodes, [pod("hub-small-0", **on_it)], {"hub-small-0": 0})[0] == (
        {"small": 0} if goes else {}
    )


def test_no_group_falls_below_its_minimum():
    small = group(count=3, low=2)
    nodes = [node(f"hub-small-{number}", small) for number in range(3)]
    since = dict.fromkeys((each["metadata"]["name"] for each in nodes), 0)
    assert changes([small], nodes, [], since) == ({"small": 2}, {"small": ["hub-small-2"]})
    assert changes([group(count=2, low=2)], nodes[:2], [], since) == ({}, {})
    # The lowest numbers, which include real nodes, are kept however long they are empty.
    later = since | {"hub-small-1": 95.0, "hub-small-2": 95.0}
    assert changes([group(count=3, low=1)], nodes, [], later) == ({}, {})
    assert changes([group(count=3, low=1)], nodes, [], later, now=105.0) == (
        {"small": 1},
        {"small": ["hub-small-2", "hub-small-1"]},
    )


def test_nodes_of_a_group_with_a_similar_name_are_kept():
    small, longer = group("small"), group("small-1", low=1)
    nodes = [node("hub-small-0", small), node("hub-small-1-0", longer)]
    since = {"hub-small-0": 0, "hub-small-1-0": 0}
    assert changes([small, longer], nodes, [], since) == ({"small": 0}, {"small": ["hub-small-0"]})


# --- Sizes -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("250m", 0.25),
        ("2", 2),
        (2, 2),
        ("1.5Gi", 1.5 * GIB),
        ("1G", 1e9),
        ("512Mi", GIB / 2),
        ("2e3", 2000),
        ("1k", 1000),
    ],
)
def test_quantities_are_read_as_kubernetes_reads_them(text, number):
    assert scheduling.quantity(text) == pytest.approx(number)


def test_the_requests_of_a_pod():
    def asks(requests=None, limits=None):
        return {"resources": {"requests": requests or {}, "limits": limits or {}}}

    spec = {
        "containers": [
            asks({"cpu": "1", "memory": "1Gi"}),
            asks({"cpu": "500m"}, {"cpu": "2", "nvidia.com/gpu": "1"}),
            {},
        ],
        "initContainers": [asks({"cpu": "1", "memory": "3Gi"})],
    }
    assert scheduling.requests({"spec": spec}) == {"pods": 1, "cpu": 1.5, "memory": 3 * GIB, "nvidia.com/gpu": 1}
