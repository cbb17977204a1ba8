#!/usr/bin/python
"""Read the state of a hub and its cluster as plain data. Changes nothing."""

DOCUMENTATION = """
module: hub_facts
short_description: State of a hub and its cluster
description:
  - Reads the hub's API with the culler's token and, where there is one, the cluster's API; changes nothing.
  - Does not fail when a part does not answer, but returns that in RV(unanswered).
  - The filter C(hub_status) formats what it returns for the terminal.
options:
  model: {description: The hub's model., type: dict, required: true}
  certificate: {description: "PEM file of Apache's certificate.", type: path, required: true}
  token: {description: Token of the culler., type: str, required: true}
  hide: {description: "Secrets to remove from messages of pods.", type: dict, default: {}}
  kubeconfig: {description: "Kubeconfig of the hub's cluster; without it, there is none.", type: path}
  release: {description: Name of the Helm release., type: str}
  patches: {description: As for M(hub_release)., type: list, elements: dict, default: []}
  additions: {description: As for M(hub_release)., type: list, elements: dict, default: []}
requirements: [kubernetes]
author: [openstack-hub]
"""

EXAMPLES = """
- name: Read the state of hub and cluster
  hub_facts:
    model: "{{ openstack_hub_model }}"
    certificate: certificates/hub.crt
    token: "{{ hub_culler_token }}"
    kubeconfig: .kube/config
    release: jupyterhub
  register: hub
"""

RETURN = """
unanswered: {description: "Part -> why it did not answer: hub, cluster, release, nodes, pods or homes.", type: dict,
             returned: always}
asked: {description: When they were asked., type: dict, returned: always}
certificates: {description: "C(hub) and C(kubeconfig): when each expires, ISO 8601, or null.", type: dict,
               returned: always}
hub: {description: "C(version), number of C(users), C(servers) with user, profile, ready, last_activity.", type: dict,
      returned: with the hub}
release: {description: "Helm's record of it, or null.", type: dict, returned: with a cluster}
drift: {description: "Objects of the release that differ from its manifest, each with the fields.", type: list,
        elements: str, returned: with a cluster}
nodes: {description: "Nodes with C(labels), C(ready), C(cordoned), C(allocatable) and C(free) resources.", type: list,
        elements: dict, returned: with a cluster}
pods: {description: "Pods of the namespace with C(ready), and otherwise the C(reason).", type: list, elements: dict,
       returned: with a cluster}
homes: {description: "C(count) and C(bytes) of the claims.", type: dict, returned: with a cluster}
"""

import sys

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(
        {
            "model": {"type": "dict", "required": True},
            "certificate": {"type": "path", "required": True},
            "token": {"type": "str", "required": True, "no_log": True},
            "hide": {"type": "dict", "default": {}, "no_log": True},
            "kubeconfig": {"type": "path"},
            "release": {"type": "str"},
            "patches": {"type": "list", "elements": "dict", "default": []},
            "additions": {"type": "list", "elements": "dict", "default": []},
        },
        supports_check_mode=True,
    )
    try:
        from openstack_hub.kubernetes.hub_facts import read_facts
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    module.exit_json(changed=False, **read_facts(module.params))


if __name__ == "__main__":
    main()
