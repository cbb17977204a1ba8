"""What an operator does: maintains a site folder, runs playbooks, reads their output, and kills them."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import yaml

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "inventories/example"
OPENSTACK = {
    "cloud_name": "testbed",
    "cloud_external_network": "External",
    "cluster_name": "lifecycle",
    "cluster_kubernetes_version": "v1.31.1",
    "cluster_image": "ubuntu-kube-v1.31.1",
    "cluster_node_groups": [
        {"name": "standard", "flavor": "l3.micro", "min": 2, "max": 8},
        {"name": "huge", "flavor": "l3.small", "min": 0, "max": 3, "labels": {"example.org/use": "teaching"}},
        {"name": "gpu", "flavor": "g-a4000", "min": 0, "max": 2, "gpus": 1},
    ],
}

PLATFORM = """\
hub_platform: kubernetes
hub_accepted_advisories: {GHSA-c4gm-pwx9-9w8j: 2027-05-29, GHSA-69wv-m5fw-2fhp: 2027-05-29}
"""
# No hub is installed here, so only the version of Helm is asked for.
HELM = "#!/bin/sh\necho v3.20.2\n"


class Site:
    """A site folder for the clouds of CLOUDS, a clouds.yaml, with the variables OPENSTACK, changed by those given.

    kubeconfig: the path that cluster.yml writes. openstack: the variables of openstack.yml, which set() writes.
    """

    def __init__(self, folder, clouds, **openstack):
        self.folder, self.clouds = Path(folder), Path(clouds)
        self.home = self.folder.with_name(f"{self.folder.name}-home")  # so that no configuration of the user is read
        self.kubeconfig = self.folder / ".kube/config"
        self.openstack, self.runs = json.loads(json.dumps(OPENSTACK)), []
        values, example = self.folder / "group_vars/all", EXAMPLE / "group_vars/all"
        values.mkdir(parents=True)
        self.home.mkdir()
        (self.folder / "hosts.yml").write_text((EXAMPLE / "hosts.yml").read_text())
        helm = self.home / "helm"
        helm.write_text(HELM)
        helm.chmod(0o755)
        (values / "00-shared").symlink_to(ROOT / "group_vars/all")
        (values / "jupyterhub.yml").write_text(
            (example / "jupyterhub.yml").read_text() + PLATFORM + f"hub_helm: {helm}\n"
        )
        names = re.findall(r"^(vault_\w+):", (example / "vault.yml").read_text(), re.MULTILINE)
        (values / "vault.yml").write_text(yaml.safe_dump({name: secrets.token_hex(32) for name in names}))
        self.set(**openstack)

    def set(self, **openstack):
        """Write variables into openstack.yml; None removes one."""
        self.openstack |= openstack
        text = yaml.safe_dump({name: value for name, value in self.openstack.items() if value is not None})
        (self.folder / "group_vars/all/openstack.yml").write_text(text)

    def group(self, name, **changed):
        """Change the entry of a node group, or append one."""
        groups = self.openstack["cluster_node_groups"]
        if name not in [group["name"] for group in groups]:
            groups.append({"name": name})
        next(group for group in groups if group["name"] == name).update(changed)
        self.set()

    def start(self, playbook, *arguments, extra=None, verbosity=0):
        """Start playbooks/PLAYBOOK.yml with more arguments and EXTRA variables, in a process group of its own."""
        self.runs.append(Run(self, playbook, arguments, extra or {}, verbosity))
        return self.runs[-1]

    def play(self, playbook, *arguments, extra=None, verbosity=0):
        """Run a playbook to its end: a Run."""
        return self.start(playbook, *arguments, extra=extra, verbosity=verbosity).end()

    def end(self):
        """Kill what still runs."""
        for run in self.runs:
            if run.process.poll() is None:
                kill_all(run.process)

    def secrets(self):
        """Strings that must not be shown: passwords, the vault, the kubeconfig's key, and the beginning of tokens."""
        found = [*yaml.safe_load((self.folder / "group_vars/all/vault.yml").read_text()).values()]
        for cloud in yaml.safe_load(self.clouds.read_text())["clouds"].values():
            found += [text for key, text in cloud["auth"].items() if key.endswith(("password", "secret"))]
        if self.kubeconfig.exists():
            users = yaml.safe_load(self.kubeconfig.read_text())["users"]
            found += [user["user"]["client-key-data"] for user in users]
        return [*found, "PRIVATE KEY", "gAAAAA"]


class Run:
    """A playbook that runs or has ended, then with rc, seconds, output, results, actions, changed, message.

    results: of the tasks, by name. actions: those of all tasks, in their order. changed: names of tasks.
    message: of the failed task, or "".
    """

    number = 0

    def __init__(self, site, playbook, arguments, extra, verbosity):
        Run.number += 1
        self.site, self.began = site, time.time()
        self._journal, self._output = (site.home / f"{Run.number}.{kind}" for kind in ("journal", "output"))
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(site.folder)]
        command += [str(ROOT / "playbooks" / f"{playbook}.yml"), *arguments]
        command += ["-e", json.dumps(extra)] * bool(extra) + ["-" + "v" * verbosity] * bool(verbosity)
        environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",  # progress is read while it runs
            "HOME": str(site.home),
            "OS_CLIENT_CONFIG_FILE": str(site.clouds),
            "ANSIBLE_REMOTE_TEMP": str(site.home / "tmp"),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).with_name("callbacks")),
            "ANSIBLE_CALLBACKS_ENABLED": "journal",
            "JOURNAL": str(self._journal),
        }
        with self._output.open("w") as output:  # a file: children of a killed run keep a pipe open
            self.process = subprocess.Popen(
                command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, cwd=ROOT
            )

    def end(self):
        """Wait for the end, and check that no secret was shown."""
        self.process.wait()
        self.rc, self.seconds = self.process.returncode, time.time() - self.began
        self.output = self.output_so_far()
        lines = self._journal.read_text().splitlines() if self._journal.exists() else []
        tasks = [json.loads(line) for line in lines]
        self.results = {task["task"].split(" : ")[-1]: task["result"] for task in tasks}
        self.actions = [sentence for task in tasks for sentence in task["result"].get("actions", [])]
        self.changed = [task["task"].split(" : ")[-1] for task in tasks if task["result"].get("changed")]
        self.message = next((task["result"].get("msg", "") for task in tasks if task["state"] == "failed"), "")
        assert not [secret[:8] for secret in self.site.secrets() if secret in self.output], "a secret is shown"
        return self

    def kill(self, orphans):
        """SIGKILL to all its processes, or, with ORPHANS, to ansible-playbook alone; returns when it has ended."""
        if orphans:
            self.process.kill()
        else:
            kill_all(self.process)
        return self.end()

    def output_so_far(self):
        """What it has shown so far."""
        return self._output.read_text()


def kill_all(process):
    """SIGKILL to PROCESS and its descendants: Ansible's workers have sessions of their own."""
    parent = psutil.Process(process.pid)
    for member in [parent, *parent.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    process.wait()
