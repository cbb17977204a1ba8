"""A node is emptied before it goes, as a cloud does it: no new pods, then each pod is asked to leave."""

import contextlib

from kubernetes_testbed.api import MERGE, Refused, wait_for
from kubernetes_testbed.podman import Failed


def drain(api, name, grace=3, patience=20):
    """
    Cordon a node and evict its pods, each with GRACE seconds to end.

    For PATIENCE seconds disruption budgets are heeded and slow pods waited for; then what is left is deleted.
    """
    if api("PATCH", f"/api/v1/nodes/{name}", {"spec": {"unschedulable": True}}, MERGE) is None:
        return
    with contextlib.suppress(Failed):
        wait_for(lambda: _emptied(api, name, grace), f"node {name} was not emptied", patience)
    for pod in _pods(api, name):
        api("DELETE", _path(pod), {"gracePeriodSeconds": 0})


def _emptied(api, name, grace):
    """Whether only pods that belong to the node are there; the others are asked to leave, again and again."""
    others = [pod for pod in _pods(api, name) if not _owners(pod) & {"DaemonSet", "Node"}]
    for pod in others:
        if "deletionTimestamp" not in pod["metadata"]:
            names = {key: pod["metadata"][key] for key in ("name", "namespace")}
            body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": names}
            with contextlib.suppress(Refused):  # a disruption budget says: not now
                api("POST", f"{_path(pod)}/eviction", body | {"deleteOptions": {"gracePeriodSeconds": grace}})
    return not others


def _pods(api, node):
    return api("GET", f"/api/v1/pods?fieldSelector=spec.nodeName={node}")["items"]


def _owners(pod):
    return {owner["kind"] for owner in pod["metadata"].get("ownerReferences", [])}


def _path(pod):
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
