#!/usr/bin/python
"""Keep a systemd unit enabled, running, and no older than the files it was started from."""

DOCUMENTATION = """
module: unit_current
short_description: Keep a systemd unit running on its present configuration
description:
  - Enables and starts a unit, and restarts or reloads it when its unit file or one of O(files) changed after its start.
  - A handler is forgotten when a run is killed between the change and the end of the play; this looks at the machine.
options:
  name: {description: Name of the unit., type: str, required: true}
  files:
    description: Files and links whose change calls for a restart. A missing one is ignored.
    type: list
    elements: path
    default: []
  reload:
    description: Reload instead of restarting, so that open connections live on.
    type: bool
    default: false
author: [openstack-hub]
"""

EXAMPLES = """
- name: Run Apache on its present configuration
  unit_current:
    name: apache2.service
    files: [/etc/apache2/sites-available/hub.conf]
    reload: true
"""

RETURN = """
actions: {description: "What was done, or would be: enable, daemon-reload, start, restart, reload.", type: list,
          elements: str, returned: always}
newer: {description: Files younger than the unit's start., type: list, elements: str, returned: always}
"""

import os
import time

from ansible.module_utils.basic import AnsibleModule

PROPERTIES = (
    "LoadState",
    "ActiveState",
    "UnitFileState",
    "NeedDaemonReload",
    "StateChangeTimestampMonotonic",
    "FragmentPath",
)


def plan(state, files, changed_at, reload):
    """Actions for a unit.

    state: properties of `systemctl show`; changed_at: path -> seconds since the epoch of files that exist;
    Returns (actions, files younger than the unit's last change of state).
    """
    since = state["since"]
    newer = [f for f in [*files, state["FragmentPath"]] if changed_at.get(f, 0) > since]
    actions = ["daemon-reload"] if state["NeedDaemonReload"] == "yes" else []
    if state["UnitFileState"] == "disabled":
        actions.append("enable")
    if state["ActiveState"] not in ("active", "reloading"):
        actions.append("start")
    elif newer:
        actions.append("restart" if state["FragmentPath"] in newer or not reload else "reload")
    return actions, newer if state["ActiveState"] == "active" else []


def read_state(module, name):
    """Properties of the unit, and `since`: its last change of state in seconds since the epoch."""
    _, out, _ = module.run_command(["systemctl", "show", name, "--property", ",".join(PROPERTIES)], check_rc=True)
    state = dict(line.split("=", 1) for line in out.splitlines())
    boot = time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
    state["since"] = boot + int(state["StateChangeTimestampMonotonic"] or 0) / 1e6
    return state


def main():
    module = AnsibleModule(
        {
            "name": {"type": "str", "required": True},
            "files": {"type": "list", "elements": "path", "default": []},
            "reload": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    name, files = module.params["name"], module.params["files"]
    state = read_state(module, name)
    if state["LoadState"] == "not-found" and module.check_mode:
        module.exit_json(changed=True, actions=["enable", "start"], newer=[])
    paths = [*files, state["FragmentPath"]]
    changed_at = {path: os.lstat(path).st_mtime for path in paths if os.path.lexists(path)}
    actions, newer = plan(state, files, changed_at, module.params["reload"])
    if not module.check_mode:
        for action in actions:
            command = ["systemctl", action] + ([] if action == "daemon-reload" else [name])
            rc, out, err = module.run_command(command)
            if rc:
                _, log, _ = module.run_command(["journalctl", "--unit", name, "--lines", "15", "--output", "cat"])
                module.fail_json(
                    msg=f"{' '.join(command)} failed: {err or out}\nIts last words:\n{log}", actions=actions
                )
    module.exit_json(
        changed=bool(actions),
        actions=actions,
        newer=newer,
        diff={"before": "", "after": "".join(f"{action} {name}\n" for action in actions)},
    )


if __name__ == "__main__":
    main()
