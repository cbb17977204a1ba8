#!/usr/bin/python
"""Find where Apache reaches the hub of a Kubernetes cluster. Changes nothing."""

DOCUMENTATION = """
module: hub_backends
short_description: Where Apache reaches a hub on Kubernetes
description:
  - Reads the Service of the hub's proxy. Returns the URLs of a load balancer, but none for node ports, because the node
    of the proxy changes.
  - For a load balancer without an address RV(pending) gives the reason from the cluster's events; retry with C(until).
options:
  kubeconfig: {description: Path of the cluster's kubeconfig., type: path, required: true}
  namespace: {description: The hub's namespace., type: str, required: true}
  service: {description: Name of the Service., type: str, default: proxy-public}
requirements: [kubernetes]
author: [openstack-hub]
"""

EXAMPLES = """
- name: Find the hub in its cluster
  hub_backends:
    kubeconfig: .kube/config
    namespace: jupyterhub
  register: hub
  until: not hub.pending
  retries: 180
  delay: 5
"""

RETURN = """
type: {description: C(load_balancer) or C(node_port); empty when there is no Service., type: str, returned: always}
backends: {description: "Addresses of the load balancer, as URLs.", type: list, elements: str, returned: always}
reader: {description: "Whether the account exists with which Apache's machine finds the node of the proxy.", type: bool,
         returned: always}
pending: {description: "Why there is no URL yet, or empty.", type: str, returned: always}
server: {description: Address of the cluster's API., type: str, returned: always}
ca: {description: "The API's CA in PEM; empty where the system's authorities are used.", type: str, returned: always}
"""

import sys
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(
        {
            "kubeconfig": {"type": "path", "required": True},
            "namespace": {"type": "str", "required": True},
            "service": {"type": "str", "default": "proxy-public"},
        },
        supports_check_mode=True,
    )
    try:
        from openstack_hub.kubernetes.backends import find_backends
        from openstack_hub.kubernetes.client import Api, Refused, Unreachable
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    params, error = module.params, ""
    result = {"type": "", "backends": [], "pending": "", "reader": False, "server": "", "ca": ""}
    try:
        api = Api(params["kubeconfig"])
        result |= {"server": api.server, "ca": Path(api.ca_file).read_text() if api.ca_file else ""}
        result |= find_backends(api, params["namespace"], params["service"])
    except Refused as refusal:
        error = f"{params['service']} in namespace {params['namespace']}: {refusal}"
        error += ". Run hub.yml first" if refusal.status == 404 else ""
    except Unreachable as failure:
        error = f"the cluster does not answer: {failure}"
    if error and not module.check_mode:  # in check mode the Service may not exist yet
        module.fail_json(msg=error, **result)
    module.exit_json(**result | {"pending": error or result["pending"], "msg": error or result["pending"]})


if __name__ == "__main__":
    main()
