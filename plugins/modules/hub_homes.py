#!/usr/bin/python
"""Keep the volumes of a hub's homes when the hub or its cluster is removed, and list them."""

DOCUMENTATION = """
module: hub_homes
short_description: Set the volumes of homes to Retain, and list them
description:
  - Reads claims of users and the hub's own, with their volumes, and sets each volume that has another reclaim policy to
    C(Retain), so that it outlives its claim.
  - RV(losses) are homes that cannot be kept. If there are any, it changes nothing unless O(give_up).
  - Does not fail when the cluster does not answer, but returns that in RV(error).
  - In check mode asks the API by a dry run whether the volumes can be set to C(Retain).
options:
  kubeconfig: {description: Path of the cluster's kubeconfig; it need not exist., type: path, required: true}
  namespace: {description: The hub's namespace. Without it, those of all namespaces., type: str}
  cluster_removed: {description: Whether the whole cluster is removed., type: bool, default: false}
  give_up: {description: Whether homes that cannot be kept may be lost., type: bool, default: false}
requirements: [kubernetes]
author: [openstack-hub]
"""

EXAMPLES = """
- name: Set the volumes of homes to Retain
  hub_homes:
    kubeconfig: .kube/config
    cluster_removed: true
  register: homes
"""

RETURN = """
error: {description: "Why homes could not be read; empty when they were.", type: str, returned: always}
homes:
  description: Each home, the hub's own volume last, with an empty user.
  type: list
  elements: dict
  returned: always
  sample: [{user: ann, claim: jupyterhub/claim-ann, volume: pvc-0a1b, exists: true, storage_class: cinder, size: 1Gi,
            policy: Retain, location: Cinder volume 5f0c, external: true}]
actions: {description: "What was done, or would be in check mode.", type: list, elements: str, returned: always}
losses: {description: "Homes that would be lost, each with the reason.", type: list, elements: str, returned: always}
remains: {description: "Homes that are kept, as lines of a report.", type: list, elements: dict, returned: always}
"""

import sys
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(
        {
            "kubeconfig": {"type": "path", "required": True},
            "namespace": {"type": "str"},
            "cluster_removed": {"type": "bool", "default": False},
            "give_up": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        from openstack_hub.kubernetes.client import Api, Refused, Unreachable
        from openstack_hub.kubernetes.homes import protect
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    params, error = module.params, ""
    result = {"homes": [], "actions": [], "losses": [], "remains": []}
    if Path(params["kubeconfig"]).is_file():
        try:
            api = Api(params["kubeconfig"])
            settings = params["namespace"], params["cluster_removed"], params["give_up"]
            result = protect(api, *settings, module.check_mode)
        except (Unreachable, Refused, OSError) as failure:
            error = str(failure)
    else:
        error = f"there is no kubeconfig {params['kubeconfig']}"
    module.exit_json(changed=bool(result["actions"]), error=error, **result)


if __name__ == "__main__":
    main()
