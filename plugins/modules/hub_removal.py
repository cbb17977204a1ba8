#!/usr/bin/python
"""Remove from a Kubernetes cluster what the cloud or a hub has put there, and say what remains."""

DOCUMENTATION = """
module: hub_removal
short_description: Remove a hub's things through the Kubernetes API
description:
  - C(services) are Services of type LoadBalancer, for whose load balancers nobody answers any more once the cluster is
    gone; C(servers) are users' pods; C(homes) are users' claims and the hub's own, with all that is in them.
  - Waits until they are gone, for O(timeout) at most. A cluster that gives no answer is no failure; it is said.
options:
  kubeconfig: {description: Path of the cluster's kubeconfig; it need not be there., type: path, required: true}
  namespace: {description: "The hub's namespace; absent, all of them.", type: str}
  what:
    description: What goes.
    type: list
    elements: str
    choices: [services, servers, homes]
    required: true
  timeout: {description: Seconds that it may take in all., type: int, default: 300}
requirements: [kubernetes]
author: [openstack-hub]
"""

EXAMPLES = """
- name: Remove load balancers while the cluster still stands
  hub_removal:
    kubeconfig: .kube/config
    what: [services]
"""

RETURN = """
answers: {description: Whether the cluster answers., type: bool, returned: always}
removed: {description: "What was removed, or would be.", type: list, elements: dict, returned: always,
          sample: [{kind: Service, name: jupyterhub/proxy-public, id: 0a1b2c3d-0000-0000-0000-000000000000}]}
remains: {description: "What could not be removed or looked at, with the C(reason).", type: list, elements: dict,
          returned: always}
"""

import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.kubernetes.client import MISSING, Api, Refused, Unreachable

PAUSE = 1.0  # seconds between two looks
HUB = "hub-db-dir"  # the chart's name of the hub's own claim: whose which home is stands there
# Kind, its plural in paths, and the labels of what goes.
KINDS = {
    "services": ("Service", "services", ""),
    "servers": ("Pod", "pods", "component=singleuser-server"),
    "homes": ("PersistentVolumeClaim", "persistentvolumeclaims", ""),
}


def meant(what, item):
    """Whether an object of the API is one that goes."""
    if what == "services":
        return item["spec"].get("type") == "LoadBalancer"
    labels = item["metadata"].get("labels", {})
    return what == "servers" or labels.get("component") == "singleuser-storage" or item["metadata"]["name"] == HUB


def listed(api, what, namespace):
    """What there is of it: {uid: {kind, name, id, path}}."""
    kind, plural, labels = KINDS[what]
    where = f"/namespaces/{namespace}" if namespace else ""
    query = {"labelSelector": labels} if labels else {}
    found = {}
    for item in api.items(f"/api/v1{where}/{plural}", **query):
        metadata = item["metadata"]
        if meant(what, item):
            path = f"/api/v1/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}"
            name = f"{metadata['namespace']}/{metadata['name']}"
            found[metadata["uid"]] = {"kind": kind, "name": name, "id": metadata["uid"], "path": path}
    return found


def remove(api, what, namespace, deadline, pause=PAUSE):
    """(removed, left with `reason`). Raises Unreachable or Refused when not even a list is to be had at first."""
    there = pending = listed(api, what, namespace)
    reasons = {}
    while pending:
        for uid, one in pending.items():
            try:
                api.delete(one["path"])
            except Refused as error:
                if error.status != 404:
                    reasons[uid] = str(error)
            except Unreachable as error:
                reasons[uid] = str(error)
        try:
            pending = {uid: one for uid, one in listed(api, what, namespace).items() if uid in there}
        except Unreachable as error:
            reasons |= dict.fromkeys(pending, str(error))
        if time.monotonic() + pause > deadline or not pending:
            break
        time.sleep(pause)
    left = [{**one, "reason": reasons.get(uid, "it is still being removed")} for uid, one in pending.items()]
    return [one for uid, one in there.items() if uid not in pending], left


def clear(module):
    """What the module returns."""
    asked, removed, remains = module.params, [], []
    deadline = time.monotonic() + asked["timeout"]
    if not Path(asked["kubeconfig"]).is_file():
        return {"answers": False, "removed": [], "remains": []}
    try:
        api = Api(asked["kubeconfig"])
        for what in asked["what"]:
            if module.check_mode:
                gone, left = list(listed(api, what, asked["namespace"]).values()), []
            else:
                gone, left = remove(api, what, asked["namespace"], deadline)
            removed, remains = removed + gone, remains + left
    except (Unreachable, Refused, OSError) as error:
        reason = f"the cluster could not be asked for its {', '.join(asked['what'])}: {error}"
        return {
            "answers": False,
            "removed": removed,
            "remains": [{"kind": "Kubernetes", "name": "", "id": "", "reason": reason}],
        }
    return {"answers": True, "removed": removed, "remains": remains}


def main():
    module = AnsibleModule(
        {
            "kubeconfig": {"type": "path", "required": True},
            "namespace": {"type": "str"},
            "what": {"type": "list", "elements": "str", "choices": list(KINDS), "required": True},
            "timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    if MISSING:
        module.fail_json(msg="the Python package kubernetes is missing: install requirements.txt", exception=MISSING)
    found = clear(module)
    lines = [f"{one['kind']} {one['name']}\n" for one in found["removed"]]
    for one in (*found["removed"], *found["remains"]):
        one.pop("path", None)
    module.exit_json(changed=bool(lines), diff={"before": "".join(lines), "after": ""}, **found)


if __name__ == "__main__":
    main()
