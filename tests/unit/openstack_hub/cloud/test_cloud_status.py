"""The status screen of a cluster."""

import pytest
from cloud_samples import CLUSTER, FACTS, RUNNING, VARIABLES, changed, parsed

from openstack_hub.cloud.drift import drift
from openstack_hub.cloud.status import status

GROUPS = VARIABLES["cluster_node_groups"]
END = {"kubeconfig": {"end": "2032-03-10T00:00:00+00:00"}}
IN_SYNC = "Nothing: the cluster matches the variables."


def screen(facts, **variables):
    return "\n".join(status(parsed(cloud_web_server=None, **variables), facts))


def todo(facts, **variables):
    return screen(facts, **variables).partition("What to do\n")[2].strip()


def test_the_whole_screen_of_a_healthy_cluster():
    assert (
        screen(RUNNING | END)
        == """\
Cluster jupyterhub (cloud lab, project demo)
  UPDATE_COMPLETE, HEALTHY, created 3 days ago, 0a1b
  Kubernetes v1.33.4, wanted v1.33.4
  Template jupyterhub-v1.33.4-12345678
  API https://203.0.113.7:6443
  kubeconfig: its certificate expires 2032-03-10, in 1821 days

node group     now  min  max   wanted  status
control plane    1    0    -        1  CREATE_COMPLETE
standard         3    1   10  1 to 10  CREATE_COMPLETE
gpu              0    0    2   0 to 2  CREATE_COMPLETE

Capacity
                 flavor     now  min  max  cores  memory  GPUs
  control plane  m1.medium    1    1    1      2      4G     0
  standard       l3.micro     3    1   10      4     16G     0
  gpu            g-a4000      0    0    2     16     64G     1

                      instances  cores  memory  GPUs
  at the minimum              2      6     20G     0
  at the maximum             13     74    292G     2
  the quota                  50    100    400G     -
  used by others              0      0      0G     -
  left for this site         50    100    400G     -

What to do
  Nothing: the cluster matches the variables."""
    )


def test_the_screen_of_a_failed_cluster_shows_all_reasons():
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
  CREATE_FAILED, UNHEALTHY, created 3 days ago, 0a1b
  Kubernetes unknown, wanted v1.33.4
  Template unknown
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
    ({"clusters": ["a"]}, "it is being created or deleted", "Try again in a minute."),
    ({}, "none exists yet", "Preview"),
]


@pytest.mark.parametrize(("change", "head", "step"), HEADS, ids=[case[1] for case in HEADS])
def test_without_one_usable_cluster_the_screen_says_why(change, head, step):
    assert screen(FACTS | change).startswith(f"Cluster jupyterhub (cloud lab, project demo): {head}\n\nCapacity")
    assert todo(FACTS | change).startswith(step)


def test_the_screen_says_that_magnum_does_not_answer():
    facts = changed(FACTS, {"unanswered": {"container_infrastructure_management": "HTTP 503: Busy"}, "magnum": ...})
    assert screen(facts).startswith("Cluster jupyterhub (cloud lab, project demo): Magnum does not answer\n\nCapacity")
    assert todo(facts) == "Magnum does not answer (HTTP 503: Busy): try again in a few minutes."


def test_the_screen_says_that_the_cloud_does_not_answer():
    error = {"kind": "unanswered", "message": "https://c.test:5000: Connection refused"}
    facts = {"unanswered": {}, "quotas": {}, "entries": [], "file": None, "broken": None, "error": error}
    assert screen(facts) == (
        "The state of cluster jupyterhub is unknown.\n\nWhat to do\n"
        "  cloud 'lab' does not answer: https://c.test:5000: Connection refused"
    )


STEPS = [
    ({"status": "UPDATE_IN_PROGRESS"}, "Magnum is working; wait until it is done"),
    ({"status": "UPDATE_FAILED"}, "Fix the reason above, then retry"),
    ({"status": "DELETE_FAILED"}, "It is being deleted; continue with"),
    ({"coe_version": "v1.32.8"}, "Preview the changes"),
    ({}, IN_SYNC),
]


@pytest.mark.parametrize(("change", "step"), STEPS, ids=[case[1] for case in STEPS])
def test_the_next_step_follows_from_the_state(change, step):
    assert todo(RUNNING | {"cluster": CLUSTER | change}).startswith(step)


@pytest.mark.parametrize(
    ("found", "step"),
    [(None, "There is no kubeconfig"), ({"end": "2027-04-10T00:00:00+00:00"}, "Its certificate expires soon")],
)
def test_a_missing_or_expiring_kubeconfig_is_to_be_renewed(found, step):
    assert todo(RUNNING | {"kubeconfig": found}).startswith(f"{step}; get a new one: ansible-playbook")


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
        ["node group gpu does not exist", "node group old is not in cluster_node_groups"],
    ),
    ({"node_groups/2/max_node_count": 3}, {}, "node group gpu: max is 2, Magnum has 3"),
    ({"node_groups/1/max_node_count": None}, {}, "node group standard: max is 10, Magnum has none"),
    ({"node_groups/1/node_count": 12}, {}, "node group standard: 12 nodes are not 1 to 10"),
    ({"node_groups/2/flavor_id": "x"}, {}, "node group gpu: flavor is g-a4000, its nodes have x"),
    (
        {},
        {"cluster_node_groups": [GROUPS[0], GROUPS[1] | {"image": "large"}]},
        "node group gpu: image is large, its nodes have id-kube-v1.33.4",
    ),
    (
        {"node_groups": [*CLUSTER["node_groups"], CLUSTER["node_groups"][2] | {"name": "gpu-b"}]},
        {},
        "node group gpu-b still exists in addition to its successor",
    ),
]


@pytest.mark.parametrize(("cluster", "variables", "sentences"), DRIFTS, ids=[str(case[2])[:50] for case in DRIFTS])
def test_each_drift_is_reported(cluster, variables, sentences):
    facts = changed(RUNNING, {f"cluster/{path}": value for path, value in cluster.items()})
    assert drift(parsed(**variables), facts) == ([sentences] if isinstance(sentences, str) else sentences)


def test_equivalent_values_are_no_drift():
    assert drift(parsed(), RUNNING) == []
    assert drift(parsed(cluster_node_groups=[GROUPS[0], GROUPS[1] | {"image": "kube-v1.33.4"}]), RUNNING) == []
    assert drift(parsed(), FACTS) == []


@pytest.mark.parametrize("count", [1, 10])
def test_node_counts_at_their_bounds_are_no_drift(count):
    assert drift(parsed(), changed(RUNNING, {"cluster/node_groups/1/node_count": count})) == []


@pytest.mark.parametrize(
    ("end", "expires"), [("2027-04-14T12:00:00+00:00", False), ("2027-04-14T11:00:00+00:00", True)]
)
def test_a_certificate_is_reported_in_its_last_30_days(end, expires):
    assert todo(RUNNING | {"kubeconfig": {"end": end}}).startswith("Its certificate expires soon") is expires


@pytest.mark.parametrize(
    ("created", "age"),
    [
        ("2027-03-14T12:00:00+00:00", "1 day"),
        ("2027-03-14T12:00:01+00:00", "23 hours"),
        ("2027-03-15T11:00:00", "1 hour"),  # without a time zone it is UTC
    ],
)
def test_the_age_of_a_cluster_is_shown_in_its_largest_unit(created, age):
    assert f"created {age} ago" in screen(changed(RUNNING | END, {"cluster/created_at": created}))
