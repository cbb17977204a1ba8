"""playbooks/site.yml as an operator runs it, and what it reported."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
STATE = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state", "openstack-hub/test")
COMMAND = ["ansible-playbook", "-i", "molecule/inventory", "playbooks/site.yml", "--diff", "--skip-tags", "verify"]


class Site:
    """One run: `rc`, `stats` by host, `output`, and `changes`: {(task, item): differences}."""

    def __init__(self, *arguments, **variables):
        command = [*COMMAND, *arguments, "--extra-vars", json.dumps(variables)]
        environment = os.environ | {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_CONFIG": "ansible.cfg"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        self.rc, self.output = done.returncode, done.stdout + done.stderr
        assert done.stdout.startswith("{"), self.output
        report = json.loads(done.stdout)
        self.stats = report["stats"]
        results = [(task["task"]["name"], result) for play in report["plays"] for task in play["tasks"]
                   for result in task["hosts"].values()]  # fmt: skip
        self.changes = {
            (name, number): item.get("diff")
            for name, result in results
            for number, item in enumerate(result.get("results", [result]))
            if item.get("changed")
        }

    def ended_well(self):
        failures = {host: {key: s[key] for key in ("failures", "unreachable", "ignored", "rescued")}
                    for host, s in self.stats.items()}  # fmt: skip
        return self.rc == 0 and not any(count for counts in failures.values() for count in counts.values())
