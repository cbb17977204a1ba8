#!/usr/bin/python
"""Check that cluster and Helm meet the requirements of the hub. Changes nothing."""

DOCUMENTATION = r"""
module: hub_prerequisites
short_description: Check that cluster and Helm meet the requirements of the hub
description:
  - Finds all problems at once, and fails with a sentence for each. Changes nothing.
  - Waits for the storage class of a cluster younger than O(timeout), since its add-ons may still create one.
  - In check mode the cluster or its kubeconfig need not exist yet; RV(cluster) says whether it does.
options:
  kubeconfig: {type: path, required: true, description: "Kubeconfig of the cluster."}
  namespace: {type: str, required: true, description: "Namespace of the hub."}
  helm: {type: str, default: helm, description: "Program Helm, by name or path."}
  chart_path: {type: path, description: "Packaged chart on the controller."}
  storage_class: {type: str, description: "Storage class of homes; null is the cluster's default."}
  timeout: {type: int, default: 900, description: "Age in seconds at which a cluster should have its add-ons."}
  progress_state: {type: dict, default: {}, description: "State that the action plugin hands to the next call; unused."}
author: [openstack-hub]
"""

EXAMPLES = r"""
- name: Check cluster and Helm
  hub_prerequisites:
    kubeconfig: ~/.kube/config
    namespace: jupyterhub
"""

RETURN = r"""
cluster: {description: "Whether the cluster exists and answers.", type: bool, returned: success}
namespace: {description: "Whether the namespace exists.", type: bool, returned: success}
helm: {description: "Path of Helm.", type: str, returned: success}
actions: {description: "None.", returned: always, type: list, elements: str}
pending: {description: "What is pending, or null.", returned: success, type: str}
progress: {description: "None.", returned: success, type: list, elements: str}
"""

import sys
import time

from ansible.module_utils.basic import AnsibleModule

POLL = 10  # seconds between two polls


def helm_version(module):
    """(path of Helm or None, what it prints as its version)."""
    path = module.get_bin_path(module.params["helm"])
    if not path:
        return None, ""
    _, output, errors = module.run_command([path, "version", "--template", "{{.Version}}"])
    return path, output or errors


def main():
    module = AnsibleModule(
        {
            "kubeconfig": {"type": "path", "required": True},
            "namespace": {"type": "str", "required": True},
            "helm": {"type": "str", "default": "helm"},
            "chart_path": {"type": "path"},
            "storage_class": {"type": "str"},
            "timeout": {"type": "int", "default": 900},
            "progress_state": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    try:
        from openstack_hub.kubernetes import preflight, programs
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    settings = [module.params[name] for name in ("kubeconfig", "namespace", "storage_class", "timeout")]
    path, version = helm_version(module)
    problems = [
        programs.helm_problem(module.params["helm"], path, version),
        programs.chart_problem(module.params["chart_path"]),
    ]
    facts, cluster_problems = preflight.check_cluster(*settings, module.check_mode)
    if problems := [*filter(None, problems), *cluster_problems]:
        module.fail_json(msg="\n".join(problems), actions=[])
    result = {"changed": False, "actions": [], "pending": None, "progress": [], "helm": path, **facts}
    if result["pending"]:
        time.sleep(POLL)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
