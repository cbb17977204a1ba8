import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def load():
    """A plugin's Python, by its path below plugins/."""

    def load(path):
        spec = importlib.util.spec_from_file_location(Path(path).name, ROOT / "plugins" / f"{path}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def play(tmp_path):
    """Run tasks on this machine by ansible-playbook: `rc`, `output` and the `results` in their order."""

    def play(*tasks, arguments=()):
        hosts = {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}}
        (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
        (tmp_path / "play.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        command = [Path(sys.executable).with_name("ansible-playbook"), "-i", tmp_path / "hosts.json", *arguments]
        environment = os.environ | {
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_CONFIG": "ansible.cfg",
            "ANSIBLE_LIBRARY": "plugins/modules",
            "ANSIBLE_ACTION_PLUGINS": "plugins/action",
        }
        done = subprocess.run(
            [*command, tmp_path / "play.yml"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.stdout.startswith("{"), done.stderr
        results = [task["hosts"]["localhost"] for task in json.loads(done.stdout)["plays"][0]["tasks"]]
        return SimpleNamespace(rc=done.returncode, output=done.stdout + done.stderr, results=results)

    return play
