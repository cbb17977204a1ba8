"""playbooks/people.yml lists people and moves a home to another identity of its owner."""

import json
import re

import pytest
from playbook import SUCCESS, Run

OLD, NEW = "https://old.example.org", "https://new.example.org"
REGISTRY = (
    "PYTHONPATH=/opt/openstack-hub/lib/hubkit.zip PYTHONDONTWRITEBYTECODE=1 /opt/openstack-hub/hub/bin/python -c "
    '"from hubkit.hub.accounts import *; from hubkit.hub.host import *; '
    "print(Accounts(f'{{STATE}}/accounts.sqlite', name_exists).name('{issuer}', '{subject}', 'pia'))\""
)
STATE = "/var/lib/openstack-hub/accounts.sqlite"


@pytest.fixture(scope="module")
def pia(run):
    """Someone with a home, whose IAM is about to be replaced. The registry is restored at the end."""
    run(f"test ! -e {STATE} || cp -p {STATE} /root/accounts.before")
    name = run(REGISTRY.format(issuer=OLD, subject="1"))
    run(f"systemctl start jupyterhub-home@{name}.service")
    yield name
    run(f"umount /home/{name}; userdel {name}; rm -rf /home/{name} /var/lib/openstack-hub/homes/{name}.img")
    run(f"rm {STATE}; test ! -e /root/accounts.before || mv /root/accounts.before {STATE}")


@pytest.fixture(scope="module")
def move(pia):
    """Run the playbook to move pia's home."""
    variables = {"people_move": pia, "people_issuer": NEW, "people_subject": "-7"}
    return lambda *arguments, **others: Run(*arguments, playbook="playbooks/people.yml", **variables | others)


def issuer(output, name):
    """Of NAME in a list of people."""
    line = re.findall(rf'{{[^}}]*"name": "{name}"[^}}]*}}', output.replace('\\"', '"'))[0]
    return json.loads(line)["issuer"]


def test_a_home_moves_to_another_identity(run, pia, move):
    predicted = move("--check")
    assert (predicted.outcome, issuer(predicted.output, pia)) == (SUCCESS, OLD)
    moved = move()
    assert (moved.outcome, issuer(moved.output, pia)) == (SUCCESS, NEW)
    assert moved.changes == predicted.changes and len(moved.changes) == 1
    assert run(REGISTRY.format(issuer=NEW, subject="-7")) == pia
    again = move()
    assert (again.outcome, again.changes) == (SUCCESS, {})
    for refused in (move(people_move="somebody"), move("--check", people_move="somebody")):
        assert refused.outcome[0] != 0
        assert f"people_move=somebody: -7 at {NEW} is {pia} and has a home" in refused.output
