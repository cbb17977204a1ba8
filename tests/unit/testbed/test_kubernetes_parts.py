"""The pure parts of the Kubernetes testbed."""

import base64
import ipaddress
import json
import os
from pathlib import Path

import kubernetes_path  # noqa: F401  (puts the package on the path)
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from kubernetes_testbed import arp, certificates, configuration, drain, images, load_balancer, nodes, places, podman
from kubernetes_testbed.cluster import Cluster
from kubernetes_testbed.network import free_range, mac_address, pods_of
from kubernetes_testbed.podman import Failed


@pytest.mark.parametrize(
    ("routes", "others", "found"),
    [
        (["default", "192.168.1.0/24"], [], "10.87.1.0/24"),
        (["10.87.1.0/24"], ["10.87.2.0/24", None], "10.87.3.0/24"),
        (["10.87.0.0/17"], [], "10.87.128.0/24"),
        (["10.87.1.7"], [], "10.87.2.0/24"),
        (["10.0.0.0/8", "0.0.0.0/1"], [], "10.87.1.0/24"),  # of a VPN: the narrower way wins
    ],
)
def test_a_network_uses_the_first_free_range(routes, others, found):
    assert free_range(routes, others) == found


def test_without_a_free_range_creation_fails():
    with pytest.raises(Failed, match=r"10\.87\.0\.0/16"):
        free_range(["10.87.0.0/16"], [])


def test_pod_networks_and_mac_addresses_are_derived_from_the_address():
    assert pods_of("10.87.3.17") == "10.244.17.0/24"
    assert mac_address("10.87.3.17") == "02:87:0a:57:03:11"


def test_an_announcement_has_the_new_mac_address():
    frame = arp.announcement(b"\x02" * 6, "10.87.3.20", mac_address("10.87.3.17"))
    assert len(frame) == 42
    assert frame[:14] == b"\xff" * 6 + b"\x02" * 6 + b"\x08\x06"
    sender, target = frame[22:32], frame[38:42]
    assert sender == bytes.fromhex("02870a570311") + ipaddress.ip_address("10.87.3.20").packed
    assert target == ipaddress.ip_address("10.87.3.20").packed


def service(name, kind="LoadBalancer", metadata=None, **spec):
    return {"metadata": {"namespace": "default", "name": name, **(metadata or {})}, "spec": {"type": kind, **spec}}


def test_the_load_balancer_serves_only_services_of_its_type():
    services = [
        service("wanted"),
        service("inside", "ClusterIP"),
        service("port", "NodePort"),
        service("others", loadBalancerClass="example.org/other"),
        service("leaving", metadata={"deletionTimestamp": "now"}),
    ]
    assert list(load_balancer.desired(services)) == ["default/wanted"]


def node(name, ready="True", **labels):
    conditions = [{"type": "Ready", "status": ready}]
    return {"metadata": {"name": name, "labels": labels}, "status": {"conditions": conditions}}


def test_an_address_is_put_on_a_ready_node_and_stays_there():
    excluded = node("c", **{load_balancer.EXCLUDED: ""})
    assert load_balancer.ready_nodes([node("a", "Unknown"), node("b"), excluded]) == {"b"}
    assert load_balancer.choose({"a", "b"}, None) == "a"
    assert load_balancer.choose({"a", "b"}, "b") == "b"
    assert load_balancer.choose({"a"}, "b") == "a"
    assert load_balancer.choose(set(), "b") is None


def specification(**changed):
    size = {"cpus": 2, "memory_mb": 3000, "resources": {}}
    return nodes.specification("n1", labels={"group": "x"}, taints=[], real=True, **size | changed)


def test_the_kubelet_reserves_what_exceeds_the_nodes_size():
    made = configuration.kubelet(specification(), "10.87.1.3", "10.87.1.2", (8, 16000))
    assert made["systemReserved"] == {"cpu": "6", "memory": "12900Mi"}  # and 100 where it begins to evict
    larger = configuration.kubelet(specification(cpus=16, memory_mb=64000), "10.87.1.3", "10.87.1.2", (8, 16000))
    assert larger["systemReserved"] == {"cpu": "0", "memory": "0Mi"}


def test_a_nodes_files_are_data():
    files = configuration.files(specification(), "10.87.1.3", "10.87.1.2", "10.244.3.0/24", (8, 16000))
    contents = {name: json.loads(text) for name, text in files.items()}
    assert contents["kubelet.json"]["clusterDNS"] == ["10.87.1.2"]
    assert contents["kube-proxy.json"]["nodePortAddresses"] == ["10.87.1.3/32"]
    assert contents["10-pods.conflist"]["plugins"][0]["ipam"]["ranges"] == [[{"subnet": "10.244.3.0/24"}]]


def test_containerd_starts_pods_with_the_stores_image():
    assert f'"{images.NAMES["pause"]}"' in (places.HERE / "node/containerd.toml").read_text()


def test_a_kubeconfig_has_an_administrators_certificate_of_the_authority():
    ca = certificates.authority("test")
    config = json.loads(certificates.embedded("https://10.87.1.2:6443", ca, "test"))
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    assert cluster["server"] == "https://10.87.1.2:6443"
    assert base64.b64decode(cluster["certificate-authority-data"]) == ca[0]
    signed = x509.load_pem_x509_certificate(base64.b64decode(user["client-certificate-data"]))
    authority = x509.load_pem_x509_certificate(ca[0])
    authority.public_key().verify(
        signed.signature, signed.tbs_certificate_bytes, ec.ECDSA(signed.signature_hash_algorithm)
    )
    assert signed.subject.rfc4514_string() == "CN=admin,O=system:masters"


@pytest.mark.parametrize("name", ["", "Big", "a.b", "-a", "a" * 41, "../a"])
def test_invalid_names_are_refused(name):
    with pytest.raises(Failed, match="use lower-case letters"):
        Cluster(name, None)


@pytest.mark.parametrize(
    ("phase", "owner", "empty"),
    [
        (None, None, True),
        ("Pending", "StatefulSet", False),
        ("Running", "DaemonSet", True),
        ("Succeeded", "Job", True),
    ],
    ids=["empty", "somebody-came", "its-own", "over"],
)
def test_a_node_is_cordoned_before_it_is_checked_again(phase, owner, empty):
    requests, owners = [], [{"kind": owner}] if owner else []
    pods = [{"metadata": {"ownerReferences": owners}, "status": {"phase": phase}}] if phase else []

    def api(method, path, *_):
        requests.append((method, path))
        return {"items": pods}

    assert drain.cordon_if_empty(api, ["hub-0"]) is empty
    assert requests == [("PATCH", "/api/v1/nodes/hub-0"), ("GET", "/api/v1/pods?fieldSelector=spec.nodeName=hub-0")]


def test_cgroups_of_a_removed_container_are_swept_while_others_go(tmp_path, monkeypatch):
    scandir = os.scandir

    def scan(path):
        if Path(path).name == "pod1":  # its pod has ended since its parent was listed
            Path(path).rmdir()
        return scandir(path)

    parent = tmp_path / "cpu/libpod_parent"
    for folder in ("libpod-conmon-aaa", "libpod-aaa/kubepods/pod7", "libpod-bbb/kubepods/pod1", "libpod-bbb/init"):
        (parent / folder).mkdir(parents=True)
    monkeypatch.setattr(podman, "CGROUPS", tmp_path)
    monkeypatch.setattr(os, "scandir", scan)
    podman._sweep_cgroups("aaa")
    assert [folder.name for folder in parent.iterdir()] == ["libpod-bbb"]
    assert (parent / "libpod-bbb/init").exists()
