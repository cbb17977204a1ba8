"""Create, adopt, upgrade, resize or delete one Magnum cluster."""

DOCUMENTATION = r"""
module: magnum_cluster
short_description: Create, adopt, upgrade, resize or delete one Magnum cluster
description:
  - Finds the cluster by its name in the project and does what is missing; never creates a second one of that name.
    When two runs create one at the same moment, the newer cluster is deleted.
  - Never tries what Magnum cannot change. The error names the difference and the way out.
  - Upgrades minor by minor; all node groups are upgraded before the next minor.
  - The action plugin of the same name shows progress while it waits, and fails with all reasons when a state is failed.
options:
  cloud: {type: str, required: true, description: "Entry of clouds.yaml."}
  name: {type: str, required: true, description: "Name of the cluster."}
  template:
    type: dict
    description:
      - "Its template: C(name), C(version) of Kubernetes, C(image_id), C(external_network_id), C(network_driver),
        C(floating_ip_enabled), C(master_lb_enabled) and C(labels). It is created when it is missing."
  upgrade_steps:
    {type: list, elements: dict, default: [], description: "Templates of intermediate versions, in the same form."}
  master_count: {type: int, default: 1, description: "Nodes of the control plane."}
  master_flavor_id: {type: str, description: "Their flavor."}
  flavor_id: {type: str, description: "Flavor of the first node group."}
  node_count: {type: int, default: 1, description: "Initial number of nodes of the first node group."}
  keypair: {type: str, description: "SSH key pair."}
  fixed_network: {type: str, description: "Network of the nodes."}
  labels: {type: dict, default: {}, description: "Labels in addition to the template's. They can never be changed."}
  create_timeout: {type: int, default: 60, description: "Minutes after which Magnum itself gives up."}
  adopt: {type: bool, default: false, description: "Adopt a cluster that somebody else created, or delete it."}
  recreate: {type: bool, default: false, description: "Delete a cluster whose creation failed, and create it again."}
  state:
    type: str
    choices: [present, absent]
    default: present
    description: "Whether it exists. In check mode C(absent) also tells whether it may be deleted."
  wait: {type: int, default: 15, description: "Seconds of one call."}
  timeout: {type: int, default: 1800, description: "Seconds without progress after which the action plugin fails."}
  progress_state: {type: dict, default: {}, description: "What the call before returned; see RV(progress_state)."}
author: ["openstack-hub"]
"""

EXAMPLES = r"""
- name: Create a cluster
  magnum_cluster:
    cloud: mycloud
    name: jupyterhub
    template: {name: jupyterhub-v1.33.4, version: v1.33.4, image_id: ubuntu-kube-v1.33.4, network_driver: calico}
    master_flavor_id: m1.medium
    flavor_id: l3.micro
"""

RETURN = r"""
cluster:
  description: The cluster as the API returns it; absent when there is none, and in check mode when it would be created.
  returned: when it exists
  type: dict
template: {description: "Name of the template that it has, or will have.", returned: success, type: str}
actions: {description: "What was done, or would be.", returned: always, type: list, elements: str}
pending: {description: "What is pending; null when everything is as desired.", returned: always, type: str}
progress: {description: "Progress lines.", returned: always, type: list, elements: str}
progress_state: {description: "For the next call of the action plugin.", returned: always, type: dict}
"""

import sys

from ansible.module_utils.basic import AnsibleModule

ARGUMENTS = {
    "cloud": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "template": {"type": "dict"},
    "upgrade_steps": {"type": "list", "elements": "dict", "default": []},
    "master_count": {"type": "int", "default": 1},
    "master_flavor_id": {"type": "str"},
    "flavor_id": {"type": "str"},
    "node_count": {"type": "int", "default": 1},
    "keypair": {"type": "str"},
    "fixed_network": {"type": "str"},
    "labels": {"type": "dict", "default": {}},
    "create_timeout": {"type": "int", "default": 60},
    "adopt": {"type": "bool", "default": False},
    "recreate": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "wait": {"type": "int", "default": 15},
    "timeout": {"type": "int", "default": 1800},
    "progress_state": {"type": "dict", "default": {}},
}
REQUIRED_IF = [("state", "present", ("template", "master_flavor_id", "flavor_id"))]


def main():
    module = AnsibleModule(ARGUMENTS, required_if=REQUIRED_IF, supports_check_mode=True)
    try:
        from openstack_hub.openstack.cluster_reconciliation import ClusterReconciliation
        from openstack_hub.openstack.poll import reconcile
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    reconcile(module, ClusterReconciliation)


if __name__ == "__main__":
    main()
