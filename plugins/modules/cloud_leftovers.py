#!/usr/bin/python
"""Remove what a cluster and its site leave behind in the project, and say what remains."""

DOCUMENTATION = """
module: cloud_leftovers
short_description: Remove what a cluster and its site leave behind
description:
  - Load balancers first, then what depended on them, in the order in which it can go. Only what is certainly ours goes,
    by the mark of role C(cloud) or by the cluster's id in a name, a description or a volume's metadata.
  - C(before) the cluster is deleted, load balancers of Kubernetes and their addresses go; C(after) it, the rest.
  - What cannot go is reported with the service's reason, and so is what looks like ours but does not prove it.
  - A service that the catalogue does not have is named and passed over.
options:
  cloud: {description: Name of the entry in clouds.yaml., type: str, required: true}
  site: {description: "Name of the site, as role C(cloud) was given it.", type: str, required: true}
  cluster:
    description: The cluster.
    type: dict
    required: true
    suboptions:
      name: {description: Its name., type: str, required: true}
      ids:
        description: Its UUID in Magnum and its C(stack_id), by which Cluster API calls it. Empty when not known.
        type: list
        elements: str
        default: []
  phase: {description: Before or after the cluster's own deletion., type: str, choices: [before, after], required: true}
  keep:
    description: What stays although it is ours. C(homes) are all volumes of the cluster.
    type: list
    elements: str
    choices: [homes, address]
    default: [homes, address]
  timeout: {description: "Seconds for load balancers, for machines and for volumes to go.", type: int, default: 300}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Remove load balancers while the cluster still stands
  cloud_leftovers:
    cloud: mycloud
    site: jupyterhub
    cluster: {name: jupyterhub, ids: [0a1b2c3d-0000-0000-0000-000000000000, jupyterhub-abcdef123456]}
    phase: before
"""

RETURN = """
removed:
  description: What was removed, or would be, in its order.
  type: list
  elements: dict
  returned: always
  sample: [{kind: machine, name: jupyterhub-web, id: 0a1b2c3d-0000-0000-0000-000000000000}]
remains:
  description: What remains, and the reason; C(name) and C(id) are empty for a kind that could not be looked at.
  type: list
  elements: dict
  returned: always
  sample: [{kind: volume, name: pvc-1, id: 4e5f6a7b-0000-0000-0000-000000000000, reason: "kept: it holds a home"}]
unavailable: {description: Kinds whose service this cloud does not have., type: list, elements: str, returned: always}
"""

import time

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.openstack.connection import FAULTS, alone, connect, words
from openstack_hub.openstack.deletion import sweep
from openstack_hub.openstack.orphaned_resources import KINDS, SERVICES, decide
from openstack_hub.openstack.project_resources import Project

QUICK = 30  # seconds for what goes at once, or not before somebody else acts
SLOW = ("load balancer", "machine", "volume")


def look(project, phase):
    """(resources, remains, unavailable): what is there, what could not be looked at, what this cloud does not have."""
    resources, remains, unavailable = [], [], []
    for kind, service in KINDS.items():
        if phase == "before" and kind not in ("load balancer", "public address"):
            continue
        if not project.has(service):
            unavailable.append(f"{kind}s: this cloud has no {SERVICES[service]}")
            continue
        try:
            resources += project.patiently(kind)
        except FAULTS as error:
            remains.append({"kind": kind, "name": "", "id": "", "reason": f"{SERVICES[service]} says: {words(error)}"})
    return resources, remains, unavailable


def clear(module, project):
    """(removed, remains, unavailable)."""
    asked, removed = module.params, []
    resources, remains, unavailable = look(project, asked["phase"])
    go, stay = decide(resources, asked["site"], asked["cluster"], asked["phase"], asked["keep"])
    project.going = {resource["id"] for resource in go}
    for kind in KINDS:
        mine = [resource for resource in go if resource["kind"] == kind]
        if module.check_mode:
            removed += mine
            continue
        seconds = asked["timeout"] if kind in SLOW else min(asked["timeout"], QUICK)
        gone, left = sweep(project, kind, mine, time.monotonic() + seconds)
        removed, remains = removed + gone, remains + left
    return removed, remains + stay, unavailable


def short(resource):
    return {key: resource[key] for key in ("kind", "name", "id", "reason") if key in resource}


def main():
    cluster = {"name": {"type": "str", "required": True}, "ids": {"type": "list", "elements": "str", "default": []}}
    kept = ["homes", "address"]
    module = AnsibleModule(
        {
            "cloud": {"type": "str", "required": True},
            "site": {"type": "str", "required": True},
            "cluster": {"type": "dict", "required": True, "options": cluster},
            "phase": {"type": "str", "choices": ["before", "after"], "required": True},
            "keep": {"type": "list", "elements": "str", "choices": kept, "default": kept},
            "timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    project = Project(connect(module))
    with alone(module.params["timeout"]):
        removed, remains, unavailable = clear(module, project)
    lines = [f"{resource['kind']} {resource['name'] or resource['id']}\n" for resource in removed]
    module.exit_json(
        changed=bool(removed),
        removed=[short(resource) for resource in removed],
        remains=[short(resource) for resource in remains],
        unavailable=unavailable,
        diff={"before": "".join(lines), "after": ""},
    )


if __name__ == "__main__":
    main()
