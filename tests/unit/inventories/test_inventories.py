"""The site's value wins, whatever way Ansible is called; what is shipped is sound."""

import json
import os
import subprocess
from pathlib import Path

import pytest

INVENTORIES = ["inventories/example", "inventories/demo", "molecule/inventory"]


def ansible(*command, state):
    environment = os.environ | {"XDG_STATE_HOME": str(state)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def state(tmp_path):
    """A state folder as testbed/up.yml leaves it, as far as inventories read it."""
    for name in ("demo", "test"):
        (tmp_path / "openstack-hub" / name).mkdir(parents=True)
        (tmp_path / "openstack-hub" / name / "client_secret").write_text("not-secret")
    return tmp_path


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_the_shared_manual_is_linked(inventory):
    assert Path(inventory, "group_vars/all/00-shared").resolve() == Path("group_vars/all").resolve()


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_the_sites_value_wins(inventory, state):
    out = ansible("ansible-inventory", "-i", inventory, "--host", "localhost", state=state)
    shared = {"hub_notice": "", "hub_allowed_groups": None}
    seen = json.loads(out.stdout)
    assert all(seen[name] != value for name, value in shared.items())
    assert seen["hub_platform"] == "host"


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_what_is_shipped_is_sound(inventory, state):
    out = ansible("ansible-playbook", "-i", inventory, "playbooks/validate.yml", "--tags", "variables", state=state)
    assert out.returncode == 0, out.stdout


def test_the_example_lacks_nothing_but_its_certificate(state):
    out = ansible("ansible-playbook", "-i", "inventories/example", "playbooks/validate.yml", state=state)
    failed = [line for line in out.stdout.splitlines() if line.startswith("failed: ") or line.startswith("fatal: ")]
    assert out.returncode != 0
    assert len(failed) == 2 and all("certificates/hub.example.org." in line for line in failed), out.stdout


def test_all_mistakes_are_reported_and_nothing_is_reached(state):
    wrong = {"hub_domain": "https://x", "hub_idle": "1w", "hub_profiles": [{"name": "a", "cpu": 1, "memory": "1X"}]}
    out = ansible(
        "ansible-playbook", "-i", "inventories/example", "playbooks/validate.yml", "-e", json.dumps(wrong), state=state
    )
    assert out.returncode != 0
    for part in ("3 mistake(s)", "hub_domain: 'https://x'", "hub_idle: '1w'", "hub_profiles[0].memory: '1X'"):
        assert part in out.stdout
    assert "PLAY [Set up" not in out.stdout


@pytest.mark.parametrize("missing", [[], ["-i", "inventories/nowhere"]])
def test_a_missing_inventory_is_an_error(missing, state):
    assert ansible("ansible-playbook", *missing, "playbooks/validate.yml", state=state).returncode != 0
