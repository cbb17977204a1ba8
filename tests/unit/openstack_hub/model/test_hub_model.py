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
    "activity_interval": 300, "environment": {}, "mounts": [], "default_url": "/lab",
}  # fmt: skip
MOUNT = dict.fromkeys(["server", "export", "claim", "size", "folder"])
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
            "authorization_parameters": {}, "username_claim": "preferred_username", "username_domain": None,
            "groups_claim": "groups", "groups_separator": None, "entitlements": None, "membership_url": "", "ca": "",
        },
        "sign_in": {
            "methods": ["iam"], "local": {"days": 31, "requests": False}, "admin_users": [], "iam_admin_users": [],
        },
        "allow_all": False,
        "allowed_users": [],
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
        "home": {"size": 1073741824, "group_sizes": [], "storage_class": None},
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
         "sudo": True, "mounts": ["a"], "default_url": "/tree",
         "gpu_resource": "nvidia.com/mig-1g.10gb", "runtime_class": "nvidia",
         "node_selector": {"zone": "a"}, "repositories": [{"url": "https://git.lab.test/x", "branch": "y"}]},
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
         "mounts": [MOUNT | mount | {"read_only": True}], "environment": {},
         "default_url": "/tree", "gpu_resource": "nvidia.com/mig-1g.10gb", "runtime_class": "nvidia",
         "repositories": [{"url": "https://git.lab.test/x", "branch": "y"}],
         "placement": placement(cluster["cluster_node_groups"][0], 0, given=True, selector={"zone": "a"})},
    ]  # fmt: skip
    assert model["node_groups"] == [
        {"name": "gpu", "flavor": "g", "image": None, "min": 0, "max": 3, "gpus": 2, "cpu": None, "memory": 64 << 30,
         "labels": {}, "taints": [], "gpu_resource": "nvidia.com/gpu"},
    ]  # fmt: skip


def test_environment_of_a_profile_takes_precedence(variables):
    profiles = [PROFILE | {"environment": {"A": "2", "B": ""}}, PROFILE | {"name": "b"}]
    model = hub_model(variables | {"hub_environment": {"A": "1", "C": "$x"}, "hub_profiles": profiles})
    assert [profile["environment"] for profile in model["profiles"]] == [
        {"A": "2", "B": "", "C": "$x"}, {"A": "1", "C": "$x"},
    ]  # fmt: skip


def test_mounts_of_a_profile_and_of_all(cluster):
    archive, scratch = {"name": "a", "path": "/a/", "claim": "shared.data"}, {"name": "s", "path": "/s", "size": "20G"}
    cluster["hub_mounts"] = [archive, scratch | {"all_profiles": True}]
    cluster["hub_profiles"] = [PROFILE, PROFILE | {"name": "b", "mounts": ["a"]}]
    of_all = MOUNT | {"name": "s", "path": "/s", "size": 20 << 30, "read_only": False}
    own = MOUNT | {"name": "a", "path": "/a", "claim": "shared.data", "read_only": True}
    assert [profile["mounts"] for profile in hub_model(cluster)["profiles"]] == [[of_all], [own, of_all]]


def test_folders_and_sizes_on_one_machine(variables):
    mount = {"name": "s", "path": "/s", "folder": "/srv/s/", "read_only": False, "all_profiles": True}
    sizes = [{"group": "lab/astro", "size": "10G"}]
    model = hub_model(variables | {"hub_mounts": [mount], "hub_home": {"size": "1G", "group_sizes": sizes}})
    assert model["profiles"][1]["mounts"] == [
        MOUNT | {"name": "s", "path": "/s", "folder": "/srv/s", "read_only": False}
    ]
    assert model["home"] == {
        "size": 1 << 30, "group_sizes": [{"group": "lab/astro", "size": 10 << 30}], "storage_class": None,
    }  # fmt: skip


