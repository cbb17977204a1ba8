"""Create, change and remove the node groups of a Magnum cluster."""

DOCUMENTATION = r"""
module: magnum_nodegroups
short_description: Create, change and remove the node groups of a Magnum cluster
description:
  - Creates missing groups, sets bounds, labels and taints, removes groups that are not listed; one after the other.
  - Node counts within the bounds are the autoscaler's and never changed; others are moved into the bounds.
  - Flavor and image cannot be changed. With I(replace) a new group is created first, then the old one is removed.
  - The action plugin of the same name shows progress while it waits, and fails with all reasons when a state is failed.
options:
  cloud: {type: str, required: true, description: "Entry of clouds.yaml."}
  cluster: {type: str, required: true, description: "UUID of the cluster. In check mode it need not exist yet."}
  groups:
    type: list
    elements: dict
    required: true
    description: "The groups. The first must be C(default-worker), which Magnum creates with the cluster."
    suboptions:
      name: {type: str, required: true, description: "Name in Magnum."}
      title: {type: str, required: true, description: "Name in messages."}
      flavor_id: {type: str, required: true, description: "Flavor of its nodes."}
      image_id: {type: str, description: "Image, where it is not the cluster's."}
      min: {type: int, default: 0, description: "Minimum number of nodes."}
      max: {type: int, required: true, description: "Maximum number of nodes."}
      node_labels: {type: dict, default: {}, description: "Labels of its nodes; from microversion 1.14."}
      node_taints:
        {type: list, elements: dict, default: [], description: "Taints: C(key), C(value), C(effect); from 1.14."}
  replace: {type: bool, default: false, description: "Replace a group whose flavor or image differs."}
  recreate: {type: bool, default: false, description: "Delete a group whose creation failed, and create it again."}
  wait: {type: int, default: 15, description: "Seconds of one call."}
  timeout: {type: int, default: 900, description: "Seconds without progress after which the action plugin fails."}
  progress_state: {type: dict, default: {}, description: "What the call before returned; see RV(progress_state)."}
author: ["openstack-hub"]
"""

EXAMPLES = r"""
- name: Create two node groups
  magnum_nodegroups:
    cloud: mycloud
    cluster: "{{ cluster.uuid }}"
    groups:
      - {name: default-worker, title: standard, flavor_id: l3.micro, min: 2, max: 10}
      - {name: gpu, title: gpu, flavor_id: g-a4000, min: 0, max: 2}
"""

RETURN = r"""
node_groups: {description: "The worker groups as the API returns them.", returned: success, type: list, elements: dict}
actions: {description: "What was done, or would be.", returned: always, type: list, elements: str}
pending: {description: "What is pending; null when everything is as desired.", returned: always, type: str}
progress: {description: "Progress lines.", returned: always, type: list, elements: str}
progress_state: {description: "For the next call of the action plugin.", returned: always, type: dict}
"""

import sys

from ansible.module_utils.basic import AnsibleModule

GROUP = {
    "name": {"type": "str", "required": True},
    "title": {"type": "str", "required": True},
    "flavor_id": {"type": "str", "required": True},
    "image_id": {"type": "str"},
    "min": {"type": "int", "default": 0},
    "max": {"type": "int", "required": True},
    "node_labels": {"type": "dict", "default": {}},
    "node_taints": {"type": "list", "elements": "dict", "default": []},
}
ARGUMENTS = {
    "cloud": {"type": "str", "required": True},
    "cluster": {"type": "str", "required": True},
    "groups": {"type": "list", "elements": "dict", "required": True, "options": GROUP},
    "replace": {"type": "bool", "default": False},
    "recreate": {"type": "bool", "default": False},
    "wait": {"type": "int", "default": 15},
    "timeout": {"type": "int", "default": 900},
    "progress_state": {"type": "dict", "default": {}},
}


def main():
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    try:
        from openstack_hub.openstack.node_group_reconciliation import NodeGroupReconciliation
        from openstack_hub.openstack.poll import reconcile
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    reconcile(module, NodeGroupReconciliation)


if __name__ == "__main__":
    main()
