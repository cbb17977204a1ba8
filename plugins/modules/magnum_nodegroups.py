"""All node groups of a cluster in Magnum, as one list."""

DOCUMENTATION = r"""
module: magnum_nodegroups
short_description: Have exactly these node groups in a cluster
description:
  - Makes what is missing, sets bounds, labels and taints, removes what is no longer listed; one group after the other.
  - An autoscaler's counts are left alone within the bounds, and moved only into them.
  - Flavor and image cannot be changed. With I(replace) a new group is made first, then the old one is removed.
  - The action plugin of the same name shows what goes on while it waits, and ends with all reasons when a state has
    failed.
options:
  cloud: {type: str, required: true, description: "Entry of clouds.yaml."}
  cluster: {type: str, required: true, description: "UUID of the cluster. In check mode it need not exist yet."}
  groups:
    type: list
    elements: dict
    required: true
    description: "The groups. The first must be C(default-worker), which Magnum makes with the cluster."
    suboptions:
      name: {type: str, required: true, description: "Name in Magnum."}
      title: {type: str, required: true, description: "Name for people."}
      flavor_id: {type: str, required: true, description: "Flavor of its machines."}
      image_id: {type: str, description: "Image, when it is another than the cluster's."}
      min: {type: int, default: 0, description: "So many machines at least."}
      max: {type: int, required: true, description: "So many machines at most."}
      node_labels: {type: dict, default: {}, description: "Labels of its nodes, where Magnum speaks 1.14."}
      node_taints:
        {type: list, elements: dict, default: [], description: "Taints: C(key), C(value), C(effect); from 1.14."}
  replace: {type: bool, default: false, description: "Replace a group whose flavor or image is another."}
  recreate: {type: bool, default: false, description: "Make a group anew whose creation failed."}
  wait: {type: int, default: 15, description: "Seconds of one pass."}
  timeout: {type: int, default: 900, description: "Seconds in which something must move. Kept by the action plugin."}
  sofar: {type: dict, default: {}, description: "Handed from pass to pass by the action plugin."}
author: ["openstack-hub"]
"""

EXAMPLES = r"""
- name: Have two node groups
  magnum_nodegroups:
    cloud: mycloud
    cluster: "{{ cluster.uuid }}"
    groups:
      - {name: default-worker, title: standard, flavor_id: l3.micro, min: 2, max: 10}
      - {name: gpu, title: gpu, flavor_id: g-a4000, min: 0, max: 2}
"""

RETURN = r"""
node_groups: {description: "The worker groups as the API has them.", returned: success, type: list, elements: dict}
actions: {description: "What was done, or would be, in sentences.", returned: always, type: list, elements: str}
pending: {description: "What is awaited; null when all is as wanted.", returned: always, type: str}
progress: {description: "Lines about what goes on.", returned: always, type: list, elements: str}
"""

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.openstack.magnum_client import ARGUMENTS, connect
from openstack_hub.openstack.node_group_reconciliation import GroupSteps
from openstack_hub.openstack.poll import run


def main():
    group = {
        "name": {"required": True},
        "title": {"required": True},
        "flavor_id": {"required": True},
        "image_id": {},
        "min": {"type": "int", "default": 0},
        "max": {"type": "int", "required": True},
        "node_labels": {"type": "dict", "default": {}},
        "node_taints": {"type": "list", "elements": "dict", "default": []},
    }
    module = AnsibleModule(
        argument_spec={
            **ARGUMENTS,
            "cluster": {"required": True},
            "groups": {"type": "list", "elements": "dict", "required": True, "options": group},
            "replace": {"type": "bool", "default": False},
            "recreate": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 900},
        },
        supports_check_mode=True,
    )
    run(module, GroupSteps(connect(module), module.params))


if __name__ == "__main__":
    main()
