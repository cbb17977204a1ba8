"""A site whose hub is on the session's cluster, and what its operator does."""

import base64
import gzip
import json
import os
import re
import secrets
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
import yaml
from clusters import ROOT, wait_for
from kubernetes_testbed import images

CHART = Path(os.environ.get("TEST_CHART", Path.home() / ".cache/openstack-hub/chart/jupyterhub-4.4.0.tgz"))
GET = "helm pull jupyterhub --repo https://hub.jupyter.org/helm-chart --version 4.4.0"
SECRETS = ("iam_client_secret", "cookie_secret", "crypt_key", "proxy_token", "culler_token")
OURS = ("hub", "proxy", "user", "pause", "scheduler", "network_tools", "image_awaiter")
HOSTS = {
    "controller": {"hosts": {"localhost": {"ansible_connection": "local"}}},
    "web": {"hosts": {"localhost": {}}},
}


def need_chart():
    if not CHART.exists():
        pytest.skip(f"no chart at {CHART}: {GET}, and name the file in TEST_CHART")


class Site:
    """A site folder. set() changes its variables; play() runs hub.yml to its end, start() only starts it."""

    def __init__(self, folder, kubernetes, namespace):
        self.kubernetes, self.namespace, self.home = kubernetes, namespace, folder / "home"
        self.folder, self.values, self.secrets = folder / "site", folder / "site/group_vars/all", {}
        self.values.mkdir(parents=True)
        self.home.mkdir()
        python = {"ansible_python_interpreter": sys.executable}
        (self.folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": python, "children": HOSTS}}))
        (self.values / "00-shared").symlink_to(ROOT / "group_vars/all")
        example = ROOT / "inventories/example/group_vars/all/jupyterhub.yml"
        (self.values / "jupyterhub.yml").write_text(example.read_text())
        self.variables = {
            "hub_platform": "kubernetes",
            "hub_namespace": namespace,
            "hub_helm": self.program_path("helm"),
            "hub_chart_path": str(CHART),
            "hub_images": {key: images.NAMES[key] for key in OURS},
            "hub_service": {"type": "node_port", "allowed_cidrs": ["192.0.2.7/32"]},
            "cluster_kubeconfig": str(kubernetes.kubeconfig),
            "cluster_node_minutes": 5,
            "verify_member": None,
            "verify_outsider": None,
        }
        self.set()
        self.rotate()

    def program_path(self, program):
        done = subprocess.run(
            ["which", program], env=self.kubernetes.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def set(self, **variables):
        self.variables |= variables
        (self.values / "site.yml").write_text(yaml.safe_dump(self.variables))

    def image(self, **changed):
        self.set(hub_images=self.variables["hub_images"] | changed)

    def rotate(self, *names):
        """Write new secrets: those of NAMES, or all."""
        self.secrets |= {f"hub_{name}": secrets.token_hex(32) for name in names or SECRETS}
        (self.values / "vault.yml").write_text(yaml.safe_dump(self.secrets))

    def drift(self):
        """Drift of the release as status.yml finds it; its screen shows the first lines."""
        run = self.play("-v", playbook="status").succeeded()
        results = re.findall(r"^ok: \[localhost\] => *\n((?: +.*\n)+)", run.output, re.MULTILINE)
        facts = next(
            yaml.safe_load(textwrap.dedent(result)) for result in results if re.search("^ +drift:", result, re.M)
        )
        screen = " ".join(run.output.partition("Show their state")[2].split())
        assert all(line[:60] in screen for line in facts["drift"][:3]), run.output
        return facts["drift"]

    def start(self, *arguments, playbook="hub"):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.home),  # so that the tests find files that a killed run leaves
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        }
        command = [
            Path(sys.executable).with_name("ansible-playbook"),
            "-i",
            self.folder,
            ROOT / f"playbooks/{playbook}.yml",
        ]
        with (self.home / "output").open("w") as output:
            return subprocess.Popen(
                [*command, *arguments],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT,
            )

    def play(self, *arguments, playbook="hub"):
        """Run to the end, and check that no secret was shown."""
        began, process = time.monotonic(), self.start(*arguments, playbook=playbook)
        run = Run(process.wait(), (self.home / "output").read_text(), time.monotonic() - began)
        assert not [secret[:8] for secret in self.secret_texts() if secret in run.output], "a secret is shown"
        return run

    def kill_while_helm_holds(self):
        """Start a run, and end all of it by SIGKILL once Helm has written its record; returns the release's status."""
        process, before = self.start(), self.revision()
        try:
            wait_for(lambda: self.revision() > before or process.poll() is not None, seconds=240)
        finally:
            for each in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
                each.kill()  # Ansible's workers have sessions of their own, and Helm is a child of one
            process.wait()
        return self.status()

    def secret_texts(self):
        """The secrets, as they are and as Kubernetes writes them."""
        return [
            text for secret in self.secrets.values() for text in (secret, base64.b64encode(secret.encode()).decode())
        ]

    def records(self):
        found = self.kubernetes.get("secrets", "-n", self.namespace, "-l", "owner=helm")["items"]
        return sorted(found, key=lambda record: int(record["metadata"]["labels"]["version"]))

    def revision(self):
        return int(self.records()[-1]["metadata"]["labels"]["version"]) if self.records() else 0

    def status(self):
        return self.records()[-1]["metadata"]["labels"]["status"]

    def history(self):
        """Helm's release records, decoded."""
        return [
            json.loads(gzip.decompress(base64.b64decode(base64.b64decode(record["data"]["release"]))))
            for record in self.records()
        ]

    def pods(self):
        """{component: uid} of the pods that run."""
        found = self.kubernetes.get("pods", "-n", self.namespace, "-l", "app=jupyterhub")["items"]
        return {
            pod["metadata"]["labels"]["component"]: pod["metadata"]["uid"]
            for pod in found
            if "deletionTimestamp" not in pod["metadata"]
        }


class Run:
    """A run that has ended: rc, output, seconds, changed (a number)."""

    def __init__(self, rc, output, seconds):
        self.rc, self.output, self.seconds = rc, output, seconds
        self.flat = " ".join(output.split())
        counted = [word.partition("=")[2] for word in output.split() if word.startswith("changed=")]
        self.changed = sum(map(int, counted))

    def succeeded(self):
        assert self.rc == 0, self.output[-6000:]
        return self

    def failed_with(self, *words):
        """Check that the run failed, with all WORDS in its output."""
        assert self.rc != 0, self.output[-3000:]
        assert not [word for word in words if word not in self.flat], self.output[-6000:]
        return self
