"""Combinations of variables at the limits of each rule. What breaks them is in broken/*.txt."""

import pytest
from check_samples import MOUNT, PROFILE, SLURM, errors_of, warnings_of
from site_samples import MAGNUM


@pytest.mark.parametrize(
    "changes",
    [
        {"hub_allowed_groups": []},
        {**SLURM, "hub_sign_in": ["iam", "pam"], "hub_admin_users": ["jane"], "hub_admin_groups": []},
        {"hub_sign_in": ["local"], "hub_admin_users": ["jane"], "hub_admin_groups": [],
         "hub_local_accounts": {"accounts": [{"name": "jane", "until": "2027-07-09"}]}},
        {"hub_sign_in": ["iam", "local"], "hub_local_accounts": {"requests": True}},
        {"hub_contact": {"url": "https://lab.test"}},
        {"hub_max_users": 3000, "hub_idle": "30m"},
        {"hub_max_users": 3000, "hub_idle": 0},
        {"hub_profiles": [PROFILE | {"cpu_guarantee": 1, "memory_guarantee": "1G"}]},
        {"hub_profiles": [PROFILE | {"idle": "1h", "max_age": "1h"}]},
        {"hub_profiles": [PROFILE | {"idle": 0, "max_age": "1h"}]},
        {"hub_profiles": [PROFILE | {"default": True}, PROFILE | {"name": "b"}]},
        {"hub_profiles": [PROFILE | {"title": "★"}, PROFILE | {"name": "b", "title": "☆"}]},
    ],
    ids=str,
)  # fmt: skip
def test_valid_combinations_have_no_problem(variables, changes):
    assert errors_of(variables, **changes) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "min": 1, "max": 1, "cpu": 1, "memory": "1G"}],
         "hub_profiles": [PROFILE]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 1, "gpus": 1}],
         "hub_profiles": [PROFILE | {"gpus": 1, "placeholders": 1}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 1}],
         "hub_profiles": [PROFILE | {"placeholders": 85}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 2, "memory": "8G"}],
         "hub_profiles": [PROFILE | {"memory_guarantee": "1G", "memory": "8G", "placeholders": 16}]},
        {"cluster_pod_network": "10.0.0.0/20", "cluster_node_groups": [{"name": "b", "flavor": "f", "max": 15}]},
        {"cluster_pod_network": "10.0.0.0/22", "hub_max_users": 340,
         "cluster_node_groups": [{"name": "b", "flavor": "f", "max": 3}]},
        {"cluster_pod_network": "fd00::/48"},
        {"hub_values_overrides": {"singleuser": {"extraEnv": {"A": "b"}}, "hub": {"db": {"pvc": {}}}, "cull": None}},
        {"hub_profiles": [PROFILE | {"shared_memory": "1023M", "image": "a:1"}]},
        {"hub_profiles": [PROFILE | {"mounts": ["a"]}], "hub_mounts": [MOUNT, MOUNT | {"name": "b", "path": "/b"}]},
        {"hub_mounts": [MOUNT | {"path": "/home/shared"}]},
        {"hub_images": {"hub": "a:1"}, "hub_accepted_advisories": {}},
        {"hub_service": {"type": "node_port", "node_port": 30080}},
        {"hub_registry_mirrors": {"registry:5000": "mirror.lab.test:5000/a/b_c"}},
    ],
    ids=str,
)  # fmt: skip
def test_valid_combinations_on_kubernetes(cluster, changes):
    assert errors_of(cluster, **changes) == []


@pytest.mark.parametrize(
    "profile",
    [
        {},
        {"time": "10h", "partitions": ["short"]},
        {"memory": "1T", "cpu": 1, "name": "a"},
    ],
    ids=str,
)
def test_valid_profiles_on_slurm(variables, profile):
    assert errors_of(variables | SLURM, hub_profiles=[PROFILE | profile]) == []


