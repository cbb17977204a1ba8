"""Magnum in the testbed with real clusters: the life of one cluster, and differences between drivers."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests
import yaml
from fixtures import Testbed, clusters, retry, wait_for
from operator_site import ROOT

from openstack_hub.kubernetes.placement import driver_labels, placement

sys.path.insert(0, str(ROOT / "testbed/kubernetes"))

from kubernetes_testbed import build, images, places, podman
from kubernetes_testbed.network import Network

pytestmark = pytest.mark.slow
NETWORK = f"magnum-{os.getpid()}"
NAME = "Real_Hub"
GROUPS = [{"name": "standard"}, {"name": "GPU_a", "gpus": 1}]
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
def hub(cloud, template):
    """A cluster with a node group of one node, and an empty one with GPUs."""
    cluster = Hub(cloud, template, NAME, SMALL)
    cluster.done()
    cluster.group(GROUPS[1]["name"], flavor="g-a4000", max_node_count=2)
    cluster.done()
    return cluster


class Hub:
    """A cluster as its owner sees it: through Magnum, and through kubectl with `kubeconfig`."""

    def __init__(self, cloud, template, name, labels):
        self.cloud, self.name = cloud, name
        self.kubeconfig = cloud.folder.parent / f"{cloud.folder.name}-{name}.kubeconfig"
        arguments_of_module = {"name": name, "cluster_template_id": template.uuid, "node_count": 1, "labels": labels}
        self.uuid = cloud.magnum().clusters.create(**arguments_of_module, merge_labels=True).uuid

    @property
    def cluster(self):
        return retry(self.cloud.magnum().clusters.get, self.uuid)

    def group(self, name, flavor, count=0, **more):
        magnum = self.cloud.magnum()
        magnum.nodegroups.create(
            self.uuid, name=name, flavor_id=flavor, node_count=count, min_node_count=0, merge_labels=True, **more
        )
        wait_for(lambda: "PROGRESS" not in self.state(name).status)
        return self.state(name)

    def state(self, group):
        return retry(self.cloud.magnum().nodegroups.get, self.uuid, group)

    def resize(self, group, count):
        """Resize a group; return when Magnum has begun."""
        self.cloud.magnum().clusters.resize(self.uuid, count, nodegroup=self.state(group).uuid)
        wait_for(lambda: self.state(group).node_count == count)

    def completed(self, end="_COMPLETE"):
        """Wait until Magnum has finished; return the cluster."""
        found = wait_for(lambda: "PROGRESS" not in (each := self.cluster).status and each, seconds=90)
        assert found.status.endswith(end), found.status_reason
        return found

    def delete(self):
        self.cloud.magnum().clusters.delete(self.uuid)

    def fetch_kubeconfig(self):
        """Run module magnum_kubeconfig."""
        cluster = self.cluster
        arguments_of_module = {
            "cloud": "testbed",
            "cluster": cluster.uuid,
            "name": self.name,
            "api_address": cluster.api_address,
        }
        command = [
            Path(sys.executable).with_name("ansible"),
            "localhost",
            "-i",
            "localhost,",
            "-c",
            "local",
            "-m",
            "magnum_kubeconfig",
        ]
        environment = os.environ | {"OS_CLIENT_CONFIG_FILE": str(self.cloud.clouds), "ANSIBLE_CONFIG": "ansible.cfg"}
        arguments = [
            "-e",
            f"ansible_python_interpreter={sys.executable}",
            "-a",
            json.dumps(arguments_of_module | {"path": str(self.kubeconfig)}),
        ]
        completed = subprocess.run(
            [*command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert completed.returncode == 0, completed.stdout + completed.stderr

    def kubectl(self, *words, text=None):
        command = [build.ensure().bin / "kubectl", "--kubeconfig", self.kubeconfig, *words]
        completed = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert completed.returncode == 0, completed.stderr
        return completed.stdout

    def nodes(self):
        """{name: node} of those that are Ready."""
        found = json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
        return {node["metadata"]["name"]: node for node in found if "Ready" in conditions(node)}

    def of(self, number):
        """The nodes that a profile of GROUPS[NUMBER] would run on, as a selector by labels finds them."""
        labels = driver_labels(GROUPS[number], number).items()
        return {
            name: node
            for name, node in self.nodes().items()
            if any(node["metadata"]["labels"].get(key) in values for key, values in labels)
        }


def wait_until_deleted(cloud, *names):
    """Wait until Magnum has no cluster of these names."""

    def left():
        found = [cluster for name in names for cluster in clusters(cloud, name)]
        failed = [cluster.status_reason for cluster in found if cluster.status == "DELETE_FAILED"]
        assert not failed, failed
        return found

    wait_for(lambda: not left(), seconds=90)


def conditions(node):
    return [condition["type"] for condition in node["status"]["conditions"] if condition["status"] == "True"]


def is_simulated(node):
    return node["spec"].get("providerID", "").startswith("simulated:")


def leftovers():
    """Containers of the network's clusters, and their folders."""
    ours = ("real-hub", "driver-", "brief")
    containers = podman.run("podman", "ps", "-a", "--format", "{{.Names}}").split()
    prefixes = tuple(podman.PREFIX + name for name in ours)
    folders = [folder.name for folder in (places.state() / "clusters").glob("*")]
    return [name for name in containers if name.startswith(prefixes)] + [
        name for name in folders if name.startswith(ours)
    ]


