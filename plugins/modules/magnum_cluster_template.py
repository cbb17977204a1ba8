"""Create a Magnum cluster template, or delete unused ones."""

DOCUMENTATION = r"""
module: magnum_cluster_template
short_description: Create a Magnum cluster template, or delete unused ones
description:
  - Never changes a template, because Magnum refuses that once a cluster uses it. An existing template of that name with
    other content is an error.
  - With I(state=absent) deletes every template of the project whose name matches I(family), but not those in I(keep)
    and those in use.
options:
  cloud: {type: str, required: true, description: "Entry of clouds.yaml."}
  name: {type: str, description: "Name of the template."}
  image_id: {type: str, description: "Image of the nodes, by name or id; it must carry the property C(os_distro)."}
  external_network_id: {type: str, description: "Network of public addresses, by name or id."}
  network_driver: {type: str, description: "C(calico) or C(cilium)."}
  dns_nameserver: {type: str, description: "Name servers, separated by commas."}
  keypair_id: {type: str, description: "SSH key pair."}
  fixed_network: {type: str, description: "Network of the nodes; Magnum creates one when it is not given."}
  fixed_subnet: {type: str, description: "Its subnet."}
  flavor_id: {type: str, description: "Flavor of workers, where the cluster names none."}
  master_flavor_id: {type: str, description: "Flavor of the control plane, where the cluster names none."}
  floating_ip_enabled: {type: bool, description: "Whether each node gets a floating IP."}
  master_lb_enabled: {type: bool, description: "Whether the control plane has a load balancer."}
  labels: {type: dict, default: {}, description: "Labels; values become strings."}
  family: {type: str, description: "Regular expression, with I(state=absent)."}
  keep: {type: list, elements: str, default: [], description: "Names that are kept, with I(state=absent)."}
  state: {type: str, choices: [present, absent], default: present, description: "Whether it exists."}
  wait: {type: int, default: 15, description: "Seconds of one call, when the cloud does not answer."}
  timeout: {type: int, default: 120, description: "Seconds without progress after which the action plugin fails."}
  progress_state: {type: dict, default: {}, description: "What the call before returned; see RV(progress_state)."}
author: ["openstack-hub"]
"""

EXAMPLES = r"""
- name: Create the template of a version
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
template: {description: "The template as the API returns it.", returned: when it exists, type: dict}
actions: {description: "What was done, or would be.", returned: always, type: list, elements: str}
pending: {description: "What is awaited; null when everything is as desired.", returned: always, type: str}
progress: {description: "Progress lines.", returned: always, type: list, elements: str}
progress_state: {description: "For the next call of the action plugin.", returned: always, type: dict}
"""

import sys

from ansible.module_utils.basic import AnsibleModule

STRINGS = (
    "name", "image_id", "external_network_id", "network_driver", "dns_nameserver", "master_flavor_id", "flavor_id",
    "keypair_id", "fixed_network", "fixed_subnet", "family",
)  # fmt: skip
ARGUMENTS = {
    **{name: {"type": "str"} for name in STRINGS},
    "cloud": {"type": "str", "required": True},
    "floating_ip_enabled": {"type": "bool"},
    "master_lb_enabled": {"type": "bool"},
    "labels": {"type": "dict", "default": {}},
    "keep": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "wait": {"type": "int", "default": 15},
    "timeout": {"type": "int", "default": 120},
    "progress_state": {"type": "dict", "default": {}},
}
REQUIRED_IF = [("state", "present", ("name", "image_id")), ("state", "absent", ("family",))]


def main():
    module = AnsibleModule(ARGUMENTS, required_if=REQUIRED_IF, supports_check_mode=True)
    try:
        from openstack_hub.openstack.cluster_templates import TemplateReconciliation
        from openstack_hub.openstack.poll import reconcile
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    reconcile(module, TemplateReconciliation)


if __name__ == "__main__":
    main()
