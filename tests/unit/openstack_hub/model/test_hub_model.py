"""The model that every platform reads."""

import json

import pytest

from openstack_hub.kubernetes.placement import placement
from openstack_hub.model.hub_model import hub_model
from openstack_hub.schema import specification

DEFAULT = {
    "name": "default", "title": "Default", "description": "", "cpu": 2.0, "memory": 1610612736, "cpu_guarantee": 0.0,
    "memory_guarantee": 0, "gpus": 0, "groups": [], "idle": 86400, "max_age": 0, "node_group": None, "image": None,
    "placeholders": 0, "shared_memory": None, "sudo": False, "time": None, "partitions": [],
    "activity_interval": 300,
}  # fmt: skip
PROFILE = {"name": "a", "cpu": 1, "memory": "1G"}


def test_the_complete_model_of_a_small_site(variables):
    assert hub_model(variables) == {
        "platform": "host",
        "spawner": "hubkit.hub.host",
        "domain": "hub.lab.test",
        "port": 443,
        "url": "https://hub.lab.test",
        "notice": "",
        "contact": {"email": "help@lab.test", "url": ""},
        "iam": {
            "name": "IAM", "issuer": "https://iam.lab.test/", "client_id": "hub",
            "client_authentication": "post", "scopes": ["openid", "profile", "email", "offline_access"],
            "username_claim": "preferred_username", "groups_claim": "groups", "entitlements": None,
            "membership_url": "",
        },
        "sign_in": {"methods": ["iam"], "local": {"days": 31, "requests": False}, "admin_users": []},
        "allowed_groups": ["lab/jupyter"],
        "admin_groups": ["lab/admins"],
        "admin_scopes": [],
        "blocked_users": [],
        "user_tokens": False,
        "audit": {"days": 90},
        "terms": None,
        "profiles": [
            DEFAULT,
            DEFAULT | {"name": "large", "title": "Large memory", "cpu": 8.0, "memory": 8053063680},
        ],
        "node_groups": [],
        "partitions": [],
        "home": {"size": 1073741824, "storage_class": None},
        "max_users": 100,
        "cull_interval": 60,
        "activity_resolution": 29,
        "auth_refresh": 180,
        "start_timeout": 120,
        "user_namespaces": False,
        "concurrent_starts": 20,
    }  # fmt: skip


def test_a_profile_with_all_options(cluster):
    cluster["hub_profiles"] = [
        {"name": "gpu", "title": "G", "description": "D", "default": True, "cpu": 0.5, "memory": "2G",
         "cpu_guarantee": 0.25, "memory_guarantee": "1G", "gpus": 2, "groups": ["lab/gpu"], "idle": "4h",
         "max_age": "2d", "node_group": "gpu", "image": "scipy:1", "placeholders": 3, "shared_memory": "1G",
         "sudo": True, "mounts": ["a"],
         "repositories": [{"url": "https://git.lab.test/x", "branch": "y"}]},
    ]  # fmt: skip
    mount = {"name": "a", "path": "/a", "server": "nfs.lab.test", "export": "/x"}
    cluster["hub_mounts"] = [mount | {"name": "b", "path": "/b"}, mount]
    cluster["cluster_node_groups"] = [{"name": "gpu", "flavor": "g", "max": 3, "gpus": 2, "memory": "64G"}]
    model = hub_model(cluster)
    assert model["profiles"] == [
        {"name": "gpu", "title": "G", "description": "D", "cpu": 0.5, "memory": 2 << 30, "cpu_guarantee": 0.25,
         "memory_guarantee": 1 << 30, "gpus": 2, "groups": ["lab/gpu"], "idle": 14400, "max_age": 172800,
         "node_group": "gpu", "image": "scipy:1", "placeholders": 3, "shared_memory": 1 << 30, "sudo": True,
         "time": None, "partitions": [], "activity_interval": 300,
         "mounts": [mount | {"read_only": True}], "repositories": [{"url": "https://git.lab.test/x", "branch": "y"}],
         "placement": placement(cluster["cluster_node_groups"][0], 0, given=True)},
    ]  # fmt: skip
    assert model["node_groups"] == [
        {"name": "gpu", "flavor": "g", "image": None, "min": 0, "max": 3, "gpus": 2, "cpu": None, "memory": 64 << 30,
         "labels": {}},
    ]  # fmt: skip


def test_keys_that_only_kubernetes_has(cluster):
    cluster["hub_profiles"] = [PROFILE, PROFILE | {"name": "b", "node_group": "gpu", "gpus": 1, "image": "scipy:1"}]
    cluster["cluster_node_groups"].append({"name": "gpu", "flavor": "g", "max": 3, "gpus": 1})
    cluster["hub_images"] = {"user": "quay.io/lab/user:1", "pause": "registry.k8s.io/pause:1"}
    cluster["hub_registry_mirrors"] = mirrors = {"docker.io": "r.lab.test/docker", "quay.io": "r.lab.test:5000"}
    model = hub_model(cluster | {"hub_namespace": "n", "cluster_node_minutes": 7, "hub_registry_mirrors": mirrors})
    placements = [placement(group, i, given=True) for i, group in enumerate(cluster["cluster_node_groups"])]
    only = ("namespace", "node_minutes", "images", "registry_mirrors", "service", "core_placement")
    assert {key: model[key] for key in only} == {
        "namespace": "n",
        "node_minutes": 7,
        "images": {
            "user": "r.lab.test:5000/lab/user:1", "hub": None, "proxy": None, "network_tools": None, "scheduler": None,
            "pause": "registry.k8s.io/pause:1", "image_awaiter": None,
        },
        "registry_mirrors": mirrors,
        "service": {"type": "load_balancer", "node_port": None},
        "core_placement": placements[0],
    }  # fmt: skip
    assert [profile["placement"] for profile in model["profiles"]] == placements
    assert [profile["image"] for profile in model["profiles"]] == [None, "r.lab.test/docker/library/scipy:1"]


