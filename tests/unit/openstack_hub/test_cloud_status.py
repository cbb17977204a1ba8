"""The screen that tells how the cluster is."""

import pytest
from cloud_lab import CLUSTER, FACTS, RUNNING, VARIABLES, changed, parsed

from openstack_hub.cloud.drift import drift
from openstack_hub.cloud.status import status

GROUPS = VARIABLES["cluster_node_groups"]
END = {"kubeconfig": {"end": "2032-03-10T00:00:00+00:00"}}
CALM = "Nothing: all is as the variables say."


def screen(facts, **variables):
    return "\n".join(status(parsed(cloud_web_server=None, **variables), facts))


def todo(facts, **variables):
    return screen(facts, **variables).partition("What to do\n")[2].strip()


def test_a_cluster_as_it_should_be():
    assert (
        screen(RUNNING | END)
        == """\
Cluster jupyterhub (cloud lab, project demo)
  UPDATE_COMPLETE, HEALTHY, made 3 days ago, 0a1b
  Kubernetes v1.33.4, wanted v1.33.4
  Template jupyterhub-v1.33.4-12345678
  API https://203.0.113.7:6443
  kubeconfig: its certificate ends 2032-03-10, in 1821 days

node group     now  min  max   wanted  status
control plane    1    0    -        1  CREATE_COMPLETE
standard         3    1   10  1 to 10  CREATE_COMPLETE
gpu              0    0    2   0 to 2  CREATE_COMPLETE

Capacity
                 flavor     now  min  max  cores  memory  GPUs
  control plane  m1.medium    1    1    1      2      4G     0
  standard       l3.micro     3    1   10      4     16G     0
  gpu            g-a4000      0    0    2     16     64G     1

                      machines  cores  memory  GPUs
  at the minimum             2      6     20G     0
  at the maximum            13     74    292G     2
  the quota                 50    100    400G     -
  used by others             0      0      0G     -
  left for this site        50    100    400G     -

What to do
  Nothing: all is as the variables say."""
    )


def test_a_cluster_in_trouble():
    failed = CLUSTER["node_groups"][2] | {"status": "CREATE_FAILED", "status_reason": "No valid host was found."}
    facts = changed(
        RUNNING | {"kubeconfig": None},
        {
            "cluster/status": "CREATE_FAILED",
            "cluster/status_reason": "see node\n  group gpu\n",
            "cluster/health_status": "UNHEALTHY",
            "cluster/health_status_reason": {"api": "timeout", "worker-1.Ready": "ok"},
            "cluster/coe_version": None,
            "cluster/api_address": None,
            "cluster/template": None,
            "cluster/node_groups": [*CLUSTER["node_groups"][:2], failed, failed | {"name": "old"}],
        },
    )
    assert (
        screen(facts).partition("\nCapacity")[0]
        == """\
Cluster jupyterhub (cloud lab, project demo)
  CREATE_FAILED, UNHEALTHY, made 3 days ago, 0a1b
  Kubernetes not told, wanted v1.33.4
  Template not told
  API has no address yet
  Reason: see node group gpu
  Health: api timeout

node group     now  min  max   wanted  status
control plane    1    0    -        1  CREATE_COMPLETE
standard         3    1   10  1 to 10  CREATE_COMPLETE
gpu              0    0    2   0 to 2  CREATE_FAILED: No valid host was found.
old              0    0    2        -  CREATE_FAILED: No valid host was found.
"""
    )
    assert "cluster.yml -e cluster_recreate=true" in todo(facts)


HEADS = [
    ({"clusters": ["a", "b"]}, "there are 2 of that name: a, b", "Delete all clusters of that name but one"),
    ({"clusters": ["a"]}, "it is just being made or removed", "Look again in a minute."),
    ({}, "there is none yet", "See what would be made"),
]


@pytest.mark.parametrize(("change", "head", "step"), HEADS, ids=[case[1] for case in HEADS])
def test_no_cluster(change, head, step):
    assert screen(FACTS | change).startswith(f"Cluster jupyterhub (cloud lab, project demo): {head}\n\nCapacity")
    assert todo(FACTS | change).startswith(step)


