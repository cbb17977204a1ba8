"""One cluster of a name in Magnum."""

DOCUMENTATION = r"""
module: magnum_cluster
short_description: Make, adopt, upgrade or delete the one cluster of a name
description:
  - Looks for the cluster by its name in the project and does what is missing; a second one of the name is never made.
    Of two that are made at the same moment the younger withdraws.
  - What Magnum cannot change is never tried. The error says what differs and what can be done.
  - Upgrades go minor by minor; the other node groups follow before the next step.
  - The action plugin of the same name shows what goes on while it waits, and ends with all reasons when a state has
    failed.
options:
  cloud: {type: str, required: true, description: "Entry of clouds.yaml."}
  name: {type: str, required: true, description: "Name of the cluster."}
  template:
    type: dict
    description: "Its template: C(name), C(version) of Kubernetes, and the fields of M(magnum_cluster_template)."
  upgrade_steps:
    {type: list, elements: dict, default: [], description: "Templates on the way of an upgrade, in the same form."}
  master_count: {type: int, default: 1, description: "Machines of the control plane."}
  master_flavor_id: {type: str, description: "Their flavor."}
  flavor_id: {type: str, description: "Flavor of the first node group."}
  node_count: {type: int, default: 1, description: "Machines of the first node group to begin with."}
  keypair: {type: str, description: "SSH key pair."}
  fixed_network: {type: str, description: "Network of the machines."}
  labels: {type: dict, default: {}, description: "Labels besides those of the template. They can never be changed."}
  create_timeout: {type: int, default: 60, description: "Minutes after which Magnum itself gives up."}
  adopt: {type: bool, default: false, description: "Take over a cluster of the name that somebody else made."}
  recreate: {type: bool, default: false, description: "Delete a cluster whose creation failed, and make it anew."}
  state:
    {type: str, choices: [present, absent, info], default: present, description: "Whether it exists; C(info) looks."}
  wait: {type: int, default: 15, description: "Seconds of one pass."}
  timeout: {type: int, default: 1800, description: "Seconds in which something must move. Kept by the action plugin."}
  sofar: {type: dict, default: {}, description: "Handed from pass to pass by the action plugin."}
author: ["openstack-hub"]
"""

EXAMPLES = r"""
- name: Have a cluster
  magnum_cluster:
    cloud: mycloud
    name: jupyterhub
    template: {name: jupyterhub-v1.33.4, version: v1.33.4, image_id: ubuntu-kube-v1.33.4, network_driver: calico}
    master_flavor_id: m1.medium
    flavor_id: l3.micro
"""

RETURN = r"""
cluster:
  description: What the API says about the cluster; absent when there is none, and in check mode when it would be made.
  returned: when it exists
  type: dict
template: {description: "Name of the template that it has, or will have.", returned: success, type: str}
actions: {description: "What was done, or would be, in sentences.", returned: always, type: list, elements: str}
pending: {description: "What is awaited; null when all is as wanted.", returned: always, type: str}
progress: {description: "Lines about what goes on.", returned: always, type: list, elements: str}
"""

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.openstack.cluster_reconciliation import ClusterSteps
from openstack_hub.openstack.magnum_client import ARGUMENTS, connect
from openstack_hub.openstack.poll import run


def main():
    module = AnsibleModule(
        argument_spec={
            **ARGUMENTS,
            "name": {"required": True},
            "template": {"type": "dict"},
            "upgrade_steps": {"type": "list", "elements": "dict", "default": []},
            "master_count": {"type": "int", "default": 1},
            "master_flavor_id": {},
            "flavor_id": {},
            "node_count": {"type": "int", "default": 1},
            "keypair": {},
            "fixed_network": {},
            "labels": {"type": "dict", "default": {}},
            "create_timeout": {"type": "int", "default": 60},
            "adopt": {"type": "bool", "default": False},
            "recreate": {"type": "bool", "default": False},
            "state": {"choices": ["present", "absent", "info"], "default": "present"},
            "timeout": {"type": "int", "default": 1800},
        },
        required_if=[("state", "present", ("template", "master_flavor_id", "flavor_id"))],
        supports_check_mode=True,
    )
    run(module, ClusterSteps(connect(module), module.params))


if __name__ == "__main__":
    main()
