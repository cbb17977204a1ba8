#!/usr/bin/python
"""Keep systemd units enabled, running, and no older than the files they were started from."""

DOCUMENTATION = """
module: unit_current
short_description: Keep systemd units running on their present configuration
description:
  - Enables and starts units, and restarts or reloads those whose unit file or files changed after their start.
  - A handler is forgotten when a run is killed between the change and the end of the play; this looks at the machine.
  - All are looked at before one is touched. A unit that is C(PartOf) a restarted one is restarted, as systemd does it.
options:
  units:
    description: The units.
    type: list
    elements: dict
    required: true
    suboptions:
      name: {description: "Name of the unit, with its suffix.", type: str, required: true}
      files:
        description: Files, links and directories whose change calls for a restart. A missing one is ignored.
        type: list
        elements: path
        default: []
      reload:
        description: Reload instead of restarting, so that open connections live on.
        type: bool
        default: false
  pending:
    description: In check mode, paths that this run would change before it comes here; the filter C(changed_paths) says
      them. Elsewhere they have been changed and are looked at.
    type: list
    elements: path
    default: []
author: [openstack-hub]
"""

EXAMPLES = """
- name: Run Apache on its present configuration
  unit_current:
    units:
      - name: apache2.service
        files: [/etc/apache2/sites-available/hub.conf]
        reload: true
    pending: "{{ [__web_site_file] | changed_paths }}"
"""

RETURN = """
actions:
  description: What was done, or would be, and why.
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


def plan(units, states, changed_at):
    """What is to be done: {verb: {unit: why}}, to be done verb by verb.

    states: properties of `systemctl show` by unit; changed_at: path -> seconds since the epoch of files that exist,
    infinite for those that a real run would have changed by now.
    """
    todo = {verb: {} for verb in VERBS}
    for unit in units:
        name, state = unit["name"], states[unit["name"]]
        fragment = state["FragmentPath"]
        newer = [path for path in [*unit["files"], fragment] if changed_at.get(path, 0) > state["since"]]
        owners = [owner for owner in state["PartOf"].split() if owner in todo["restart"]]
        if state["NeedDaemonReload"] == "yes" or changed_at.get(fragment) == math.inf:
            todo["daemon-reload"][name] = []
        if state["UnitFileState"] == "disabled" or state["LoadState"] == "not-found":
            todo["enable"][name] = []
        if state["ActiveState"] not in ("active", "reloading"):
            todo["start"][name] = []
        elif newer or owners:
            gently = unit["reload"] and fragment not in newer and not owners
            todo["reload" if gently else "restart"][name] = newer + owners
    return todo


def read_states(module, names):
    """Properties by unit, and `since`: its last change of state in seconds since the epoch."""
    command = ["systemctl", "show", "--property", ",".join(PROPERTIES), *names]
    _, out, _ = module.run_command(command, check_rc=True)
    boot = time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
    states = {}
    for name, lines in zip(names, out.strip().split("\n\n"), strict=True):
        states[name] = state = dict(line.split("=", 1) for line in lines.splitlines())
        state["since"] = boot + int(state["StateChangeTimestampMonotonic"] or 0) / 1e6
    return states


def change_times(paths, pending):
    """When each was last changed. Not its mtime: `cp -p` brings an old one, and what `chmod` does counts, too."""
    times = {path: os.lstat(path).st_ctime for path in paths if os.path.lexists(path)}
    changing = {*pending, *map(os.path.dirname, pending)}  # a new entry changes its directory
    return times | {path: math.inf for path in paths if path in changing}


def act(module, verb, names):
    command = ["systemctl", verb, *([] if verb == "daemon-reload" else names)]
    rc, out, err = module.run_command(command)
    if rc:
        of_units = [word for name in names for word in ("--unit", name)]
        _, log, _ = module.run_command(["journalctl", *of_units, "--lines", "15", "--output", "cat"])
        module.fail_json(msg=f"{' '.join(command)} failed: {err or out}\nLast words:\n{log}")


def main():
    unit = {
        "name": {"type": "str", "required": True},
        "files": {"type": "list", "elements": "path", "default": []},
        "reload": {"type": "bool", "default": False},
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
    todo = plan(units, states, change_times(paths, pending))
    actions = []
    for verb, reasons in todo.items():
        if reasons and not module.check_mode:
            act(module, verb, list(reasons))
        for name, why in reasons.items():
            actions.append(f"{verb} {name}" + (f" ({', '.join(why)})" if why else ""))
    diff = {"before": "", "after": "".join(f"{action}\n" for action in actions)}
    module.exit_json(changed=bool(actions), actions=actions, diff=diff)


if __name__ == "__main__":
    main()