def test_magnum_gives_no_answer():
    facts = changed(FACTS, {"unanswered": {"container_infrastructure_management": "HTTP 503: Busy"}, "magnum": ...})
    assert screen(facts).startswith("Cluster jupyterhub (cloud lab, project demo): Magnum gives no answer\n\nCapacity")
    assert todo(facts) == "Magnum gives no answer (HTTP 503: Busy): look again in some minutes."


def test_no_way_in():
    error = {"kind": "unanswered", "words": "https://c.test:5000: Connection refused"}
    facts = {"unanswered": {}, "quotas": {}, "entries": [], "file": None, "error": error}
    assert screen(facts) == (
        "Nothing is known of cluster jupyterhub.\n\nWhat to do\n"
        "  cloud 'lab' gives no answer: https://c.test:5000: Connection refused"
    )


STEPS = [
    ({"status": "UPDATE_IN_PROGRESS"}, "Magnum is at work; wait for its end"),
    ({"status": "UPDATE_FAILED"}, "When its reason is mended, try again"),
    ({"status": "DELETE_FAILED"}, "It is being removed; go on with it"),
    ({"coe_version": "v1.32.8"}, "See what would be changed"),
    ({}, CALM),
]


@pytest.mark.parametrize(("change", "step"), STEPS, ids=[case[1] for case in STEPS])
def test_next_step(change, step):
    assert todo(RUNNING | {"cluster": CLUSTER | change}).startswith(step)


@pytest.mark.parametrize(
    ("found", "step"),
    [(None, "There is no kubeconfig here"), ({"end": "2027-04-10T00:00:00+00:00"}, "Its certificate ends soon")],
)
def test_kubeconfig(found, step):
    assert todo(RUNNING | {"kubeconfig": found}).startswith(f"{step}; have a new one: ansible-playbook")


DRIFTS = [
    ({}, {"cluster_kubernetes_version": "v1.34.1"}, "cluster_kubernetes_version is v1.34.1, the cluster has v1.33.4"),
    (
        {},
        {"cluster_control_plane": {"flavor": "m1.medium", "count": 3}},
        "cluster_control_plane.count is 3, the cluster has 1",
    ),
    (
        {},
        {"cluster_control_plane": {"flavor": "l3.micro"}},
        "cluster_control_plane.flavor is l3.micro, the cluster has m1.medium",
    ),
    (
        {"node_groups/2/name": "old"},
        {},
        ["node group gpu is not there", "node group old is not in cluster_node_groups"],
    ),
    ({"node_groups/2/max_node_count": 3}, {}, "node group gpu: max is 2, Magnum has 3"),
    ({"node_groups/1/max_node_count": None}, {}, "node group standard: max is 10, Magnum has none"),
    ({"node_groups/1/node_count": 12}, {}, "node group standard: 12 machines are not 1 to 10"),
    ({"node_groups/2/flavor_id": "x"}, {}, "node group gpu: flavor is g-a4000, its machines have x"),
    (
        {},
        {"cluster_node_groups": [GROUPS[0], GROUPS[1] | {"image": "large"}]},
        "node group gpu: image is large, its machines have id-kube-v1.33.4",
    ),
    (
        {"node_groups": [*CLUSTER["node_groups"], CLUSTER["node_groups"][2] | {"name": "gpu-b"}]},
        {},
        "node group gpu-b stands beside its successor",
    ),
]


@pytest.mark.parametrize(("cluster", "variables", "sentences"), DRIFTS, ids=[str(case[2])[:50] for case in DRIFTS])
def test_drift(cluster, variables, sentences):
    facts = changed(RUNNING, {f"cluster/{path}": value for path, value in cluster.items()})
    assert drift(parsed(**variables), facts) == ([sentences] if isinstance(sentences, str) else sentences)


def test_no_drift():
    assert drift(parsed(), RUNNING) == []
    assert drift(parsed(cluster_node_groups=[GROUPS[0], GROUPS[1] | {"image": "kube-v1.33.4"}]), RUNNING) == []
    assert drift(parsed(), FACTS) == []