# --- A cluster's life ------------------------------------------------------------------------------------------------
def test_nodes_are_ready_and_the_kubeconfig_works(hub):
    hub.fetch_kubeconfig()
    (worker,), (plane,) = hub.of(0).values(), set(hub.nodes()) - set(hub.of(0))
    assert worker["status"]["allocatable"]["memory"] and not is_simulated(worker)
    assert worker["metadata"]["labels"]["capi.stackhpc.com/node-group"] == "default-worker"
    assert not any("magnum.openstack.org" in label or "x-k8s.io" in label for label in worker["metadata"]["labels"])
    plane = hub.nodes()[plane]
    assert "node-role.kubernetes.io/control-plane" in [taint["key"] for taint in plane["spec"]["taints"]]
    assert hub.state("default-worker").node_addresses == [
        entry["address"] for entry in worker["status"]["addresses"] if entry["type"] == "InternalIP"
    ]
    assert hub.cluster.api_address.startswith("https://10.") and hub.cluster.coe_version == "v1.33.4"
    # Without a certificate of this cluster requests are refused.
    ca = hub.kubeconfig.with_suffix(".ca")
    config = yaml.safe_load(hub.kubeconfig.read_text())["clusters"][0]["cluster"]
    ca.write_bytes(base64.b64decode(config["certificate-authority-data"]))
    answer = requests.get(f"{hub.cluster.api_address}/api/v1/nodes", verify=ca, timeout=10)
    assert answer.status_code in (401, 403)


def test_a_resize_adds_simulated_nodes_that_the_autoscaler_removes(hub):
    since = time.time()
    hub.resize("default-worker", 3)
    hub.done()
    kinds = sorted(is_simulated(node) for node in hub.of(0).values())
    assert kinds == [False, True, True]
    # No pod runs on them.
    wait_for(lambda: len(hub.of(0)) == 1, seconds=30)
    wait_for(lambda: hub.state("default-worker").node_count == 1)
    assert [is_simulated(node) for node in hub.of(0).values()] == [False]
    assert hub.cloud.calls(since) and not hub.done().status_reason


def test_a_pod_with_a_gpu_scales_its_group_up_and_down(hub):
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
    assert hub.of(1) == {}
    hub.kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": [pod, larger]}))
    hub.kubectl("wait", "pod/jupyter-alice", "--for=condition=Ready", "--timeout=60s")
    (node,) = hub.of(1).values()
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "1" and not is_simulated(node)
    assert hub.state("GPU_a").node_count == 1
    hub.kubectl("delete", "pod", "jupyter-alice", "larger")
    wait_for(lambda: hub.of(1) == {}, seconds=30)
    wait_for(lambda: hub.state("GPU_a").node_addresses == [])
    hub.done()


