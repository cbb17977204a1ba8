"""Magnum in the testbed with real clusters: the life of one cluster, and differences between drivers."""

import base64
import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests
import yaml
from fixtures import Testbed, wait_for
from kubernetes_testbed import images, places, podman
from kubernetes_testbed.network import Network
from real_cluster import GROUPS, RealCluster, is_simulated, wait_until_deleted

from openstack_hub.kubernetes.placement import placement

pytestmark = pytest.mark.slow
NETWORK = f"magnum-{os.getpid()}"
NAME = "Real_Hub"
SMALL = {"testbed_scale_down": "2", "auto_scaling_enabled": "true", "min_node_count": "1", "max_node_count": "3"}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    missing = [program for program in ("podman", "go") if not shutil.which(program)]
    if os.geteuid() or missing:
        pytest.fail(f"real clusters need {' and '.join(missing) or 'root'}")
    testbed = Testbed(tmp_path_factory.mktemp("openstack"), kubernetes=NETWORK)
    try:
        yield testbed.start()
    finally:
        testbed.stop(purge=True)
    network = Network(NETWORK)
    assert leftovers() == [] and not network.folder.exists()
    assert not Path("/sys/class/net", network.link).exists()


@pytest.fixture(scope="module")
def template(cloud):
    return cloud.magnum().cluster_templates.create(
        name="real",
        image_id="ubuntu-kube-v1.33.4",
        external_network_id="External",
        flavor_id="m1.medium",
        master_flavor_id="m1.medium",
        coe="kubernetes",
        labels={"kube_tag": "v1.33.4"},
    )


@pytest.fixture(scope="module")
def cluster(cloud, template):
    """A cluster with a node group of one node, and an empty one with GPUs."""
    cluster = RealCluster(cloud, template, NAME, SMALL)
    cluster.wait_until_done()
    cluster.add_group(GROUPS[1]["name"], flavor="g-a4000", max_node_count=2)
    cluster.wait_until_done()
    return cluster


def leftovers():
    """Containers of the network's clusters, and their folders."""
    ours = ("real-hub", "driver-", "brief")
    containers = podman.run("podman", "ps", "-a", "--format", "{{.Names}}").split()
    prefixes = tuple(podman.PREFIX + name for name in ours)
    folders = [folder.name for folder in (places.state() / "clusters").glob("*")]
    return [name for name in containers if name.startswith(prefixes)] + [
        name for name in folders if name.startswith(ours)
    ]


def test_nodes_are_ready_and_the_kubeconfig_works(cluster):
    cluster.fetch_kubeconfig()
    (worker,), (plane,) = cluster.nodes_of(0).values(), set(cluster.nodes()) - set(cluster.nodes_of(0))
    assert worker["status"]["allocatable"]["memory"] and not is_simulated(worker)
    assert worker["metadata"]["labels"]["capi.stackhpc.com/node-group"] == "default-worker"
    assert not any("magnum.openstack.org" in label or "x-k8s.io" in label for label in worker["metadata"]["labels"])
    plane = cluster.nodes()[plane]
    assert "node-role.kubernetes.io/control-plane" in [taint["key"] for taint in plane["spec"]["taints"]]
    assert cluster.state("default-worker").node_addresses == [
        entry["address"] for entry in worker["status"]["addresses"] if entry["type"] == "InternalIP"
    ]
    assert cluster.in_magnum.api_address.startswith("https://10.") and cluster.in_magnum.coe_version == "v1.33.4"
    # Without a certificate of this cluster requests are refused.
    ca = cluster.kubeconfig.with_suffix(".ca")
    config = yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]
    ca.write_bytes(base64.b64decode(config["certificate-authority-data"]))
    answer = requests.get(f"{cluster.in_magnum.api_address}/api/v1/nodes", verify=ca, timeout=10)
    assert answer.status_code in (401, 403)


def test_a_resize_adds_simulated_nodes_that_the_autoscaler_removes(cluster):
    since = time.time()
    cluster.resize("default-worker", 3)
    cluster.wait_until_done()
    kinds = sorted(is_simulated(node) for node in cluster.nodes_of(0).values())
    assert kinds == [False, True, True]
    # No pod runs on them.
    wait_for(lambda: len(cluster.nodes_of(0)) == 1, seconds=30)
    wait_for(lambda: cluster.state("default-worker").node_count == 1)
    assert [is_simulated(node) for node in cluster.nodes_of(0).values()] == [False]
    assert cluster.cloud.calls(since) and not cluster.wait_until_done().status_reason


