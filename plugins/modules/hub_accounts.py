#!/usr/bin/python
"""Create, reset, disable and list the local accounts of a hub."""

DOCUMENTATION = """
module: hub_accounts
short_description: Local accounts of a hub
description:
  - Runs C(python -m hubkit.hub.local) where the hub runs, on this machine or in its pod, and gives it the order on
    standard input, so that no password is on a command line.
  - Changes nothing when a part of the order is wrong.
options:
  days: {description: Days for which an account without a last day is valid., type: int, required: true}
  accounts:
    description: Accounts to create, each with C(name) and C(until); of others the last day is changed.
    type: list
    elements: dict
    default: []
  reset: {description: Names whose password is replaced., type: list, elements: str, default: []}
  disable: {description: Names that are disabled., type: list, elements: str, default: []}
  enable: {description: Names that are enabled again., type: list, elements: str, default: []}
  passwords: {description: One-time password of each name to create or reset., type: dict, default: {}}
  kubeconfig: {description: "Kubeconfig of the hub's cluster; without it, the hub is on this machine.", type: path}
  namespace: {description: "The hub's namespace.", type: str}
requirements: ["kubernetes, with a kubeconfig"]
author: [openstack-hub]
"""

EXAMPLES = """
- name: Create an account
  hub_accounts:
    days: 31
    accounts: [{name: ada, until: "2027-03-20"}]
    passwords: {ada: "{{ one_time_password }}"}
"""

RETURN = """
changes: {description: "What was done, or would be in check mode.", type: list, elements: str, returned: success}
missing: {description: "Names of O(accounts) that did not exist.", type: list, elements: str, returned: success}
accounts:
  description: All accounts.
  type: list
  elements: dict
  returned: success
  sample: [{name: ada, until: "2027-03-20", disabled: false, one_time: true}]
lines: {description: "The accounts as lines of text.", type: list, elements: str, returned: success}
"""

import json
import sys

from ansible.module_utils.basic import AnsibleModule

HOST = ["/opt/openstack-hub/hub/bin/python", "-m", "hubkit.hub.local", "/var/lib/openstack-hub/local.sqlite"]
POD = ["python3", "-m", "hubkit.hub.local", "/srv/jupyterhub/local.sqlite"]


def run(module, text):
    """(exit status, output, errors) of the command."""
    params = module.params
    if not params["kubeconfig"]:
        environment = {"PYTHONPATH": "/opt/openstack-hub/lib/hubkit.zip", "PYTHONDONTWRITEBYTECODE": "1"}
        return module.run_command(HOST, data=f"{text}\n", environ_update=environment, umask=0o077)
    try:
        from openstack_hub.kubernetes.client import Api, Refused, Unreachable
        from openstack_hub.kubernetes.hub_pod import run_in_hub
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    try:
        return run_in_hub(Api(params["kubeconfig"]), params["namespace"], POD, text)
    except (Refused, Unreachable) as error:
        return module.fail_json(msg=str(error))


def line(account):
    states = [text for key, text in (("disabled", "disabled"), ("one_time", "has a one-time password")) if account[key]]
    return ", ".join([account["name"], f"valid until {account['until']}", *states])


def main():
    names = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        {
            "days": {"type": "int", "required": True},
            "accounts": {"type": "list", "elements": "dict", "default": []},
            "reset": names,
            "disable": names,
            "enable": names,
            "passwords": {"type": "dict", "default": {}, "no_log": True},
            "kubeconfig": {"type": "path"},
            "namespace": {"type": "str"},
        },
        supports_check_mode=True,
        required_by={"kubeconfig": ["namespace"]},
    )
    order = {key: module.params[key] for key in ("days", "accounts", "reset", "disable", "enable", "passwords")}
    status, output, errors = run(module, json.dumps({**order, "check": module.check_mode}))
    try:
        answer = json.loads(output)
    except ValueError:
        module.fail_json(msg=f"the command failed with status {status}: {errors[-2000:]}")
    if answer["errors"]:
        module.fail_json(msg="nothing was changed: " + "; ".join(answer["errors"]))
    lines = [line(account) for account in answer["accounts"]]
    module.exit_json(changed=bool(answer["changes"]), lines=lines, **answer)


if __name__ == "__main__":
    main()