def test_without_partitions_a_profile_may_use_any_that_suits(variables):
    partitions = [
        {"name": "a", "max_time": "1h", "max_memory": "1G"},
        {"name": "b", "max_time": "2h", "overflow": True},
    ]
    found = errors_of(
        variables | SLURM, slurm_partitions=partitions, hub_profiles=[PROFILE | {"time": "3h", "memory": "9T"}]
    )
    assert found == ["hub_profiles[0].time: 3 hours is more than max_time of its partitions, 2 hours: lower it"]


@pytest.mark.parametrize(
    ("changes", "warnings"),
    [
        ({"hub_admin_groups": []}, 1),
        ({"hub_admin_groups": ["lab/jupyter"]}, 1),
        ({"hub_profiles": [PROFILE | {"groups": ["a"]}]}, 1),
        ({"hub_profiles": [PROFILE | {"groups": ["a"]}, PROFILE | {"name": "b"}]}, 0),
        ({"hub_max_users": 3000}, 0),  # one machine keeps its state in a file
    ],
    ids=str,
)
def test_doubtful_groups_are_warnings(variables, changes, warnings):
    assert errors_of(variables, **changes) == []
    assert len(warnings_of(variables, **changes)) == warnings


NEW_CLUSTER = MAGNUM | {"cluster_kubeconfig": None}


def group(**changes):
    return {"cluster_node_groups": [{"name": "standard", "flavor": "m", "min": 1, "max": 1} | changes]}


@pytest.mark.parametrize(("count", "most"), [(1, 15), (3, 13)])
def test_the_pod_network_holds_control_plane_and_node_groups(cluster, count, most):
    site = cluster | NEW_CLUSTER | {"cluster_pod_network": "10.0.0.0/20"}
    site["cluster_control_plane"] = {"flavor": "m", "count": count}
    assert errors_of(site, **group(max=most)) == []
    assert errors_of(site, **group(max=most + 1)) == [
        "cluster_pod_network: 10.0.0.0/20 has room for 16 nodes of 256 addresses each, but there can be 17 "
        "(max of all node groups, and the control plane): write a larger network"
    ]


@pytest.mark.parametrize(("memory", "count"), [("9G", 0), ("9217M", 1), ("10G", 1), ("10241M", 0)])
def test_a_warning_when_memory_takes_more_than_nine_tenths_of_a_node(cluster, memory, count):
    found = warnings_of(cluster, **group(memory="10G"), hub_profiles=[PROFILE | {"memory": memory}])
    assert len([line for line in found if "may not fit" in line]) == count


@pytest.mark.parametrize(("placeholders", "count"), [(16, 0), (17, 1)])
def test_placeholders_fill_all_nodes_of_a_group_exactly(cluster, placeholders, count):
    profile = PROFILE | {"memory_guarantee": "1G", "memory": "8G", "placeholders": placeholders}
    assert len(errors_of(cluster, **group(max=2, memory="8G"), hub_profiles=[profile])) == count


@pytest.mark.parametrize(("length", "count"), [(225, 0), (226, 1)])
def test_the_longest_name_of_a_cluster(cluster, length, count):
    assert len(errors_of(cluster | NEW_CLUSTER | group(), cluster_name="x" * length)) == count


@pytest.mark.parametrize(("version", "errors", "warnings"), [("v1.31.9", 1, 1), ("v1.32.0", 1, 0), ("v1.34.0", 0, 0)])
def test_versions_of_kubernetes_for_the_chart(cluster, version, errors, warnings):
    site = cluster | NEW_CLUSTER | {"cluster_kubernetes_version": version, "hub_images": {"scheduler": "a:v1.35.7"}}
    found = errors_of(site), warnings_of(site)
    assert [len([line for line in lines if "v1.3" in line]) for lines in found] == [errors, warnings], found


@pytest.mark.parametrize(("seconds", "reason"), [(899, "899 seconds are too short"), (900, "derived from")])
def test_a_start_timeout_among_the_values_of_the_chart(cluster, seconds, reason):
    (line,) = errors_of(cluster, hub_values_overrides={"singleuser": {"startTimeout": seconds}})
    assert line.startswith(f"hub_values_overrides.singleuser.startTimeout: {reason}")
