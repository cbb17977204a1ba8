#!/usr/bin/python
"""Keep systemd units enabled, running, and started after the last change of their files."""

DOCUMENTATION = """
module: unit_current
short_description: Keep systemd units running on their current files
description:
  - Enables and starts units, and restarts or reloads those whose unit file or other files changed after their start.
  - Unlike a handler, which is lost when a run is killed, it compares the state of the machine.
  - The state of all units is read before the first action. A unit that is C(PartOf) a restarted one is restarted.
options:
  units:
    description: The units.
    type: list
    elements: dict
    required: true
    suboptions:
      name: {description: "Name of the unit, with its suffix.", type: str, required: true}
      files:
        description: Files, symlinks and directories whose change requires a restart. Missing ones are ignored.
        type: list
        elements: path
        default: []
      enable:
        description: Enabling a unit that is disabled; false where something else may start it, such as a socket.
        type: bool
        default: true
      reload:
        description: Reload instead of restarting, to keep open connections.
        type: bool
        default: false
      run:
        description: Keep it enabled and running; false to make systemd read its changed files only.
        type: bool
        default: true
  pending:
    description: In check mode, paths that earlier tasks of a real run would have changed, from the filter
      C(changed_paths). Ignored in a real run.
    type: list
    elements: path
    default: []
author: [openstack-hub]
"""

EXAMPLES = """
- name: Run Apache on its current configuration
  unit_current:
    units:
      - name: apache2.service
        files: [/etc/apache2/sites-available/hub.conf]
        reload: true
    pending: "{{ [__web_site_file] | changed_paths }}"
"""

RETURN = """
actions:
  description: What was done, or in check mode would be, with reasons.
  type: list
  elements: str
  returned: always
  sample: [daemon-reload jupyterhub.service, "restart jupyterhub.service (/etc/openstack-hub/hub.json)"]
"""

import math
import os
import time

from ansible.module_utils.basic import AnsibleModule

VERBS = ("daemon-reload", "enable", "start", "restart", "reload")
PROPERTIES = (
    "LoadState",
    "ActiveState",
    "UnitFileState",
    "NeedDaemonReload",
    "StateChangeTimestampMonotonic",
    "FragmentPath",
    "PartOf",
)


def required_actions(units, states, changed_at):
    """{verb: {unit: [paths and units that require it]}}, in the order of execution.

    states: properties of `systemctl show` by unit; changed_at: path -> seconds since the epoch of files that exist,
    infinite for those that a real run would have changed before.
    """
    actions = {verb: {} for verb in VERBS}
    for unit in units:
        name, state = unit["name"], states[unit["name"]]
        fragment = state["FragmentPath"]
        newer = [path for path in [*unit["files"], fragment] if changed_at.get(path, 0) > state["since"]]
        owners = [owner for owner in state["PartOf"].split() if owner in actions["restart"]]
        if state["NeedDaemonReload"] == "yes" or changed_at.get(fragment) == math.inf:
            actions["daemon-reload"][name] = []
        if not unit["run"]:
            continue
        if unit["enable"] and (state["UnitFileState"] == "disabled" or state["LoadState"] == "not-found"):
            actions["enable"][name] = []
        if state["ActiveState"] not in ("active", "reloading"):
            actions["start"][name] = []
        elif newer or owners:
            can_reload = unit["reload"] and fragment not in newer and not owners
            actions["reload" if can_reload else "restart"][name] = newer + owners
    return actions


def read_states(module, names):
    """Properties by unit, and `since`, its last change of state in seconds since the epoch."""
    command = ["systemctl", "show", "--property", ",".join(PROPERTIES), *names]
    _, out, _ = module.run_command(command, check_rc=True)
    boot = time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
    states = {}
    for name, lines in zip(names, out.strip().split("\n\n"), strict=True):
        states[name] = state = dict(line.split("=", 1) for line in lines.splitlines())
        state["since"] = boot + int(state["StateChangeTimestampMonotonic"] or 0) / 1e6
    return states


def change_times(paths, pending):
    """When each path was last changed. By ctime: `cp -p` sets an old mtime, and a `chmod` counts as well."""
    times = {path: os.lstat(path).st_ctime for path in paths if os.path.lexists(path)}
    changing = {*pending, *map(os.path.dirname, pending)}  # a new entry changes its directory
    return times | {path: math.inf for path in paths if path in changing}


def execute(module, verb, names):
    command = ["systemctl", verb, *([] if verb == "daemon-reload" else names)]
    rc, out, err = module.run_command(command)
    if rc:
        of_units = [word for name in names for word in ("--unit", name)]
        _, log, _ = module.run_command(["journalctl", *of_units, "--lines", "15", "--output", "cat"])
        module.fail_json(msg=f"{' '.join(command)} failed: {err or out}\nEnd of its log:\n{log}")


def main():
    unit = {
        "name": {"type": "str", "required": True},
        "files": {"type": "list", "elements": "path", "default": []},
        "enable": {"type": "bool", "default": True},
        "reload": {"type": "bool", "default": False},
        "run": {"type": "bool", "default": True},
    }
    module = AnsibleModule(
        {
            "units": {"type": "list", "elements": "dict", "required": True, "options": unit},
            "pending": {"type": "list", "elements": "path", "default": []},
        },
        supports_check_mode=True,
    )
    units = module.params["units"]
    states = read_states(module, [unit["name"] for unit in units])
    paths = [state["FragmentPath"] for state in states.values()] + [path for unit in units for path in unit["files"]]
    pending = module.params["pending"] if module.check_mode else []
    actions = []
    for verb, reasons_by_unit in required_actions(units, states, change_times(paths, pending)).items():
        if reasons_by_unit and not module.check_mode:
            execute(module, verb, list(reasons_by_unit))
        for name, reasons in reasons_by_unit.items():
            actions.append(f"{verb} {name}" + (f" ({', '.join(reasons)})" if reasons else ""))
    diff = {"before": "", "after": "".join(f"{action}\n" for action in actions)}
    module.exit_json(changed=bool(actions), actions=actions, diff=diff)


if __name__ == "__main__":
    main()
