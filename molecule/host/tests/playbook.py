"""Run playbooks as an operator does, and read their report."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path.append(str(ROOT / "testbed"))
import test_run  # noqa: E402  (found through the line above)

STATE, VARIABLES = test_run.state("host"), test_run.variables("host")
PORT, CONTAINER = VARIABLES["testbed_hub_port"], f"openstack-hub-{VARIABLES['testbed_name']}-hub"
COMMAND = ["ansible-playbook", "-i", "molecule/inventory", "--diff", "--skip-tags", "verify"]
# Roles and plugins, for a playbook that is not in playbooks/.
ENVIRONMENT = os.environ | {
    "ANSIBLE_CONFIG": "ansible.cfg",
    "ANSIBLE_ROLES_PATH": str(ROOT / "roles"),
    "ANSIBLE_LIBRARY": str(ROOT / "plugins/modules"),
    "ANSIBLE_ACTION_PLUGINS": str(ROOT / "plugins/action"),
    "ANSIBLE_FILTER_PLUGINS": str(ROOT / "plugins/filter"),
}
SUCCESS = (0, [])


class Run:
    """One run: `output`, `outcome` (exit status, failures) and `changes`, {(task, item number): differences}."""

    def __init__(self, *arguments, playbook="playbooks/site.yml", **variables):
        command = [*COMMAND, playbook, *arguments, "--extra-vars", json.dumps(variables)]
        environment = ENVIRONMENT | {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        self.output = done.stdout + done.stderr
        _, brace, report = f"\n{done.stdout}".partition("\n{")  # messages of plugins precede the report
        assert brace, self.output
        items = [
            (task["task"]["name"], number, item)
            for play in json.loads("{" + report)["plays"]
            for task in play["tasks"]
            for result in task["hosts"].values()
            for number, item in enumerate(result.get("results", [result]))
        ]
        failed = [
            f"{name}: {item.get('msg')}" for name, _, item in items if item.get("failed") or "unreachable" in item
        ]
        self.outcome = done.returncode, failed
        self.changes = {(name, number): item.get("diff") for name, number, item in items if item.get("changed")}
