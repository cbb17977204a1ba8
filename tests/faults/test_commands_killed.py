"""accounts.yml and people.yml killed at random moments, on the machine of molecule (`molecule converge -s host`)."""

import json
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import killing
import pytest
from test_host_killed import HUB

PYTHON = ["env", "PYTHONPATH=/opt/openstack-hub/lib/hubkit.zip", "/opt/openstack-hub/hub/bin/python", "-c"]
STATE = "/var/lib/openstack-hub"
FOLDER = Path("molecule/inventory/.accounts")
KILLS = 5
# {name: whether its one-time password is the one of the file}
MATCHES = f"""
import json, sys
from hubkit.hub.local import passwords
from hubkit.hub.local.database import transaction
with transaction("{STATE}/local.sqlite") as db:
    rows = dict(db.execute("SELECT name, password FROM accounts").fetchall())
print(json.dumps({{name: passwords.matches(text, rows[name]) for name, text in json.load(sys.stdin).items()}}))
"""
# Subjects of whom has the name kim
REGISTRY = f"""
from hubkit.hub.accounts import Accounts
accounts = Accounts("{STATE}/accounts.sqlite")
"""
NEW = 'accounts.name("https://iam.example.org", "0", "kim")'
OWNERS = 'print(*[person["subject"] for person in accounts.people() if person["name"] == "kim"])'


def on_hub(code, text=""):
    done = subprocess.run(
        [*HUB[:2], "-i", *HUB[2:], *PYTHON, code], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def play(name, variables):
    return ["ansible-playbook", "-i", "molecule/inventory", f"playbooks/{name}.yml", "-e", json.dumps(variables)]


def kill_within(seconds, command):
    """Run COMMAND and kill its Ansible after a random part of SECONDS, or once it has ended."""
    moment = random.uniform(0.3, 1) * seconds  # before that, Ansible starts
    with killing.start(command) as process:
        time.sleep(moment)  # a random moment is what is tested
        killing.kill_ansible(process.pid)
        output = os.read(process.stdout.fileno(), 2**16).decode(errors="replace")
        process.stdout.close()  # what it has started may still hold the other end
    print(f"killed after {moment:.1f} of {seconds:.1f} s, in", output.rpartition("TASK [")[2].partition("]")[0])


@pytest.fixture(autouse=True)
def seed():
    number = random.randrange(10**6)
    print(f"random.seed({number})")
    random.seed(number)


@pytest.fixture
def accounts():
    """Variables for five accounts; what is there is kept, and restored at the end."""
    keep = "mkdir -p kept && for name in local accounts; do test ! -e $name.sqlite || mv $name.sqlite kept; done"
    restore = "rm -f local.sqlite accounts.sqlite; cp -p kept/* . ; rm -r kept"
    subprocess.run([*HUB, "sh", "-c", f"cd {STATE} && {keep}"], check=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    yield {"hub_sign_in": ["iam", "local"], "hub_local_accounts": {"accounts": [{"name": f"u{n}"} for n in range(5)]}}
    subprocess.run([*HUB, "sh", "-c", f"cd {STATE} && {restore}"], check=True)
    shutil.rmtree(FOLDER, ignore_errors=True)


def timed(command):
    begin = time.monotonic()
    killing.run(command)
    return time.monotonic() - begin


@pytest.mark.slow
def test_every_password_in_the_site_folder_is_the_one_of_the_hub(accounts):
    seconds = timed(play("accounts", accounts))
    for number in range(KILLS):
        accounts["hub_local_accounts"]["accounts"] += [{"name": f"v{number}-{n}"} for n in range(3)]
        command = play("accounts", accounts | {"accounts_reset": "u0,u1"})
        kill_within(seconds, command)
        killing.run(command)
        given = {path.name: path.read_text().strip() for path in FOLDER.iterdir() if path.name != ".gitignore"}
        assert set(given) == {account["name"] for account in accounts["hub_local_accounts"]["accounts"]}
        assert set(json.loads(on_hub(MATCHES, json.dumps(given))).values()) == {True}
        assert set(killing.changes(killing.run(play("accounts", accounts)))) == {0}


@pytest.mark.slow
def test_a_home_has_one_owner(accounts):
    on_hub(REGISTRY + NEW)
    move = {"people_move": "kim", "people_issuer": "https://iam.example.org"}
    seconds = timed(play("people", move | {"people_subject": "0"}))
    for number in range(1, KILLS + 1):
        command = play("people", move | {"people_subject": str(number)})
        kill_within(seconds, command)
        killing.run(command)
        assert set(killing.changes(killing.run(command))) == {0}
        assert on_hub(REGISTRY + OWNERS).split() == [str(number)]
