"""Simulated nodes: API objects that heartbeats keep Ready, of any size and number."""

import datetime
import zlib

from kubernetes_testbed.api import MERGE, Refused, is_ready

TAINT = {"key": "openstack-hub-testbed/simulated", "effect": "NoSchedule"}
PROVIDER = "simulated:///"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


def is_simulated(node):
    """Whether a node (as the API returns it) is simulated."""
    return node["spec"].get("providerID", "").startswith(PROVIDER)


def create(api, node):
    """Create the object of a node from its specification (nodes.py), with a taint so that no pod is scheduled there."""
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
    # An address for documentation: no host has it.
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
    send_heartbeat(api, name, ready=False)


def send_heartbeat(api, name, ready):
    """Renew a node's heartbeat. READY is false when it was lost: then the node's conditions are written again."""
    now = datetime.datetime.now(datetime.UTC)
    lease = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    if api("PATCH", f"{LEASES}/{name}", {"spec": lease}, MERGE) is None:
        _make(api, LEASES, {"metadata": {"name": name}, "spec": lease})
    if not ready:
        states = {"Ready": "True", "MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False"}
        times = dict.fromkeys(("lastHeartbeatTime", "lastTransitionTime"), now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        says = {"reason": "Simulated", "message": "a simulated node", **times}
        conditions = [{"type": kind, "status": state, **says} for kind, state in states.items()]
        api("PATCH", f"/api/v1/nodes/{name}/status", {"status": {"conditions": conditions}}, MERGE)


def send_heartbeats(api):
    """Send a heartbeat of each simulated node of a cluster: call it every few seconds, a node is lost after 20."""
    for node in api("GET", "/api/v1/nodes")["items"]:
        if is_simulated(node):
            send_heartbeat(api, node["metadata"]["name"], is_ready(node))


def _make(api, path, body):
    """Create an object unless it exists: heartbeats run while nodes are created."""
    try:
        api("POST", path, body)
    except Refused as refused:
        if refused.reason != "AlreadyExists":
            raise
