"""Cluster templates of Magnum."""

DOCUMENTATION = r"""
module: magnum_cluster_template
short_description: Make a cluster template of Magnum, or remove those that nothing uses
description:
  - Templates are never changed, because Magnum refuses it once a cluster uses them. A template of the name that
    differs is an error.
  - With I(state=absent) every template of the project whose name matches I(family) goes, but those in I(keep) and
    those in use.
options:
  cloud: {type: str, required: true, description: "Entry of clouds.yaml."}
  name: {type: str, description: "Name of the template; it should tell the version and what is special."}
  image_id: {type: str, description: "Image of the machines, by name or id; it must carry the property C(os_distro)."}
  external_network_id: {type: str, description: "Network of public addresses, by name or id."}
  network_driver: {type: str, description: "C(calico) or C(cilium)."}
  dns_nameserver: {type: str, description: "Name servers, separated by commas."}
  keypair_id: {type: str, description: "SSH key pair."}
  fixed_network: {type: str, description: "Network of the machines; Magnum makes one when it is not given."}
  fixed_subnet: {type: str, description: "Its subnet."}
  flavor_id: {type: str, description: "Flavor of workers, where the cluster names none."}
  master_flavor_id: {type: str, description: "Flavor of the control plane, where the cluster names none."}
  floating_ip_enabled: {type: bool, description: "Whether each machine gets a public address."}
  master_lb_enabled: {type: bool, description: "Whether a load balancer stands before the control plane."}
  labels: {type: dict, default: {}, description: "Labels; values become strings."}
  family: {type: str, description: "Regular expression, with I(state=absent)."}
  keep: {type: list, elements: str, default: [], description: "Names that stay, with I(state=absent)."}
  state: {type: str, choices: [present, absent], default: present, description: "Whether it exists."}
  wait: {type: int, default: 15, description: "Seconds that one pass goes on when the cloud does not answer."}
  timeout: {type: int, default: 120, description: "Seconds in all; see M(magnum_cluster)."}
  sofar: {type: dict, default: {}, description: "Handed from pass to pass by the action plugin."}
author: ["openstack-hub"]
"""

EXAMPLES = r"""
- name: Make the template of a version
  magnum_cluster_template:
    cloud: mycloud
    name: jupyterhub-v1.33.4
    image_id: ubuntu-kube-v1.33.4
    external_network_id: External
    network_driver: calico
    floating_ip_enabled: false
    master_lb_enabled: true
    labels: {kube_tag: v1.33.4}
"""

RETURN = r"""
template: {description: "The template as the API has it.", returned: when it exists, type: dict}
actions: {description: "What was done, or would be, in sentences.", returned: always, type: list, elements: str}
pending: {description: "What is awaited; null when all is as wanted.", returned: always, type: str}
"""

import re

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.openstack.cluster_templates import FIELDS, create, ensure, remove
from openstack_hub.openstack.magnum_client import ARGUMENTS, connect
from openstack_hub.openstack.poll import run


def main():
    module = AnsibleModule(
        argument_spec={
            **ARGUMENTS,
            **{field: {"type": "str"} for field in FIELDS if field not in ("labels",)},
            "floating_ip_enabled": {"type": "bool"},
            "master_lb_enabled": {"type": "bool"},
            "labels": {"type": "dict", "default": {}},
            "name": {"type": "str"},
            "family": {"type": "str"},
            "keep": {"type": "list", "elements": "str", "default": []},
            "state": {"choices": ["present", "absent"], "default": "present"},
            "timeout": {"type": "int", "default": 120},
        },
        required_if=[("state", "present", ("name", "image_id")), ("state", "absent", ("family",))],
        supports_check_mode=True,
    )
    magnum, wanted = connect(module), module.params

    def step(current):
        if wanted["state"] == "absent":
            remove(magnum, current, re.compile(wanted["family"]), wanted["keep"])
            return
        name, content = (
            wanted["name"],
            {field: wanted[field] for field in ("name", *FIELDS) if wanted[field] is not None},
        )
        there = ensure(magnum, content)
        if not there:
            sentence = f"create cluster template {name}"
            current.diff = {"before": "", "after": {name: content}}
            if current.check:
                current.actions = [sentence]
            else:
                there = current.ask(f"template {name}", sentence, lambda: create(magnum, content))
        if there:
            current.result["template"] = there

    run(module, step)


if __name__ == "__main__":
    main()
