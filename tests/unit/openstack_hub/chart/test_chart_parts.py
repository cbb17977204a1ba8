"""Names of images, Kubernetes quantities, known versions of the chart, and resources of hub and proxy."""

import pytest
from chart_samples import SITE
from kubernetes.utils.quantity import parse_quantity

from openstack_hub import advisories, chart
from openstack_hub.chart import names, versions
from openstack_hub.chart.images import mirrored, name_and_tag, registry
from openstack_hub.chart.quantities import cpu, memory
from openstack_hub.model import derived
from openstack_hub.model.hub_model import hub_model

MIRRORS = {"docker.io": "m.lab.test/docker", "localhost": "m.lab.test"}
PROFILE = {"name": "a", "cpu": 1, "memory": "1G"}
ARGUMENTS = {"package": "", "server_files": {}, "digest": "", "sources": ["192.0.2.7/32"], "overrides": {}}


def model(**changes):
    return hub_model(SITE | {"cluster_kubeconfig": "/kubeconfig"} | changes)


def values(**changes):
    return chart.chart_values(model(**changes), **ARGUMENTS)


@pytest.mark.parametrize(
    ("image", "parts", "at_mirror"),
    [
        ("scipy:1", ("docker.io", "library/scipy:1"), "m.lab.test/docker/library/scipy:1"),
        ("lab/scipy:1", ("docker.io", "lab/scipy:1"), "m.lab.test/docker/lab/scipy:1"),
        ("localhost/scipy:1", ("localhost", "scipy:1"), "m.lab.test/scipy:1"),
        ("r:5000/scipy:1", ("r:5000", "scipy:1"), "r:5000/scipy:1"),
        ("quay.io/a/b@sha256:0", ("quay.io", "a/b@sha256:0"), "quay.io/a/b@sha256:0"),
    ],
)
def test_an_image_is_named_as_its_mirror_has_it(image, parts, at_mirror):
    assert registry(image) == parts
    assert mirrored(image, MIRRORS) == at_mirror
    assert "{name}:{tag}".format(**name_and_tag(at_mirror)) == at_mirror


@pytest.mark.parametrize("size", [0, 1, 1000, 1536, 2048, 1 << 30, 3 << 29, (1 << 30) + 1, 2000 << 30])
def test_kubernetes_reads_a_size_as_the_same_number_of_bytes(size):
    assert float(parse_quantity(memory(size))) == size
    assert len(memory(size)) <= len(str(size)) + 1


@pytest.mark.parametrize(("size", "text"), [(1 << 30, "1Gi"), (3 << 29, "1536Mi"), (2048, "2Ki")])
def test_a_size_is_written_in_its_largest_unit(size, text):
    assert memory(size) == text


@pytest.mark.parametrize("count", [0.01, 0.25, 1.0, 2.5, 64.0])
def test_kubernetes_reads_a_number_of_cpus_as_the_same_number(count):
    assert float(parse_quantity(cpu(count))) == count


def test_no_cpu_request_is_zero():
    assert float(parse_quantity(cpu(0))) == float(parse_quantity(cpu(0.0001))) == 0.001


LATE = {"GHSA-c4gm-pwx9-9w8j", "GHSA-69wv-m5fw-2fhp"}


@pytest.mark.parametrize(
    ("version", "hub", "names"),
    [
        ("4.4.0", "5.5.0", LATE),
        # Between two known versions: the hub of the earlier one.
        ("4.3.9", "5.4.4", LATE | {"GHSA-p43p-whwx-q52h", "GHSA-m68r-v472-jgq9"}),
        ("4.3.3", "5.4.4", LATE | {"GHSA-p43p-whwx-q52h", "GHSA-m68r-v472-jgq9"}),
        ("3.3.8", "0.0.0", set(advisories.affecting("jupyterhub", "0.0.0"))),
        ("4.4.1", None, set()),
        ("4.10.0", None, set()),  # a number, not a text: later than 4.4.0
    ],
)  # fmt: skip
def test_each_chart_version_has_its_hub_and_open_advisories(version, hub, names):
    assert versions.hub_version(version) == hub
    assert set(versions.open_advisories(version)) == names