@pytest.mark.parametrize("gpus", [0, 1])
def test_an_existing_cluster_needs_no_node_groups(cluster, gpus):
    model = hub_model(cluster | {"cluster_node_groups": [], "hub_profiles": [PROFILE | {"gpus": gpus}]})
    group = {"name": "", "gpus": gpus}
    assert model["profiles"][0]["placement"] == placement(group, 0, given=True)
    assert model["core_placement"] == placement({"name": "", "gpus": 0}, 0, given=True)


@pytest.mark.parametrize(
    ("guarantees", "reserved"),
    [
        ({}, (0.01, 1 << 30)),
        ({"cpu_guarantee": 0.5, "memory_guarantee": "512M"}, (0.5, 1 << 29)),
        ({"cpu_guarantee": 0, "memory_guarantee": 0}, (0.01, 16 << 20)),  # without a request Kubernetes uses the limit
    ],
)
def test_guarantees_on_kubernetes_are_never_zero(cluster, guarantees, reserved):
    (profile,) = hub_model(cluster | {"hub_profiles": [PROFILE | guarantees]})["profiles"]
    assert (profile["cpu_guarantee"], profile["memory_guarantee"]) == reserved


def test_partitions_of_slurm(variables):
    profile = PROFILE | {"time": "10h", "partitions": ["short"]}
    partition = {"name": "short", "max_time": "10h", "max_memory": "80G"}
    model = hub_model(variables | {"hub_platform": "slurm", "hub_profiles": [profile], "slurm_partitions": [partition]})
    assert (model["profiles"][0]["time"], model["profiles"][0]["partitions"]) == (36000, ["short"])
    assert model["partitions"] == [
        {"name": "short", "max_time": 36000, "max_memory": 80 << 30, "gpus": 0, "overflow": False}
    ]


@pytest.mark.parametrize(("port", "url"), [(443, "https://hub.lab.test"), (8443, "https://hub.lab.test:8443")])
def test_the_url_omits_the_default_port(variables, port, url):
    assert hub_model(variables | {"hub_port": port})["url"] == url


def test_the_default_profile_is_first(variables):
    profiles = [PROFILE, PROFILE | {"name": "b"}, PROFILE | {"name": "c", "default": True}]
    found = hub_model(variables | {"hub_profiles": profiles})["profiles"]
    assert [(profile["name"], profile["title"]) for profile in found] == [("c", "c"), ("a", "a"), ("b", "b")]


@pytest.mark.parametrize(
    ("idle", "own", "expected"),
    [
        ("1d", None, (86400, 60, 29, 300)),
        ("1d", "2m", (120, 3, 2, 3)),
        ("1d", "1h", (3600, 60, 29, 90)),
        ("1d", 0, (0, 60, 29, 300)),
        (0, None, (0, 60, 29, 300)),
        ("2m", 0, (0, 3, 2, 300)),
    ],
)
def test_intervals_follow_the_shortest_idle_timeout(variables, idle, own, expected):
    profiles = [PROFILE, PROFILE | {"name": "b"} | ({} if own is None else {"idle": own})]
    model = hub_model(variables | {"hub_idle": idle, "hub_profiles": profiles})
    found = model["profiles"][1]
    assert (found["idle"], model["cull_interval"], model["activity_resolution"], found["activity_interval"]) == expected


def test_settings_follow_from_the_number_of_users(cluster):
    cluster["cluster_node_minutes"] = 5
    model = hub_model(cluster | {"hub_max_users": 3000})
    assert (model["concurrent_starts"], model["auth_refresh"], model["start_timeout"]) == (100, 180, 600)


def test_no_secret_is_in_the_model(cluster):
    for name in specification.secrets():
        cluster[name] = "5ec7e7aa" * 8
    cluster["verify_member"] = {"username": "x", "password": "5ec7e7"}
    assert "5ec7e7" not in json.dumps(hub_model(cluster))


def test_all_errors_of_the_variables_are_raised(variables):
    with pytest.raises(ValueError) as raised:
        hub_model(variables | {"hub_domain": "https://x", "hub_idle": "1x", "hub_home": {"size": "1M"}})
    assert str(raised.value).splitlines() == [
        "hub_domain: 'https://x' is not a host name: write the full name in lower case, without https://, port "
        "or path, such as hub.example.org",
        "hub_home.size: 1M is too small: write 64M to 15T",
        "hub_idle: '1x' is not a time: write a number with one of the units s, m, h, d, such as 15m",
    ]


def test_warnings_are_not_raised(variables):
    assert hub_model(variables | {"hub_admin_groups": []})["admin_groups"] == []
