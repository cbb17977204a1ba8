"""A node is emptied before it goes, as a cloud does it: no new pods, then each pod is asked to leave."""

import contextlib

from kubernetes_testbed.api import MERGE, Refused, wait_for
from kubernetes_testbed.podman import Failed


def drain(api, name, grace=3, patience=20):
    """
    Cordon a node and evict its pods, each with GRACE seconds to end.

    For PATIENCE seconds disruption budgets are heeded and slow pods waited for; then what is left is deleted.
    """
    if cordon(api, name) is None:
        return
    with contextlib.suppress(Failed):
        wait_for(lambda: _emptied(api, name, grace), f"node {name} was not emptied", patience)
    for pod in _pods(api, name):
        api("DELETE", _path(pod), {"gracePeriodSeconds": 0})


def cordon(api, name, closed=True):
    """Let no new pods come to a node, or let them again; None where there is no such node."""
    return api("PATCH", f"/api/v1/nodes/{name}", {"spec": {"unschedulable": closed or None}}, MERGE)


def close(api, nodes):
    """Cordon NODES that seemed empty; whether they are, for the scheduler may have been faster."""
    for name in nodes:
        cordon(api, name)
    guests = [pod for name in nodes for pod in _guests(api, name)]
    return all(pod["status"].get("phase") in ("Succeeded", "Failed") for pod in guests)


def _emptied(api, name, grace):
    """Whether nobody is a guest there any more; who is, is asked to leave, again and again."""
    others = _guests(api, name)
    for pod in others:
        if "deletionTimestamp" not in pod["metadata"]:
            names = {key: pod["metadata"][key] for key in ("name", "namespace")}
            body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": names}
            with contextlib.suppress(Refused):  # a disruption budget says: not now
                api("POST", f"{_path(pod)}/eviction", body | {"deleteOptions": {"gracePeriodSeconds": grace}})
    return not others


def _guests(api, node):
    """The pods on a node that do not belong to it."""
    return [pod for pod in _pods(api, node) if not _owners(pod) & {"DaemonSet", "Node"}]


def _pods(api, node):
    return api("GET", f"/api/v1/pods?fieldSelector=spec.nodeName={node}")["items"]


def _owners(pod):
    return {owner["kind"] for owner in pod["metadata"].get("ownerReferences", [])}


def _path(pod):
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
