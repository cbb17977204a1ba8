"""Deletes Kubernetes objects of a hub, and reports what remains."""

import time

from openstack_hub.kubernetes.client import Refused, Unreachable
from openstack_hub.kubernetes.homes import is_home

POLL = 1.0  # seconds between two polls
# Kind, its plural in paths, the label selector, and which of the selected objects it includes.
SELECTIONS = {
    "services": ("Service", "services", "", lambda item: item["spec"].get("type") == "LoadBalancer"),
    "servers": ("Pod", "pods", "component=singleuser-server", lambda item: True),
    "homes": ("PersistentVolumeClaim", "persistentvolumeclaims", "", is_home),
}


def list_objects(api, selection, namespace):
    """Objects of a SELECTION: {uid: {kind, name, id, path}}. namespace: None for all."""
    kind, plural, selector, is_included = SELECTIONS[selection]
    prefix = f"/namespaces/{namespace}" if namespace else ""
    query = {"labelSelector": selector} if selector else {}
    objects = {}
    for item in api.items(f"/api/v1{prefix}/{plural}", **query):
        metadata = item["metadata"]
        if is_included(item):
            path = f"/api/v1/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}"
            name = f"{metadata['namespace']}/{metadata['name']}"
            objects[metadata["uid"]] = {"kind": kind, "name": name, "id": metadata["uid"], "path": path}
    return objects


def remove(api, selection, namespace, deadline, pause=POLL):
    """(removed, remaining with `reason`). Raises Unreachable or Refused when the objects cannot be listed at first."""
    objects = pending = list_objects(api, selection, namespace)
    reasons = {}
    while pending:
        for uid, each in pending.items():
            try:
                api.delete(each["path"])
            except Refused as error:
                if error.status != 404:
                    reasons[uid] = str(error)
            except Unreachable as error:
                reasons[uid] = str(error)
        try:
            existing = list_objects(api, selection, namespace)
            pending = {uid: each for uid, each in existing.items() if uid in objects}
        except Unreachable as error:
            reasons |= dict.fromkeys(pending, str(error))
        if time.monotonic() + pause > deadline or not pending:
            break
        time.sleep(pause)
    remaining = [{**each, "reason": reasons.get(uid, "it is still being deleted")} for uid, each in pending.items()]
    return [each for uid, each in objects.items() if uid not in pending], remaining


def remove_all(api, selections, namespace, timeout, check):
    """(removed, remaining, error) of several selections, TIMEOUT seconds in all.

    error: why the API could not be asked for one of them, else "". In check mode: what would be removed.
    """
    removed, remaining, deadline = [], [], time.monotonic() + timeout
    for selection in selections:
        try:
            if check:
                removed += list_objects(api, selection, namespace).values()
                continue
            done, rest = remove(api, selection, namespace, deadline)
            removed, remaining = removed + done, remaining + rest
        except (Unreachable, Refused) as error:
            return removed, remaining, f"the {selection} of the cluster could not be listed: {error}"
    return removed, remaining, ""