def test_faults_also_apply_to_real_nodes(hub):
    with hub.cloud.fault(operation="update", node_group="GPU_a", fail="No valid host was found"):
        hub.resize("GPU_a", 1)
        assert "No valid host" in hub.done("UPDATE_FAILED").status_reason
        assert hub.of(1) == {}
    with hub.cloud.fault(conductor="down"):
        began = time.monotonic()
        with suppress(Exception):
            hub.cloud.magnum().clusters.resize(hub.uuid, 0, nodegroup=hub.state("GPU_a").uuid)
        assert hub.state("GPU_a").node_count == 1 and time.monotonic() - began < 30
    wait_for(lambda: hub.state("GPU_a").node_count == 0)
    hub.done()


def test_a_restarted_magnum_completes_a_resize(hub):
    with hub.cloud.fault(operation="update", delay=2):
        hub.resize("default-worker", 2)
        hub.cloud.restart("magnum")
        hub.done()
    assert len(hub.state("default-worker").node_addresses) == 2
    # Heartbeats and the autoscaler continue.
    wait_for(lambda: len(hub.of(0)) == 1, seconds=40)
    hub.done()


def test_a_ca_rotation_invalidates_the_old_kubeconfig_and_keeps_the_nodes(hub):
    hub.cloud.magnum().certificates.rotate_ca(cluster_uuid=hub.uuid)
    hub.done()
    with pytest.raises(AssertionError, match="certificate"):
        hub.nodes()
    hub.fetch_kubeconfig()
    assert len(hub.of(0)) == 1 and len(hub.nodes()) == 2


def test_a_cluster_survives_a_restart_of_the_testbed(hub):
    hub.cloud.stop()
    assert all(folder.startswith("real-hub") for folder in leftovers())
    hub.cloud.start()
    wait_for(lambda: ready_nodes(hub) and len(hub.of(0)) == 1, seconds=60)


def ready_nodes(hub):
    with suppress(AssertionError):
        return hub.nodes()
    return {}


# --- Drivers, and the end --------------------------------------------------------------------------------------------
def test_nodes_carry_the_labels_of_their_driver(cloud, template):
    expected = {
        "cluster-api": {"node.cluster.x-k8s.io/nodegroup": "default-worker", "node-role.kubernetes.io/worker": ""},
        "heat": {"magnum.openstack.org/nodegroup": "default-worker", "magnum.openstack.org/role": "worker"},
    }
    created = {
        driver: Hub(cloud, template, f"driver-{driver}", {"testbed_driver": driver, "testbed_real_nodes": "0"})
        for driver in expected
    }
    with ThreadPoolExecutor(len(created)) as pool:
        list(pool.map(lambda hub: (hub.done(), hub.fetch_kubeconfig()), created.values()))
    for driver, hub in created.items():
        (node,) = hub.of(0).values()
        own = {
            key: value
            for key, value in node["metadata"]["labels"].items()
            if "kubernetes.io/" not in key or "node-role" in key
        }
        assert own == expected[driver]
        hub.delete()
    wait_until_deleted(cloud, *(hub.name for hub in created.values()))


def test_an_unknown_driver_is_refused(cloud, template):
    hub = Hub(cloud, template, "brief", {"testbed_driver": "terraform"})
    assert "testbed_driver=terraform: it is one of capi-helm" in hub.done("CREATE_FAILED").status_reason
    hub.delete()
    wait_until_deleted(cloud, "brief")


def test_a_cluster_deleted_during_its_creation_leaves_nothing(cloud, template):
    hub = Hub(cloud, template, "brief", {})
    wait_for(lambda: [name for name in leftovers() if name.startswith("brief")])
    hub.delete()
    wait_until_deleted(cloud, "brief")
    assert not [name for name in leftovers() if "brief" in name]


def test_a_deleted_cluster_leaves_nothing(hub):
    assert leftovers()
    hub.delete()
    wait_until_deleted(hub.cloud, NAME)
    assert leftovers() == [] and Network(NETWORK).owners() == {}
