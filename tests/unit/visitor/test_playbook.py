"""What an operator sees: the role in ansible-playbook."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mock_hub import PASSWORDS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def verify(tmp_path, settings):
    def run(hub, *arguments, **others):
        inventory = tmp_path / "hosts.json"
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        variables = {f"verify_{name}": value for name, value in settings(hub, **others).items()}
        variables["hub_platform"] = "host"  # whose machines the first play checks; there are none
        inventory.write_text(json.dumps({"controller": {"hosts": {"localhost": host}, "vars": variables}}))
        command = [
            Path(sys.executable).with_name("ansible-playbook"),
            "-i",
            inventory,
            "playbooks/verify.yml",
            *arguments,
        ]
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1",
        }
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_working_hub(hub, verify):
    code, output = verify(hub, "-v")
    assert code == 0, output
    assert "[ 9/23] sign-in: ok" in output
    assert "idle timeout of large  ok           0.0  600 s left of 600 s\n" in output
    assert "22 checks passed, 1 skipped" in output


def test_a_broken_hub_fails_the_play_and_shows_no_password(hub, verify):
    hub.IDLE = None
    code, output = verify(hub, "-vvvv", member={"username": "alice", "password": "qu1nce"})
    assert code == 2
    assert "1 of 23 checks failed: sign-in" in output
    assert not any(secret in output for secret in ("qu1nce", *PASSWORDS.values()))


def test_check_mode_contacts_nothing(hub, verify):
    hub.LOGIN = 503
    code, output = verify(hub, "--check")
    assert code == 0 and "sign-in page" not in output


def test_problems_in_the_variables_are_reported_first(hub, verify):
    code, output = verify(hub, url="hub.example.org", profiles=[{"name": "a"}])
    assert code == 2 and "verify_url must start with https://" in output and "sign-in page" not in output
