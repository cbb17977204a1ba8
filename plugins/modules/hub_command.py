#!/usr/bin/python
"""Give an order to the operator's command of a hub."""

DOCUMENTATION = """
module: hub_command
short_description: Operator's commands of a hub
description:
  - Runs C(hubkit.command) where the hub runs, on this machine or in its pod, and gives it the order on standard input,
    so that no password is on a command line. In check mode it tells what would change.
options:
  hub:
    description: Where the hub is.
    type: dict
    required: true
    options:
      command: {description: The command., type: list, elements: str, required: true}
      kubeconfig: {description: "Kubeconfig of the hub's cluster; without it, the hub is on this machine.", type: path}
      namespace: {description: "The hub's namespace.", type: str}
  order: {description: "C(command), and what that command takes.", type: dict, required: true}
  passwords: {description: "One-time password of each name, a part of the order.", type: dict, default: {}}
requirements: ["kubernetes, with a kubeconfig"]
author: [openstack-hub]
"""

EXAMPLES = """
- name: List people
  hub_command:
    hub: "{{ openstack_hub_command }}"
    order: {command: people}
"""

RETURN = """
text: {description: "Lines to show; commands may return more.", type: list, elements: str, returned: success}
"""

import json
import sys

from ansible.module_utils.basic import AnsibleModule


def run(module, hub, text):
    """(exit status, output, errors) of the command."""
    if not hub["kubeconfig"]:
        return module.run_command(hub["command"], data=f"{text}\n")
    try:
        from openstack_hub.kubernetes.client import Api, Refused, Unreachable
        from openstack_hub.kubernetes.hub_pod import run_in_hub

        return run_in_hub(Api(hub["kubeconfig"]), hub["namespace"], hub["command"], text)
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    except (Refused, Unreachable) as error:
        return module.fail_json(msg=str(error))


def main():
    hub = {
        "command": {"type": "list", "elements": "str", "required": True},
        "kubeconfig": {"type": "path"},
        "namespace": {"type": "str"},
    }
    module = AnsibleModule(
        {
            "hub": {"type": "dict", "required": True, "options": hub},
            "order": {"type": "dict", "required": True},
            "passwords": {"type": "dict", "default": {}, "no_log": True},
        },
        supports_check_mode=True,
    )
    order = {**module.params["order"], "passwords": module.params["passwords"], "check": module.check_mode}
    status, output, errors = run(module, module.params["hub"], json.dumps(order))
    try:
        answer = json.loads(output)
    except ValueError:
        module.fail_json(msg=f"the command failed with status {status}: {errors[-2000:]}")
    if "error" in answer:
        module.fail_json(msg=answer["error"])
    module.exit_json(**answer)


if __name__ == "__main__":
    main()
