"""Nodes without a machine: objects that heartbeats keep Ready, for sizes and numbers that no testbed has."""

import datetime
import zlib

from kubernetes_testbed.api import MERGE, Refused, is_ready

TAINT = {"key": "openstack-hub-testbed/simulated", "effect": "NoSchedule"}
PROVIDER = "simulated:///"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


def is_simulated(node):
    """Whether a node (as the API gives it) has no machine."""
    return node["spec"].get("providerID", "").startswith(PROVIDER)


def create(api, node):
    """Make the object of a node from its specification (nodes.py), tainted so that no pod gets there by chance."""
    name = node["name"]
    spec = {"taints": [*node["taints"], TAINT], "providerID": PROVIDER + name}
    _make(api, "/api/v1/nodes", {"metadata": {"name": name, "labels": node["labels"]}, "spec": spec})
    capacity = {
        "cpu": str(node["cpus"]),
        "memory": f"{node['memory_mb']}Mi",
        "ephemeral-storage": "40Gi",
        "pods": "110",
        **node["resources"],
    }
    version = api("GET", "/version")["gitVersion"]
    # From a range for documentation: nobody is there.
    address = f"192.0.2.{zlib.crc32(name.encode()) % 254 + 1}"
    status = {
        "capacity": capacity,
        "allocatable": capacity,
        "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        "nodeInfo": dict.fromkeys(("machineID", "systemUUID", "bootID", "kernelVersion", "kubeProxyVersion"), "")
        | {"kubeletVersion": version, "osImage": "simulated", "containerRuntimeVersion": "none://0"}
        | {"architecture": "amd64", "operatingSystem": "linux"},
    }
    api("PATCH", f"/api/v1/nodes/{name}/status", {"status": status}, MERGE)
    beat(api, name, ready=False)


def beat(api, name, ready):
    """Renew a node's heartbeat; once it has been lost the node's conditions must be said anew: READY false."""
    now = datetime.datetime.now(datetime.UTC)
    lease = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    if api("PATCH", f"{LEASES}/{name}", {"spec": lease}, MERGE) is None:
        _make(api, LEASES, {"metadata": {"name": name}, "spec": lease})
    if not ready:
        states = {"Ready": "True", "MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False"}
        times = dict.fromkeys(("lastHeartbeatTime", "lastTransitionTime"), now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        says = {"reason": "Simulated", "message": "there is no machine behind it", **times}
        conditions = [{"type": kind, "status": state, **says} for kind, state in states.items()]
        api("PATCH", f"/api/v1/nodes/{name}/status", {"status": {"conditions": conditions}}, MERGE)


def beat_all(api):
    """A heartbeat of each simulated node of a cluster: every few seconds, as a node is lost after 20."""
    for node in api("GET", "/api/v1/nodes")["items"]:
        if is_simulated(node):
            beat(api, node["metadata"]["name"], is_ready(node))


def _make(api, path, body):
    """Make an object, unless it is there: heartbeats go on while nodes are made."""
    try:
        api("POST", path, body)
    except Refused as refused:
        if refused.reason != "AlreadyExists":
            raise
