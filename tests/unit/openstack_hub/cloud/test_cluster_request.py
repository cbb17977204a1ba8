"""From openstack.yml to the arguments of the modules of Magnum."""

import re

import pytest
from site_samples import MAGNUM, ON_KUBERNETES

from openstack_hub.cloud.cluster_request import cluster_request

GROUPS = [
    {"name": "standard", "flavor": "l3.micro", "min": 2, "max": 10},
    {"name": "gpu", "flavor": "g-a4000", "max": 2, "gpus": 1, "image": "ubuntu-gpu", "labels": {"use": "teaching"}},
]


@pytest.fixture
def site():
    """A small site on a cluster of Magnum."""
    return ON_KUBERNETES | MAGNUM | {
        "hub_profiles": [
            {"name": "default", "cpu": 1, "memory": "1G"},
            {"name": "gpu", "cpu": 1, "memory": "1G", "gpus": 1, "node_group": "gpu", "idle": "1h"},
        ],
        "cluster_node_groups": GROUPS,
    }  # fmt: skip


def test_the_complete_request(site):
    request = cluster_request(site)
    name = request["template"].pop("name")
    assert re.fullmatch(r"jupyterhub-v1\.33\.4-[0-9a-f]{8}", name) and re.fullmatch(request["family"], name)
    labels = {
        "kube_tag": "v1.33.4",
        "auto_scaling_enabled": "true",
        "kube_dashboard_enabled": "false",
        "csi_cinder_reclaim_policy": "Retain",
        "calico_ipv4pool": "10.100.0.0/16",
    }
    assert request == {
        "template": {
            "version": "v1.33.4",
            "image_id": "kube-v1.33.4",
            "external_network_id": "External",
            "network_driver": "calico",
            "floating_ip_enabled": False,
            "master_lb_enabled": False,
            "labels": labels,
        },
        "family": r"jupyterhub-v[0-9.]+-[0-9a-f]{8}",
        "upgrade_steps": [],
        "cluster": {
            "name": "jupyterhub",
            "master_count": 1,
            "master_flavor_id": "m1.medium",
            "flavor_id": "l3.micro",
            "node_count": 2,
            "keypair": None,
            "fixed_network": None,
            "labels": {**labels, "managed_by": "openstack-hub", "min_node_count": "2", "max_node_count": "10"},
            "create_timeout": 60,
        },
        "node_groups": [
            {
                "name": "default-worker",
                "title": "standard",
                "flavor_id": "l3.micro",
                "image_id": None,
                "min": 2,
                "max": 10,
                "node_labels": {"openstack-hub/node-group": "standard"},
                "node_taints": [],
            },
            {
                "name": "gpu",
                "title": "gpu",
                "flavor_id": "g-a4000",
                "image_id": "ubuntu-gpu",
                "min": 0,
                "max": 2,
                "node_labels": {"use": "teaching", "openstack-hub/node-group": "gpu"},
                "node_taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
            },
        ],
    }


@pytest.mark.parametrize(
    ("changed", "path", "value"),
    [
        ({"cluster_name": "lab"}, ("cluster", "name"), "lab"),
        ({"cluster_name": "a.b"}, ("family",), r"a\.b-v[0-9.]+-[0-9a-f]{8}"),
        ({"cluster_control_plane": {"flavor": "m1.large", "count": 3}}, ("cluster", "master_count"), 3),
        ({"cluster_control_plane": {"flavor": "m1.large", "count": 3}}, ("cluster", "master_flavor_id"), "m1.large"),
        ({"cluster_control_plane": {"flavor": "m1.large", "count": 3}}, ("template", "master_lb_enabled"), True),
        ({"cluster_control_plane": {"flavor": "m1.large"}}, ("cluster", "master_count"), 1),
        ({"cloud_key": "operators"}, ("cluster", "keypair"), "operators"),
        ({"cloud_network": {"name": "inside", "cidr": "10.20.0.0/24"}}, ("cluster", "fixed_network"), "inside"),
        ({"cluster_node_minutes": 15}, ("cluster", "create_timeout"), 60),
        ({"cluster_node_minutes": 40}, ("cluster", "create_timeout"), 160),
        ({"cluster_network_driver": "cilium"}, ("template", "network_driver"), "cilium"),
        ({"cluster_network_driver": "cilium"}, ("template", "labels", "cilium_ipv4pool"), "10.100.0.0/16"),
        ({"cluster_network_driver": "cilium"}, ("template", "labels", "calico_ipv4pool"), None),
        ({"cluster_pod_network": "10.0.0.0/8"}, ("cluster", "labels", "calico_ipv4pool"), "10.0.0.0/8"),
        ({}, ("cluster", "labels", "api_master_lb_allowed_cidrs"), None),
        (
            {"cluster_api_allowed_cidrs": ["192.0.2.0/24", "198.51.100.0/24"]},
            ("cluster", "labels", "api_master_lb_allowed_cidrs"),
            "192.0.2.0/24,198.51.100.0/24",
        ),
        ({"cluster_labels": {"boot_volume_size": "40"}}, ("template", "labels", "boot_volume_size"), "40"),
        ({"cluster_labels": {"boot_volume_size": "40"}}, ("cluster", "labels", "boot_volume_size"), "40"),
    ],
)
def test_each_variable_reaches_its_field(site, changed, path, value):
    found = cluster_request(site | changed)
    for key in path[:-1]:
        found = found[key]
    assert found.get(path[-1]) == value


def test_the_name_of_a_template_follows_its_content(site):
    """Magnum cannot change a template that is in use, so each change makes another one."""

    def name(**changed):
        return cluster_request(site | changed)["template"]["name"]

    for changed in (
        {"cluster_image": "ubuntu-kube-new"},
        {"cluster_kubernetes_version": "v1.33.5"},
        {"cluster_network_driver": "cilium"},
        {"cluster_pod_network": "10.0.0.0/8"},
        {"cluster_api_allowed_cidrs": ["192.0.2.0/24"]},
        {"cluster_labels": {"boot_volume_size": "40"}},
        {"cloud_external_network": "Other"},
    ):
        assert name(**changed) != name()
    assert name(cluster_node_groups=[GROUPS[0] | {"min": 3}, GROUPS[1]], cloud_key="x", hub_max_users=20) == name()


def test_steps_of_an_upgrade_are_templates_of_the_same_family(site):
    steps = [{"version": "v1.32.8", "image": "ubuntu-kube-v1.32.8"}, {"version": "v1.31.9", "image": "old"}]
    request = cluster_request(site | {"cluster_upgrade_steps": steps})
    assert [(step["version"], step["image_id"]) for step in request["upgrade_steps"]] == [
        ("v1.32.8", "ubuntu-kube-v1.32.8"),
        ("v1.31.9", "old"),
    ]
    assert [step["labels"]["kube_tag"] for step in request["upgrade_steps"]] == ["v1.32.8", "v1.31.9"]
    assert all(re.fullmatch(request["family"], step["name"]) for step in request["upgrade_steps"])


def test_an_existing_cluster_needs_no_request(cluster):
    assert cluster_request(cluster) == {}
    assert cluster_request(cluster | {"cluster_node_groups": []}) == {}


def test_errors_of_the_variables_are_raised(site):
    with pytest.raises(ValueError, match=r"^cluster_image: missing: .*\ncluster_node_groups\[0\]\.min: 0 is too small"):
        cluster_request(site | {"cluster_image": None, "cluster_node_groups": [GROUPS[0] | {"min": 0}, GROUPS[1]]})
