#!/usr/bin/python
"""Write and renew the kubeconfig of a Magnum cluster, or check an existing one."""

DOCUMENTATION = """
module: magnum_kubeconfig
short_description: Write and renew the kubeconfig of a Magnum cluster, or check an existing one
description:
  - Writes a kubeconfig with its own key, which is generated here and signed by Magnum. The cluster does not change.
  - Generates a new key only when there is none, when it cannot be used any more, or when its certificate expires within
    30 days (a third of its life if that is less). The action names the reason.
  - Fails for a file that this module did not write, or wrote for a cluster of another name.
  - Without O(cluster), the file at O(path) is one that an operator gave. It is checked and never changed.
  - The file is replaced as a whole, and others can never read it; no result shows key or certificate.
options:
  cloud: {description: "Entry in clouds.yaml.", type: str}
  cluster: {description: "UUID of the cluster.", type: str}
  name: {description: "Name of the cluster, also of cluster and context in the file.", type: str}
  api_address: {description: "Address of the cluster's API, with C(https://).", type: str}
  path:
    description: Path of the file. Missing directories are created with mode 0700.
    type: path
    required: true
  wait: {description: "Seconds of one call, when Magnum does not answer.", type: int, default: 15}
  timeout: {description: "Seconds without progress after which the action plugin fails.", type: int, default: 120}
  progress_state: {description: "What the call before returned; see RV(progress_state).", type: dict, default: {}}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Write or renew the kubeconfig
  magnum_kubeconfig:
    cloud: mycloud
    cluster: "{{ __cluster.uuid }}"
    name: jupyterhub
    api_address: "{{ __cluster.api_address }}"
    path: ~/.config/openstack-hub/jupyterhub.kubeconfig

- name: Check the existing kubeconfig
  magnum_kubeconfig:
    path: "{{ cluster_kubeconfig }}"
"""

RETURN = """
actions: {description: "What was done, or would be, and why.", type: list, elements: str, returned: always}
path: {description: Path of the file., type: str, returned: success}
server: {description: Address of the cluster's API., type: str, returned: success}
ca_fingerprint: {description: "SHA-256 of the cluster's CA, as openssl writes it.", type: str, returned: success}
expires:
  description: Expiry of the certificate (ISO 8601). Empty when unknown, like that of a new one in check mode.
  type: str
  returned: success
pending: {description: "What is pending; null when everything is as desired.", type: str, returned: always}
progress: {description: Progress lines., type: list, elements: str, returned: always}
progress_state: {description: For the next call of the action plugin., type: dict, returned: always}
"""

import sys

from ansible.module_utils.basic import AnsibleModule

ARGUMENTS = {
    "cloud": {"type": "str"},
    "cluster": {"type": "str"},
    "name": {"type": "str"},
    "api_address": {"type": "str"},
    "path": {"type": "path", "required": True},
    "wait": {"type": "int", "default": 15},
    "timeout": {"type": "int", "default": 120},
    "progress_state": {"type": "dict", "default": {}},
}


def main():
    module = AnsibleModule(
        ARGUMENTS, required_by={"cluster": ["cloud", "name", "api_address"]}, supports_check_mode=True
    )
    try:
        from openstack_hub.openstack.errors import ImpossibleChange
        from openstack_hub.openstack.kubeconfig_file import KubeconfigReconciliation, existing_facts
        from openstack_hub.openstack.poll import reconcile
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    if module.params["cluster"] is not None:
        reconcile(module, KubeconfigReconciliation)
    try:
        facts, warnings = existing_facts(module.params["path"])
    except ImpossibleChange as error:
        module.fail_json(msg=str(error))
    for warning in warnings:
        module.warn(warning)
    module.exit_json(changed=False, actions=[], pending=None, progress=[], progress_state={}, **facts)


if __name__ == "__main__":
    main()
