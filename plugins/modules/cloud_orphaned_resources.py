#!/usr/bin/python
"""Delete what a cluster or a site has left behind in the project, and report what remains."""

DOCUMENTATION = """
module: cloud_orphaned_resources
short_description: Delete what a cluster or a site has left behind
description:
  - Deletes load balancers first, then what they depend on, in the order in which it can be deleted. Only what certainly
    belongs to the cluster or the site is deleted, by the mark of role C(cloud), or by the cluster's ID in a name, a
    description or the metadata of a volume.
  - What cannot be deleted is reported with the service's reason, and so is what has a similar name but no proof.
  - Kinds whose service the catalog does not have are reported as unavailable.
options:
  cloud: {description: Name of the entry in clouds.yaml., type: str, required: true}
  scope:
    description:
      - C(services) is what Kubernetes created for Services of type LoadBalancer; delete it while the cluster exists.
      - C(cluster) is everything of a cluster that Magnum has deleted. C(site) is what role C(cloud) created.
    type: str
    choices: [services, cluster, site]
    required: true
  name: {description: "Name of the cluster; with C(scope=site), of the site.", type: str, required: true}
  ids:
    description: The cluster's UUID in Magnum and its C(cluster_id), as Cluster API calls it. Empty when unknown.
    type: list
    elements: str
    default: []
  keep:
    description: What is kept. C(homes) are all volumes of the cluster, C(address) is the site's floating IP.
    type: list
    elements: str
    choices: [homes, address]
    default: [homes, address]
  timeout:
    {description: "Seconds for load balancers, for instances and for volumes to be deleted.", type: int, default: 300}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Delete load balancers of Services while the cluster exists
  cloud_orphaned_resources:
    cloud: mycloud
    scope: services
    name: jupyterhub
    ids: [0a1b2c3d-0000-0000-0000-000000000000, jupyterhub-abcdef123456]
"""

RETURN = """
removed:
  description: What was deleted, or would be, in its order.
  type: list
  elements: dict
  returned: always
  sample: [{kind: instance, name: jupyterhub-web, id: 0a1b2c3d-0000-0000-0000-000000000000}]
remains:
  description: What remains, with C(reason); C(name) and C(id) are empty for a kind that could not be listed.
  type: list
  elements: dict
  returned: always
  sample: [{kind: volume, name: pvc-1, id: 4e5f6a7b-0000-0000-0000-000000000000, reason: "kept: it holds a home"}]
unavailable: {description: Kinds whose service this cloud does not have., type: list, elements: str, returned: always}
"""

import sys

from ansible.module_utils.basic import AnsibleModule

KEPT = ["homes", "address"]
ARGUMENTS = {
    "cloud": {"type": "str", "required": True},
    "scope": {"type": "str", "choices": ["services", "cluster", "site"], "required": True},
    "name": {"type": "str", "required": True},
    "ids": {"type": "list", "elements": "str", "default": []},
    "keep": {"type": "list", "elements": "str", "choices": KEPT, "default": KEPT},
    "timeout": {"type": "int", "default": 300},
}


def visible(resources):
    return [{key: each[key] for key in ("kind", "name", "id", "reason") if key in each} for each in resources]


def main():
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    try:
        from openstack_hub.openstack.connection import connect_for_changes, exclusive_run
        from openstack_hub.openstack.deletion import delete_orphans
        from openstack_hub.openstack.errors import OpenStackError
        from openstack_hub.openstack.project_resources import Project
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    try:
        project = Project(connect_for_changes(module.params["cloud"]))
        with exclusive_run(module.params["timeout"]):
            removed, remains, unavailable = delete_orphans(project, module.params, module.check_mode)
    except OpenStackError as error:
        module.fail_json(msg=str(error))
    lines = [f"{resource['kind']} {resource['name'] or resource['id']}\n" for resource in removed]
    module.exit_json(
        changed=bool(removed),
        removed=visible(removed),
        remains=visible(remains),
        unavailable=unavailable,
        diff={"before": "".join(lines), "after": ""},
    )


if __name__ == "__main__":
    main()
