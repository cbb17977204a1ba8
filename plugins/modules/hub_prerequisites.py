#!/usr/bin/python
"""Check whether cluster and Helm can carry the hub. Changes nothing."""

DOCUMENTATION = r"""
module: hub_prerequisites
short_description: Check whether cluster and Helm can carry the hub
description:
  - Finds all problems at once, and fails with a sentence for each. Changes nothing.
  - Waits for the storage class of a cluster younger than O(timeout), since its add-ons may still bring one.
  - In check mode the cluster or its kubeconfig need not exist yet; RV(cluster) says whether it does.
options:
  kubeconfig: {type: path, required: true, description: "Kubeconfig of the cluster."}
  namespace: {type: str, required: true, description: "Namespace of the hub."}
  helm: {type: str, default: helm, description: "Program Helm, by name or path."}
  chart_path: {type: path, description: "Packaged chart on this machine."}
  storage_class: {type: str, description: "Storage class of homes; null is the cluster's default."}
  timeout: {type: int, default: 900, description: "Age in seconds at which a cluster should have its add-ons."}
  progress_state: {type: dict, default: {}, description: "Of the action plugin; unused."}
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
pending: {description: "What is awaited, or null.", returned: success, type: str}
progress: {description: "None.", returned: success, type: list, elements: str}
"""

import time

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.kubernetes import client, preflight

POLL = 10  # seconds between two looks at what is awaited


def check_helm(module):
    """(path of Helm, problems of Helm and chart)."""
    path, version = module.get_bin_path(module.params["helm"]), ""
    if path:
        _, output, errors = module.run_command([path, "version", "--template", "{{.Version}}"])
        version = output or errors
    problems = (
        preflight.helm_problem(module.params["helm"], path, version),
        preflight.chart_problem(module.params["chart_path"]),
    )
    return path, [problem for problem in problems if problem]


def main():
    module = AnsibleModule(
        {
            **client.ARGUMENTS,
            "helm": {"type": "str", "default": "helm"},
            "chart_path": {"type": "path"},
            "storage_class": {"type": "str"},
            "timeout": {"type": "int", "default": 900},
            "progress_state": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    if client.MISSING:
        module.fail_json(msg="kubernetes is missing: install requirements.txt", exception=client.MISSING)
    settings = [module.params[name] for name in ("kubeconfig", "namespace", "storage_class", "timeout")]
    path, helm_problems = check_helm(module)
    facts, cluster_problems = preflight.check_cluster(*settings, module.check_mode)
    if problems := helm_problems + cluster_problems:
        module.fail_json(msg="\n".join(problems), actions=[])
    result = {"changed": False, "actions": [], "pending": None, "progress": [], "helm": path, **facts}
    if result["pending"]:
        time.sleep(POLL)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
