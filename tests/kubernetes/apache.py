"""A machine for Apache: a container, set up by role web for a hub in a cluster."""

import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import websocket

ROOT = Path(__file__).parents[2]
BASE = ROOT / "testbed/images/base.sh"
LIKE_A_MACHINE = ["--privileged", "--systemd=false", "--cgroupns=private", "--tmpfs=/run:rw,mode=755"]
TRUST_ALL = ssl._create_unverified_context()


class Apache:
    """The container NAME, and the folder of its inventory."""

    def __init__(self, name, folder):
        self.name, self.folder = name, folder
        self.environment = os.environ | {"CONTAINERS_CONF": str(ROOT / "testbed/containers.conf")}

    def podman(self, *words):
        done = subprocess.run(["podman", *words], env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, command):
        return self.podman("exec", self.name, "sh", "-c", command)

    def start(self):
        image = subprocess.run([BASE], env=self.environment, capture_output=True, text=True, check=True).stdout.strip()
        options = [*LIKE_A_MACHINE, "--tmpfs=/run/lock:rw", "--stop-signal=37", "--env=container=podman"]
        self.podman("run", "--detach", "--name", self.name, *options, image, "/sbin/init")
        self.run("systemctl is-system-running --wait || true")
        self.address = self.podman("inspect", "-f", "{{.NetworkSettings.IPAddress}}", self.name)
        certificate = [
            "-keyout",
            self.folder / "hub.key",
            "-out",
            self.folder / "hub.crt",
            "-subj",
            "/CN=hub.localhost",
        ]
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *certificate]
        subprocess.run(make, capture_output=True, check=True)

    def set_up(self, *arguments, **variables):
        """Run role web with more ARGUMENTS of ansible-playbook; names of the tasks that changed something."""
        here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        container = {"ansible_connection": "containers.podman.podman", "ansible_python_interpreter": "/usr/bin/python3"}
        hosts = {"hosts": {"localhost": here, self.name: container}}
        play = {"hosts": self.name, "gather_facts": False, "roles": ["web"]}
        variables |= {
            "web_server_name": "hub.localhost",
            "web_certificate_file": str(self.folder / "hub.crt"),
            "web_certificate_key_file": str(self.folder / "hub.key"),
        }
        for name, content in (("hosts", {"all": hosts}), ("play", [play]), ("variables", variables)):
            (self.folder / f"{name}.json").write_text(json.dumps(content))
        plugins = ROOT / "plugins"
        environment = self.environment | {
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_ROLES_PATH": str(ROOT / "roles"),
            "ANSIBLE_LIBRARY": str(plugins / "modules"),
            "ANSIBLE_ACTION_PLUGINS": str(plugins / "action"),
            "ANSIBLE_FILTER_PLUGINS": str(plugins / "filter"),
        }
        command = [Path(sys.executable).with_name("ansible-playbook"), "-i", self.folder / "hosts.json"]
        command += ["-e", f"@{self.folder}/variables.json", *arguments, self.folder / "play.json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr
        tasks = json.loads(done.stdout)["plays"][0]["tasks"]
        return [task["task"]["name"] for task in tasks if any(host["changed"] for host in task["hosts"].values())]

    def get(self, path="/"):
        """(status, text) of a page; (0, "") without an answer."""
        request = urllib.request.Request(f"https://{self.address}{path}", headers={"Host": "hub.localhost"})
        try:
            with urllib.request.urlopen(request, timeout=5, context=TRUST_ALL) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def websocket(self, path):
        options = {"cert_reqs": ssl.CERT_NONE, "check_hostname": False}
        return websocket.create_connection(
            f"wss://{self.address}{path}", sslopt=options, host="hub.localhost", timeout=10
        )

    def remove(self):
        self.podman("rm", "--force", "--time=0", "--ignore", self.name)
