#!/usr/bin/python
"""Delete load balancers, user servers or homes through the Kubernetes API, and report what remains."""

DOCUMENTATION = """
module: hub_removal
short_description: Delete load balancers, user servers or homes of a hub
description:
  - C(services) are Services of type LoadBalancer, whose load balancers nobody deletes once the cluster is gone;
    C(servers) are pods of users; C(homes) are claims of users and the hub's own, with their data.
  - Waits until they are deleted, for O(timeout) at most.
  - Does not fail when the cluster does not answer, but returns that in RV(answers).
options:
  kubeconfig: {description: Path of the cluster's kubeconfig; it need not exist., type: path, required: true}
  namespace: {description: "The hub's namespace. Without it, all namespaces.", type: str}
  what:
    description: What to delete.
    type: list
    elements: str
    choices: [services, servers, homes]
    required: true
  timeout: {description: Seconds in all., type: int, default: 300}
requirements: [kubernetes]
author: [openstack-hub]
"""

EXAMPLES = """
- name: Delete load balancers while the cluster exists
  hub_removal:
    kubeconfig: .kube/config
    what: [services]
"""

RETURN = """
answers: {description: Whether the cluster answers., type: bool, returned: always}
removed: {description: "What was removed, or would be.", type: list, elements: dict, returned: always,
          sample: [{kind: Service, name: jupyterhub/proxy-public, id: 0a1b2c3d-0000-0000-0000-000000000000}]}
remains: {description: "What could not be removed or listed, with the C(reason).", type: list, elements: dict,
          returned: always}
"""

import sys
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(
        {
            "kubeconfig": {"type": "path", "required": True},
            "namespace": {"type": "str"},
            "what": {"type": "list", "elements": "str", "choices": ["services", "servers", "homes"], "required": True},
            "timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    try:
        from openstack_hub.kubernetes.client import Api, Refused
        from openstack_hub.kubernetes.removal import remove_all
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    params, removed, remaining, error = module.params, [], [], ""
    answers = Path(params["kubeconfig"]).is_file()
    if answers:
        try:
            api = Api(params["kubeconfig"])
            settings = params["what"], params["namespace"], params["timeout"]
            removed, remaining, error = remove_all(api, *settings, module.check_mode)
        except (Refused, OSError) as failure:
            error = f"the kubeconfig cannot be used: {failure}"
    if error:
        answers, remaining = False, [*remaining, {"kind": "Kubernetes", "name": "", "id": "", "reason": error}]
    lines = [f"{each['kind']} {each['name']}\n" for each in removed]
    for each in (*removed, *remaining):
        each.pop("path", None)
    diff = {"before": "".join(lines), "after": ""}
    module.exit_json(changed=bool(lines), diff=diff, answers=answers, removed=removed, remains=remaining)


if __name__ == "__main__":
    main()
