"""Sites on Kubernetes, the values of their releases, and the manifests that the chart renders.

The chart is not in this tree: TEST_CHART names the packaged file.
"""

import functools
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml
from site_samples import ON_KUBERNETES

from openstack_hub import chart
from openstack_hub.model.hub_model import hub_model

sys.path.append(str(Path(__file__).parents[4] / "testbed/kubernetes"))
from kubernetes_testbed import build

CHART = Path(os.environ.get("TEST_CHART", "~/.cache/openstack-hub/chart/jupyterhub-4.4.0.tgz")).expanduser()
GET_CHART = (
    "helm pull jupyterhub --repo https://hub.jupyter.org/helm-chart --version 4.4.0, and set TEST_CHART to the file"
)
SITE = ON_KUBERNETES | {
    "hub_iam_client_secret": "5ec7e7",
    "hub_cookie_secret": "5ec7e7aa" * 8,
    "hub_crypt_key": "5ec7e7bb" * 8,
    "hub_proxy_token": "5ec7e7",
    "hub_culler_token": "5ec7e7",
}
MAGNUM = {
    "cloud_name": "lab",
    "cloud_external_network": "External",
    "cluster_kubernetes_version": "v1.35.4",
    "cluster_image": "ubuntu-kube-v1.35.4",
}
DIGEST = f"registry.lab.test/k8s-hub@sha256:{64 * 'a'}"
SITES = {
    "without a scheduler": SITE | {"cluster_kubeconfig": "/kubeconfig", "hub_user_scheduler": False},
    "default": SITE | {"cluster_kubeconfig": "/kubeconfig"},
    "everything": SITE | MAGNUM | {
        "hub_namespace": "teaching",
        "hub_max_users": 3000,
        "hub_idle": "1d",
        "hub_home": {"size": "1.5G", "storage_class": "csi-cinder"},
        "hub_service": {"type": "node_port", "node_port": 30080, "annotations": {"example.org/use": "hub"}},
        "hub_node_selector": {"example.org/pool": "jupyter"},
        "hub_images": {
            "user": "registry.lab.test/scipy:1", "hub": DIGEST, "proxy": "registry.lab.test:5000/chp:5",
            "network_tools": "network-tools:1", "scheduler": "registry.lab.test/kube-scheduler:v1.35.7",
            "pause": "registry.lab.test/pause:1", "image_awaiter": "registry.lab.test/image-awaiter:1",
        },
        "hub_mounts": [{"name": "archive", "path": "/archive", "server": "nfs.lab.test", "export": "/data"}],
        "cluster_node_minutes": 5,
        "cluster_node_groups": [
            {"name": "standard", "flavor": "m", "min": 2, "max": 9},
            {"name": "gpu", "flavor": "g", "max": 3, "gpus": 2, "gpu_resource": "amd.com/gpu"},
            {"name": "course", "flavor": "m", "max": 3, "taints": [{"key": "example.org/use", "value": "course"}]},
        ],
        "hub_profiles": [
            {"name": "default", "cpu": 2, "memory": "1.5G", "cpu_guarantee": 0.25, "memory_guarantee": "1G",
             "placeholders": 4},
            {"name": "course", "cpu": 1, "memory": "1G", "image": "course:1", "mounts": ["archive"],
             "node_group": "course", "node_selector": {"example.org/size": "large"}, "placeholders": 1},
            {"name": "gpu", "cpu": 4, "memory": "16G", "gpus": 1, "node_group": "gpu", "image": "torch:2",
             "placeholders": 1},
        ],
        "hub_values_overrides": {
            "hub": {"extraVolumes": [{"name": "more", "emptyDir": {}}], "resources": {"limits": {"memory": "8Gi"}}},
            "singleuser": {"extraEnv": {"GREETING": "hello"}},
        },
    },
    "mirrored": SITE | {
        "cluster_kubeconfig": "/kubeconfig",
        "hub_service": {"address": "192.0.2.40", "annotations": {"loadbalancer.openstack.org/flavor-id": "5f0e"}},
        "cluster_node_groups": [{"name": "all", "flavor": "m", "max": 1, "labels": {"example.org/use": "hub"},
                                 "taints": [{"key": "example.org/hub", "effect": "NoExecute"}]}],
        "hub_registry_mirrors": {"quay.io": "registry.lab.test/quay", "registry.k8s.io": "registry.lab.test:5000"},
        "hub_profiles": [{"name": "own", "cpu": 1, "memory": "1G", "image": "quay.io/lab/own:1", "sudo": True,
                          "placeholders": 1}],
    },
}  # fmt: skip


@functools.cache
def model(name):
    return hub_model(SITES[name])


@functools.cache
def values(name):
    return chart.chart_values(
        model(name),
        package="UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==",
        server_files={"jupyter_server_config.py": "c = get_config()\n", "labconfig/page_config.json": "{}\n"},
        digest="0123abcd",
        sources=["192.0.2.7/32", "198.51.100.0/24"],
        overrides=SITES[name].get("hub_values_overrides", {}),
    )


def in_chart(file):
    """The content of FILE in the chart; skips without the chart."""
    if not CHART.is_file():
        pytest.skip(f"no chart at {CHART}: {GET_CHART}")
    with tarfile.open(CHART) as package:
        return yaml.safe_load(package.extractfile(f"jupyterhub/{file}"))


def helm():
    """Path of Helm 3: the one on the PATH, else the one that the Kubernetes testbed built; skips when there is none."""
    found = shutil.which("helm") or shutil.which("helm", path=build.steps()["program"].folder)
    if not found:
        pytest.skip("no helm on the PATH or in the cache: run `python testbed/kubernetes build`")
    return found


def rendered(name, folder):
    """The chart's manifests for the site NAME."""
    in_chart("Chart.yaml")
    path = folder / "values.yml"
    path.write_text(yaml.safe_dump(values(name)))
    namespace = model(name)["namespace"]
    command = [helm(), "template", chart.release(model(name)), CHART, "--namespace", namespace, "--values", path]
    done = subprocess.run([*command, "--kube-version", "1.35.0"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]
