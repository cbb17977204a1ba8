#!/usr/bin/python
"""Create what a site needs in its project in addition to the cluster: network, Apache's instance and its address."""

DOCUMENTATION = """
module: cloud_site
short_description: Create a site's network, and the instance for Apache with its address
description:
  - Creates a network with subnet and router, and an instance with its own security group, port and floating IP.
  - Finds what it created by name and description, so that an interrupted run is continued, and nothing is created
    twice. Two resources of one name are an error that lists both.
  - The floating IP outlives the instance. An instance that was deleted gets the same addresses again, the public one
    and that in its network, because the port is kept.
  - Never replaces what exists. An error names the difference and the way out.
  - Reads everything first and compares it once; check mode predicts the actions of a run.
options:
  cloud: {description: Name of the entry in clouds.yaml., type: str, required: true}
  site: {description: "Name of the site; the instance and its parts add C(-web).", type: str, required: true}
  network:
    description: Network of the instance and of the cluster's nodes.
    type: dict
    required: true
    suboptions:
      name: {description: Name of the network., type: str, required: true}
      cidr:
        description: Its addresses. With it, a missing network is created; without it, the network must exist.
        type: str
  external_network:
    {description: Network from which the floating IP comes; without it there is none., type: str}
  instance:
    description: The instance; without it only the network is created.
    type: dict
    suboptions:
      flavor: {description: Its flavor., type: str, required: true}
      image: {description: Its image., type: str, required: true}
      key: {description: Its SSH key pair., type: str}
  public_ports: {description: TCP ports open to everybody., type: list, elements: int, default: [80, 443]}
  ssh_cidrs: {description: Networks that may connect to TCP port 22., type: list, elements: str, default: []}
  timeout: {description: Seconds to wait for the instance., type: int, default: 300}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Create the network and the instance
  cloud_site:
    cloud: mycloud
    site: jupyterhub
    network: {name: jupyterhub, cidr: 10.20.0.0/24}
    external_network: External
    instance: {flavor: m1.small, image: debian-12, key: operators}
    ssh_cidrs: [192.0.2.0/24]
"""

RETURN = """
actions: {description: "What was done, or would be.", type: list, elements: str, returned: always}
public_address: {description: "The instance's floating IP, or null.", type: str, returned: success}
private_address: {description: "The instance's address in its network, or null.", type: str, returned: success}
user: {description: "User of the image, or null where the image does not tell it.", type: str, returned: success}
has_dns: {description: Whether the cloud has Designate., type: bool, returned: success}
"""

import sys

from ansible.module_utils.basic import AnsibleModule

NETWORK = {"name": {"type": "str", "required": True}, "cidr": {"type": "str"}}
INSTANCE = {
    "flavor": {"type": "str", "required": True},
    "image": {"type": "str", "required": True},
    "key": {"type": "str", "no_log": False},  # the name of a key pair
}
ARGUMENTS = {
    "cloud": {"type": "str", "required": True},
    "site": {"type": "str", "required": True},
    "network": {"type": "dict", "required": True, "options": NETWORK},
    "external_network": {"type": "str"},
    "instance": {"type": "dict", "options": INSTANCE},
    "public_ports": {"type": "list", "elements": "int", "default": [80, 443]},
    "ssh_cidrs": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 300},
}


def main():
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    try:
        from openstack_hub.openstack.connection import connect_for_changes, exclusive_run
        from openstack_hub.openstack.errors import ImpossibleChange, OpenStackError
        from openstack_hub.openstack.site_reconciliation import reconcile
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    actions = []
    try:
        cloud = connect_for_changes(module.params["cloud"])
        with exclusive_run(module.params["timeout"]):
            existing = reconcile(cloud, module.params, actions, module.check_mode)
    except (ImpossibleChange, OpenStackError) as error:
        module.fail_json(msg=str(error), actions=actions, changed=bool(actions) and not module.check_mode)
    port = next(iter(existing["ports"]), {})
    addresses = [a["address"] for a in existing["addresses"] if a["port_id"] and a["port_id"] == port.get("id")]
    module.exit_json(
        changed=bool(actions),
        actions=actions,
        public_address=addresses[0] if addresses else None,
        private_address=port.get("private_address"),
        user=next((image["user"] for image in existing["images"]), None),
        has_dns=cloud.has_service("dns"),
        diff={"before": "", "after": "".join(f"{action}\n" for action in actions)},
    )


if __name__ == "__main__":
    main()