def test_a_pod_with_a_gpu_scales_its_group_up_and_down(cluster):
    place = placement(GROUPS[1], 1)
    selector = {"nodeSelectorTerms": place["node_affinity_required"]}
    sizes = {"cpu": "100m", "memory": "64Mi", "nvidia.com/gpu": "1"}
    container = {"name": "notebook", "image": images.NAMES["pause"], "imagePullPolicy": "Never"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "jupyter-alice"},
        "spec": {
            "containers": [container | {"resources": {"limits": sizes}}],
            "tolerations": place["tolerations"],
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}},
            "terminationGracePeriodSeconds": 0,
        },
    }
    larger = json.loads(json.dumps(pod))
    larger["metadata"]["name"], larger["spec"]["containers"][0]["resources"] = (
        "larger",
        {"limits": sizes | {"memory": "65Gi"}},
    )
    assert cluster.nodes_of(1) == {}
    cluster.kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": [pod, larger]}))
    cluster.kubectl("wait", "pod/jupyter-alice", "--for=condition=Ready", "--timeout=60s")
    (node,) = cluster.nodes_of(1).values()
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "1" and not is_simulated(node)
    assert cluster.state("GPU_a").node_count == 1
    cluster.kubectl("delete", "pod", "jupyter-alice", "larger")
    wait_for(lambda: cluster.nodes_of(1) == {}, seconds=30)
    wait_for(lambda: cluster.state("GPU_a").node_addresses == [])
    cluster.wait_until_done()


def test_faults_also_apply_to_real_nodes(cluster):
    with cluster.cloud.fault(operation="update", node_group="GPU_a", fail="No valid host was found"):
        cluster.resize("GPU_a", 1)
        assert "No valid host" in cluster.wait_until_done("UPDATE_FAILED").status_reason
        assert cluster.nodes_of(1) == {}
    with cluster.cloud.fault(conductor="down"):
        began = time.monotonic()
        with suppress(Exception):
            cluster.cloud.magnum().clusters.resize(cluster.uuid, 0, nodegroup=cluster.state("GPU_a").uuid)
        assert cluster.state("GPU_a").node_count == 1 and time.monotonic() - began < 30
    cluster.wait_until_begun("GPU_a", 0)
    cluster.wait_until_done()


def test_a_restarted_magnum_completes_a_resize(cluster):
    with cluster.cloud.fault(operation="update", delay=2):
        cluster.resize("default-worker", 2)
        cluster.cloud.restart("magnum")
        cluster.wait_until_done()
    assert len(cluster.state("default-worker").node_addresses) == 2
    # Heartbeats and the autoscaler continue.
    wait_for(lambda: len(cluster.nodes_of(0)) == 1, seconds=40)
    cluster.wait_until_done()


def test_a_ca_rotation_invalidates_the_old_kubeconfig_and_keeps_the_nodes(cluster):
    cluster.cloud.magnum().certificates.rotate_ca(cluster_uuid=cluster.uuid)
    cluster.wait_until_done()
    with pytest.raises(AssertionError, match="certificate"):
        cluster.nodes()
    cluster.fetch_kubeconfig()
    assert len(cluster.nodes_of(0)) == 1 and len(cluster.nodes()) == 2


def test_a_cluster_survives_a_restart_of_the_testbed(cluster):
    cluster.cloud.stop()
    assert all(folder.startswith("real-hub") for folder in leftovers())
    cluster.cloud.start()
    wait_for(lambda: ready_nodes(cluster) and len(cluster.nodes_of(0)) == 1, seconds=60)


def ready_nodes(cluster):
    with suppress(AssertionError):
        return cluster.nodes()
    return {}


def test_nodes_carry_the_labels_of_their_driver(cloud, template):
    expected = {
        "cluster-api": {"node.cluster.x-k8s.io/nodegroup": "default-worker", "node-role.kubernetes.io/worker": ""},
        "heat": {"magnum.openstack.org/nodegroup": "default-worker", "magnum.openstack.org/role": "worker"},
    }
    created = {
        driver: RealCluster(cloud, template, f"driver-{driver}", {"testbed_driver": driver, "testbed_real_nodes": "0"})
        for driver in expected
    }
    with ThreadPoolExecutor(len(created)) as pool:
        list(pool.map(lambda cluster: (cluster.wait_until_done(), cluster.fetch_kubeconfig()), created.values()))
    for driver, cluster in created.items():
        (node,) = cluster.nodes_of(0).values()
        own = {
            key: value
            for key, value in node["metadata"]["labels"].items()
            if "kubernetes.io/" not in key or "node-role" in key
        }
        assert own == expected[driver]
        cluster.delete()
    wait_until_deleted(cloud, *(cluster.name for cluster in created.values()))


def test_an_unknown_driver_is_refused(cloud, template):
    cluster = RealCluster(cloud, template, "brief", {"testbed_driver": "terraform"})
    assert "testbed_driver=terraform: it is one of capi-helm" in cluster.wait_until_done("CREATE_FAILED").status_reason
    cluster.delete()
    wait_until_deleted(cloud, "brief")


def test_a_cluster_deleted_during_its_creation_leaves_nothing(cloud, template):
    cluster = RealCluster(cloud, template, "brief", {})
    wait_for(lambda: [name for name in leftovers() if name.startswith("brief")])
    cluster.delete()
    wait_until_deleted(cloud, "brief")
    assert not [name for name in leftovers() if "brief" in name]


def test_a_deleted_cluster_leaves_nothing(cluster):
    assert leftovers()
    cluster.delete()
    wait_until_deleted(cluster.cloud, NAME)
    assert leftovers() == [] and Network(NETWORK).owners() == {}
