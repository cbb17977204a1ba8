"""Drain a node before it is removed, as a cloud does: cordon it, then evict its pods."""

import contextlib

from kubernetes_testbed.api import MERGE, Refused, wait_for
from kubernetes_testbed.podman import Failed


def drain(api, name, grace=3, patience=20):
    """
    Cordon a node and evict its pods, each with GRACE seconds to end.

    For PATIENCE seconds disruption budgets are respected and slow pods waited for; then the remaining pods are deleted.
    """
    if cordon(api, name) is None:
        return
    with contextlib.suppress(Failed):
        wait_for(lambda: _emptied(api, name, grace), f"node {name} was not emptied", patience)
    for pod in _pods(api, name):
        api("DELETE", _path(pod), {"gracePeriodSeconds": 0})


def cordon(api, name, closed=True):
    """Cordon a node, or uncordon it; returns None if there is no such node."""
    return api("PATCH", f"/api/v1/nodes/{name}", {"spec": {"unschedulable": closed or None}}, MERGE)


def cordon_if_empty(api, nodes):
    """Cordon NODES that seemed empty; returns whether they are: the scheduler may have been faster."""
    for name in nodes:
        cordon(api, name)
    pods = [pod for name in nodes for pod in _evictable_pods(api, name)]
    return all(pod["status"].get("phase") in ("Succeeded", "Failed") for pod in pods)


def _emptied(api, name, grace):
    """Evict the pods of a node that are not being deleted yet; returns whether there were none."""
    others = _evictable_pods(api, name)
    for pod in others:
        if "deletionTimestamp" not in pod["metadata"]:
            names = {key: pod["metadata"][key] for key in ("name", "namespace")}
            body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": names}
            with contextlib.suppress(Refused):  # by a disruption budget, for now
                api("POST", f"{_path(pod)}/eviction", body | {"deleteOptions": {"gracePeriodSeconds": grace}})
    return not others


def _evictable_pods(api, node):
    """The pods on a node that neither a DaemonSet nor the node owns."""
    return [pod for pod in _pods(api, node) if not _owners(pod) & {"DaemonSet", "Node"}]


def _pods(api, node):
    return api("GET", f"/api/v1/pods?fieldSelector=spec.nodeName={node}")["items"]


def _owners(pod):
    return {owner["kind"] for owner in pod["metadata"].get("ownerReferences", [])}


def _path(pod):
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