def test_keys_that_only_kubernetes_has(cluster):
    cluster["hub_profiles"] = [PROFILE, PROFILE | {"name": "b", "node_group": "gpu", "gpus": 1, "image": "scipy:1"}]
    cluster["cluster_node_groups"].append({"name": "gpu", "flavor": "g", "max": 3, "gpus": 1})
    cluster["hub_images"] = {"user": "quay.io/lab/user:1", "pause": "registry.k8s.io/pause:1"}
    cluster["hub_registry_mirrors"] = mirrors = {"docker.io": "r.lab.test/docker", "quay.io": "r.lab.test:5000"}
    model = hub_model(cluster | {"hub_namespace": "n", "cluster_node_minutes": 7, "hub_registry_mirrors": mirrors})
    placements = [placement(group, i, given=True) for i, group in enumerate(cluster["cluster_node_groups"])]
    only = (
        "namespace",
        "node_minutes",
        "images",
        "registry_mirrors",
        "service",
        "core_placement",
        "user_scheduler",
        "node_selector",
    )
    assert {key: model[key] for key in only} == {
        "namespace": "n",
        "node_minutes": 7,
        "images": {
            "user": "r.lab.test:5000/lab/user:1", "hub": None, "proxy": None, "network_tools": None, "scheduler": None,
            "pause": "registry.k8s.io/pause:1", "image_awaiter": None,
        },
        "registry_mirrors": mirrors,
        "service": {"type": "load_balancer", "node_port": None, "address": None, "annotations": {}},
        "user_scheduler": True,
        "node_selector": {},
        "core_placement": placements[0],
    }  # fmt: skip
    assert [profile["placement"] for profile in model["profiles"]] == placements
    assert [profile["image"] for profile in model["profiles"]] == [None, "r.lab.test/docker/library/scipy:1"]


def test_selectors_taints_and_names_of_gpus_reach_the_profiles_that_use_them(cluster):
    taint = {"key": "example.org/use", "value": "course"}
    cluster["cluster_node_groups"] = [
        {"name": "all", "flavor": "m", "max": 3, "labels": {"example.org/use": "hub"}},
        {"name": "gpu", "flavor": "g", "max": 3, "gpus": 1, "gpu_resource": "amd.com/gpu", "taints": [taint]},
    ]
    gpu = PROFILE | {"name": "b", "node_group": "gpu", "gpus": 1, "node_selector": {"zone": "a"}}
    profiles = [PROFILE, gpu, gpu | {"name": "c", "gpu_resource": "amd.com/other", "default_url": "/tree"}]
    more = {"hub_node_selector": {"pool": "jupyter"}, "hub_default_url": "/lab/tree/a.ipynb"}
    model = hub_model(cluster | more | {"hub_profiles": profiles, "hub_user_scheduler": False})
    assert [each["gpu_resource"] for each in model["profiles"]] == ["nvidia.com/gpu", "amd.com/gpu", "amd.com/other"]
    assert [each["default_url"] for each in model["profiles"]] == ["/lab/tree/a.ipynb"] * 2 + ["/tree"]
    first, second, _ = (each["placement"] for each in model["profiles"])
    (term,) = second["node_affinity_required"]
    assert {each["key"]: each["values"] for each in term["matchExpressions"]} == {"pool": ["jupyter"], "zone": ["a"]}
    assert [each["key"] for each in second["tolerations"][2:]] == ["nvidia.com/gpu", "amd.com/gpu", "example.org/use"]
    assert second["tolerations"][-1] == taint | {"operator": "Equal", "effect": "NoSchedule"}
    assert len(first["tolerations"]) == 2 and model["core_placement"] == first
    assert "pool" in str(first) and "zone" not in str(first)
    assert (model["user_scheduler"], model["node_selector"]) == (False, {"pool": "jupyter"})


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


CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def test_of_the_file_of_authorities_the_model_has_the_certificates_alone(variables):
    """Everybody may read the model."""
    key = "-----BEGIN PRIVATE KEY-----\n5ec7e7\n-----END PRIVATE KEY-----\n"
    pem = f"subject=CN=Lab\n{CA}{key}" + CA.replace("\n", "\r\n")
    assert hub_model(variables, iam_ca=pem)["iam"]["ca"] == CA + CA


@pytest.mark.parametrize(
    ("methods", "allowed", "own", "of_the_iam"),
    [
        (["iam"], [], [], ["jane", "john"]),
        (["local"], [], ["jane"], []),
        (["iam", "local"], ["john"], ["jane"], ["john"]),
    ],
)
def test_named_administrators_belong_to_one_method(variables, methods, allowed, own, of_the_iam):
    names = [*own, *of_the_iam]
    site = {"hub_sign_in": methods, "hub_admin_users": names, "hub_allowed_users": allowed, "hub_admin_groups": []}
    if "local" in methods:
        site["hub_local_accounts"] = {"accounts": [{"name": "jane"}]}
    if methods == ["local"]:
        site["hub_allowed_groups"] = []
    sign_in = hub_model(variables | site)["sign_in"]
    assert (sign_in["admin_users"], sign_in["iam_admin_users"]) == (own, of_the_iam)
