"""playbooks/site.yml as an operator runs it, and what it reported."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
STATE = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state", "openstack-hub/test")
COMMAND = ["ansible-playbook", "-i", "molecule/inventory", "playbooks/site.yml", "--diff", "--skip-tags", "verify"]


WELL = (0, [])


class Site:
    """One run: `output`, `end` (exit status, what failed) and `changes`, {(task, item): differences}."""

    def __init__(self, *arguments, **variables):
        command = [*COMMAND, *arguments, "--extra-vars", json.dumps(variables)]
        environment = os.environ | {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_CONFIG": "ansible.cfg"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        self.output = done.stdout + done.stderr
        _, brace, report = f"\n{done.stdout}".partition("\n{")  # what plugins display comes before the report
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
        self.end = done.returncode, failed
        self.changes = {(name, number): item.get("diff") for name, number, item in items if item.get("changed")}
