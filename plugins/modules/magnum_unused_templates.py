#!/usr/bin/python
"""Delete unused Magnum cluster templates."""

DOCUMENTATION = r"""
module: magnum_unused_templates
short_description: Delete unused Magnum cluster templates
description:
  - Deletes every cluster template of the project whose name matches O(family), but not those in O(keep) and those in
    use, for which it returns a warning. Module M(magnum_cluster) creates templates.
options:
  cloud: {type: str, required: true, description: "Entry of clouds.yaml."}
  family: {type: str, required: true, description: "Regular expression that matches the whole name."}
  keep: {type: list, elements: str, default: [], description: "Names that are kept."}
  wait: {type: int, default: 15, description: "Seconds of one call, when the cloud does not answer."}
  timeout: {type: int, default: 120, description: "Seconds without progress after which the action plugin fails."}
  progress_state: {type: dict, default: {}, description: "What the call before returned; see RV(progress_state)."}
author: ["openstack-hub"]
"""

EXAMPLES = r"""
- name: Delete cluster templates of earlier versions
  magnum_unused_templates:
    cloud: mycloud
    family: jupyterhub-v[0-9.]+
    keep: [jupyterhub-v1.33.4]
"""

RETURN = r"""
actions: {description: "What was done, or would be.", returned: always, type: list, elements: str}
pending: {description: "What is pending; null when everything is as desired.", returned: always, type: str}
progress: {description: "Progress lines.", returned: always, type: list, elements: str}
progress_state: {description: "For the next call of the action plugin.", returned: always, type: dict}
"""

import sys

from ansible.module_utils.basic import AnsibleModule

ARGUMENTS = {
    "cloud": {"type": "str", "required": True},
    "family": {"type": "str", "required": True},
    "keep": {"type": "list", "elements": "str", "default": []},
    "wait": {"type": "int", "default": 15},
    "timeout": {"type": "int", "default": 120},
    "progress_state": {"type": "dict", "default": {}},
}


def main():
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    try:
        from openstack_hub.openstack.cluster_templates import UnusedTemplates
        from openstack_hub.openstack.poll import reconcile
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    reconcile(module, UnusedTemplates)


if __name__ == "__main__":
    main()