@pytest.mark.parametrize("resources", [derived.hub_resources, derived.proxy_resources])
def test_resources_of_hub_and_proxy_grow_with_users_within_what_was_measured(resources):
    found = [resources(users) for users in (1, 150, 500, 3000)]
    for key in ("cpu", "memory", "memory_limit"):
        assert [each[key] for each in found] == sorted(each[key] for each in found)
        assert found[0][key] < found[-1][key]
    assert all(0 < each["cpu"] <= 1 and each["memory"] * 2 <= each["memory_limit"] for each in found)
    assert found[1]["memory"] >= 65 << 20 and found[3]["memory_limit"] <= 5 << 30


@pytest.mark.parametrize(
    ("changes", "level"),
    [({}, "restricted"), ({"sudo": True}, "baseline"), ({"mounts": ["archive"]}, "baseline")],
)
def test_the_namespace_enforces_the_strictest_standard_that_the_profiles_allow(changes, level):
    mounts = [{"name": "archive", "path": "/archive", "server": "nfs.lab.test", "export": "/data"}]
    assert (
        chart.pod_security(model(hub_profiles=[PROFILE, PROFILE | {"name": "b"} | changes], hub_mounts=mounts)) == level
    )


def test_placeholders_request_what_a_server_requests_and_no_more():
    groups = [{"name": "all", "flavor": "m", "max": 9}, {"name": "gpu", "flavor": "g", "max": 3, "gpus": 2}]
    gpu = {"name": "gpu", "cpu": 4, "memory": "16G", "gpus": 2, "node_group": "gpu", "placeholders": 3, "image": "t:1"}
    profiles = [
        PROFILE | {"cpu_guarantee": 0.5, "memory_guarantee": "512M", "placeholders": 2},
        PROFILE | {"name": "b"},
        gpu,
    ]
    labels = [{"labels": {"example.org/use": group["name"]}} for group in groups]
    groups = [group | label for group, label in zip(groups, labels, strict=True)]
    first, second = chart.placeholder_sets(model(hub_profiles=profiles, cluster_node_groups=groups))
    (container,) = first["spec"]["template"]["spec"]["containers"]
    assert (first["spec"]["replicas"], second["spec"]["replicas"]) == (2, 3)
    assert container["resources"] == {"requests": {"cpu": "500m", "memory": "512Mi"}}
    (container,) = second["spec"]["template"]["spec"]["containers"]
    assert container["resources"] == {
        "requests": {"cpu": "10m", "memory": "16Gi", "nvidia.com/gpu": "2"},
        "limits": {"nvidia.com/gpu": "2"},
    }
    pods = [each["spec"]["template"] for each in (first, second)]
    assert all(each["metadata"]["labels"].items() >= s["spec"]["selector"]["matchLabels"].items()
               for each, s in zip(pods, (first, second), strict=True))  # fmt: skip
    assert first["spec"]["selector"] != second["spec"]["selector"]
    assert [each["spec"]["terminationGracePeriodSeconds"] for each in pods] == [1, 1]


def test_nodes_pull_images_of_profiles_without_gpus_in_advance():
    """Those of profiles without GPUs, unless the chart pulls them anyway."""
    profiles = [PROFILE | {"name": name, "image": image} for name, image in (("x", "b:1"), ("y", "a:1"), ("z", "b:1"))]
    group = {"cluster_node_groups": [{"name": "s", "flavor": "m", "max": 1, "gpus": 1}]}
    found = values(hub_profiles=profiles)["prePuller"]
    assert found["extraImages"] == {"profile-0": {"name": "a", "tag": "1"}}  # b:1 is the default profile's
    assert not found["hook"]["enabled"] and found["continuous"]["enabled"]
    only_gpu = values(hub_profiles=[profiles[0] | {"gpus": 1}], **group)["prePuller"]
    assert only_gpu["extraImages"] == {}


@pytest.mark.parametrize(
    ("service", "policy"),
    [({"type": "load_balancer"}, "Cluster"), ({"type": "node_port", "node_port": 30080}, "Local")],
)
def test_a_node_port_keeps_the_source_address(service, policy):
    patch = chart.service_patch(model(hub_service=service, hub_namespace="n"))
    assert patch["spec"] == {"externalTrafficPolicy": policy}
    assert (patch["metadata"]["name"], patch["metadata"]["namespace"]) == ("proxy-public", "n")
    assert patch["metadata"]["labels"] == names.LABELS


def test_a_changed_secret_restarts_the_hub():
    first, second = (chart.chart_values(model(), **ARGUMENTS | {"digest": digest}) for digest in ("a", "b"))
    annotations = [each["hub"]["annotations"] for each in (first, second)]
    assert annotations[0] != annotations[1]
    assert {**first, "hub": None} == {**second, "hub": None}
