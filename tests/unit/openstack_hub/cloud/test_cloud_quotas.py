"""For each quota a case that exceeds it, with the message, and exact fits."""

import pytest
from cloud_samples import CLUSTER, FACTS, RUNNING, changed, problems_of

QUOTAS = [  # everything at its max: 75 cores, 294 GB, 14 instances; at its min: 7 cores, 22 GB
    (
        {"cores": {"limit": 60, "used": 0}},
        "cluster_node_groups: everything at its max takes 75 cores, and the quota is 60: "
        "ask the cloud's operators for more, or write max: 6 for 'standard'",
    ),
    (
        {"RAM": {"limit": 200 * 1024, "used": 20 * 1024}},
        "cluster_node_groups: everything at its max takes 294G of RAM, and the quota is 200G, of which others use 20G: "
        "ask the cloud's operators for more, or write max: 2 for 'standard'",
    ),
    (
        {"instances": {"limit": 10, "used": 9}},
        "cluster_node_groups: everything at its max takes 14 instances, and the quota is 10, of which others use 9: "
        "ask the cloud's operators for more, or write smaller groups: at its min everything takes 3",
    ),
    ({"floating IPs": {"limit": 5, "used": 5}}, "cloud_external_network: the quota of 5 floating IPs has 0 left, "
     "and Apache's instance needs 1: ask the cloud's operators for more"),
    ({"networks": {"limit": 1, "used": 1}}, "cloud_network: the quota of 1 networks has 0 left, "
     "and the new network needs 1: ask the cloud's operators for more"),
    ({"routers": {"limit": 0, "used": 0}}, "cloud_network: the quota of 0 routers has 0 left, "
     "and the new network needs 1: ask the cloud's operators for more"),
    ({"ports": {"limit": 20, "used": 15}}, "cluster_node_groups: the quota of 20 ports has 5 left, "
     "and at their max, the instances need 14: ask the cloud's operators for more"),
    ({"clusters": {"limit": 2, "used": 2}}, "cluster_name: the quota of 2 clusters has 0 left, "
     "and this cluster needs 1: ask the cloud's operators for more"),
    (
        {"volumes": {"limit": 10, "used": 0}, "volume GB": {"limit": 1000, "used": 0}},
        "? hub_home.size: 100 users (hub_max_users) need 100 volumes for their homes, and the quota is 10 volumes: "
        "ask the cloud's operators for more",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("quota", "sentence"), QUOTAS, ids=[next(iter(case[0])) for case in QUOTAS])
def test_each_exceeded_quota_is_reported(quota, sentence):
    facts = FACTS | {"quotas": FACTS["quotas"] | quota}
    assert problems_of(facts=facts) == [sentence]


def test_a_control_plane_of_several_nodes_needs_a_load_balancer():
    facts = changed(FACTS, {"quotas/load balancers/used": 2})
    assert problems_of(facts=facts) == []
    assert problems_of({"cluster_control_plane": {"flavor": "m1.medium", "count": 3}}, facts) == [
        "cluster_control_plane: the quota of 2 load balancers has 0 left, and the cluster's API needs 1: "
        "ask the cloud's operators for more"
    ]


def test_boot_volumes_count_against_the_quota_of_volumes():
    facts = changed(FACTS, {"quotas": {"volumes": {"limit": 300, "used": 0}, "volume GB": {"limit": 500, "used": 100}}})
    assert problems_of({"cluster_labels": {"boot_volume_size": "40"}}, facts) == [
        "cluster_labels.boot_volume_size: the quota of 500 volume GB has 400 left, and at their max, the instances' "
        "disks need 520: ask the cloud's operators for more"
    ]


def test_running_instances_of_the_cluster_are_not_counted_twice():
    """The maximum fits the quota exactly, and a part of it runs."""
    exact = {"quotas/cores": {"limit": 75, "used": 14}, "quotas/instances": {"limit": 14, "used": 4}}
    assert len(problems_of(facts=changed(FACTS, exact))) == 2
    assert problems_of(facts=changed(RUNNING, exact)) == []
    uncounted = changed(RUNNING, exact | {"cluster/node_groups/1/node_count": 1})
    assert len(problems_of(facts=uncounted)) == 2
    named = [{"name": f"kube-abcde-worker-{i}", "vcpus": 4, "ram": 16384} for i in range(4)]
    assert problems_of(facts=changed(uncounted, {"instances": named})) == []
    others = [{"name": f"teaching-{i}", "vcpus": 4, "ram": 16384} for i in range(4)]
    assert len(problems_of(facts=changed(uncounted, {"instances": others}))) == 2


def test_an_existing_cluster_needs_no_quota_for_another():
    full = {f"quotas/{name}": {"limit": 1, "used": 1} for name in ("clusters", "load balancers")}
    assert problems_of(facts=changed(RUNNING, full)) == []


def test_a_group_and_its_successor_are_both_counted_as_existing():
    groups = [*CLUSTER["node_groups"][:2], CLUSTER["node_groups"][2] | {"name": "gpu-b", "node_count": 1}]
    exact = {"quotas/cores": {"limit": 75, "used": 30}, "cluster/node_groups": groups}
    assert problems_of(facts=changed(RUNNING, exact)) == []


EXACT = [
    {"quotas/floating IPs": {"limit": 5, "used": 4}},
    {"quotas/networks": {"limit": 1, "used": 0}, "quotas/routers": {"limit": 1, "used": 0}},
    {"quotas/ports": {"limit": 14, "used": 0}},
    {"quotas/clusters": {"limit": 2, "used": 1}},
    {"quotas/cores": {"limit": 75, "used": 0}},
    {"quotas/RAM": {"limit": 294 * 1024, "used": 0}},
    {"quotas/volumes": {"limit": 100, "used": 0}, "quotas/volume GB": {"limit": 100, "used": 0}},
]


@pytest.mark.parametrize("quotas", EXACT, ids=[next(iter(case)) for case in EXACT])
def test_an_exact_fit_is_enough(quotas):
    assert problems_of(facts=changed(FACTS, quotas)) == []


def test_a_suggested_maximum_may_be_the_minimum():
    (message,) = problems_of(facts=changed(FACTS, {"quotas/cores": {"limit": 39, "used": 0}}))
    assert message.endswith("or write max: 1 for 'standard'")
    (message,) = problems_of(facts=changed(FACTS, {"quotas/cores": {"limit": 38, "used": 0}}))
    assert message.endswith("at its min everything takes 7")


def test_sizes_of_homes_are_rounded_up_to_whole_gigabytes():
    facts = changed(FACTS, {"quotas/volume GB": {"limit": 6, "used": 0}})
    home = {"hub_home": {"size": "64M"}}  # 100 of them are 6.25 GB
    assert [message.partition(" for their")[0] for message in problems_of(home, facts)] == [
        "? hub_home.size: 100 users (hub_max_users) need 7 volume GB"
    ]
    assert problems_of(home, changed(facts, {"quotas/volume GB/limit": 7})) == []
