"""Clusters of the testbed are created, changed and removed, and leave nothing on the machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from clusters import COMMAND, Kubernetes, command, wait_for
from kubernetes_testbed import certificates, places, podman
from kubernetes_testbed.api import is_ready
from kubernetes_testbed.cluster import LABEL, Cluster
from kubernetes_testbed.network import Network

# Settings of the machine that Kubernetes' programs would change.
SETTINGS = [
    "net/ipv4/ip_forward",
    "net/bridge/bridge-nf-call-iptables",
    "net/netfilter/nf_conntrack_max",
    "net/ipv4/conf/all/rp_filter",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
]


@pytest.fixture
def second(kubernetes, cluster):
    """Another cluster in the network of the session's own."""
    cluster = Cluster(f"{cluster.name}-second", cluster.network)
    cluster.create(*cluster.own_ca())
    cluster.add_node("worker", labels={}, taints=[], cpus=1, memory_mb=1024)
    yield cluster
    cluster.destroy()


def kubeconfig(cluster, path):
    cluster.write_kubeconfig(path)
    assert path.stat().st_mode & 0o777 == 0o600
    return path


def test_two_clusters_share_a_network_and_nothing_else(kubernetes, cluster, second, built, tmp_path):
    other = Kubernetes(kubeconfig(second, tmp_path / "second"), built.bin)
    assert [node["metadata"]["name"] for node in other.get("nodes")["items"]] == ["worker"]
    assert "worker-1" in kubernetes.kubectl("get", "nodes")
    assert second.address != cluster.address

    # Neither accepts the administrators of the other.
    elsewhere = ["--server", f"https://{second.address}:6443", "get", "nodes"]
    assert "x509" in kubernetes.kubectl(*elsewhere, check=False)
    assert "Unauthorized" in kubernetes.kubectl("--insecure-skip-tls-verify", *elsewhere, check=False)

    # Another authority invalidates the old credentials and keeps the nodes.
    other.kubectl("create", "configmap", "kept")
    second.create(*certificates.authority("another"))
    assert "x509" in other.kubectl("get", "nodes", check=False)
    renewed = Kubernetes(kubeconfig(second, tmp_path / "renewed"), built.bin)
    assert "kept" in renewed.kubectl("get", "configmaps")
    assert all(is_ready(node) for node in second.nodes())

    # As after a reboot of the machine: no container runs.
    podman.run("podman", "kill", *podman.labelled(f"{LABEL}={second.name}"))
    Cluster(second.name, second.network).start()
    assert "kept" in renewed.kubectl("get", "configmaps")
    assert all(is_ready(node) for node in second.nodes())


def test_start_resumes_after_a_kill_and_stop_removes_everything(built):
    name = f"test-{os.getpid()}-killed"
    before = {setting: read(Path("/proc/sys") / setting) for setting in SETTINGS}
    started = subprocess.Popen([sys.executable, COMMAND, "start", "--name", name], stdout=subprocess.DEVNULL)
    wait_for(lambda: podman.labelled(f"{LABEL}={name}"))
    started.kill()
    started.wait()
    try:
        assert f"as cluster {name}, nodes: worker-1" in command("start", "--name", name)
        assert f"{name}: " in command("status")
        link = Network(name).link
        assert link in podman.run("ip", "-br", "link")
        identities = podman.run("podman", "ps", "-aq", "--no-trunc", "--filter", f"label={LABEL}={name}").split()
        assert len(identities) == 2
        assert before == {setting: read(Path("/proc/sys") / setting) for setting in SETTINGS}
        rules = podman.run("iptables-save").lower()
        assert not [word for word in ("kube", "cni", "10.87.", "10.244.", "ohk") if word in rules]
    finally:
        command("stop", "--name", name)
    assert not podman.labelled(f"{LABEL}={name}")
    assert not list(places.state().glob(f"*/{name}"))
    assert link not in podman.run("ip", "-br", "link")
    assert link not in Path("/proc/mounts").read_text()
    groups = [name for _, names, _ in os.walk(podman.CGROUPS) for name in names]
    assert not [group for group in groups for identity in identities if identity in group]
    assert before == {setting: read(Path("/proc/sys") / setting) for setting in SETTINGS}


def read(path):
    return path.read_text() if path.exists() else None


def test_missing_requirements_are_reported_before_any_change():
    words = ["setpriv", "--reuid=65534", sys.executable, COMMAND, "start"]
    refused = subprocess.run(words, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("This needs root") and "sudo" in refused.stderr
    words = [sys.executable, COMMAND, "start"]
    refused = subprocess.run(words, env={"PATH": "/nonexistent"}, capture_output=True, text=True, check=False)
    assert refused.stderr == "Missing: podman, runc, nsenter, ip. Install them as root: make packages\n"
