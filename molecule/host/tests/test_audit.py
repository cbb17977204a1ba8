"""playbooks/audit.yml on a machine: it shows what one person did, and erases a person if a sentence confirms it."""

import pytest
from playbook import SUCCESS, Run

PLAYBOOK = "playbooks/audit.yml"
PYTHON = "PYTHONPATH=/opt/openstack-hub/lib/hubkit.zip /opt/openstack-hub/hub/bin/python"
FOLDER = "/var/lib/openstack-hub/audit"


@pytest.fixture
def mallory(run):
    """A person of whom the log has one line."""
    record = (
        f"from hubkit.hub.audit import Audit; Audit('{FOLDER}', 90).record('sign-in', 'mallory', address='192.0.2.7')"
    )
    run(f'{PYTHON} -c "{record}"')
    return "mallory"


def erase(name, *arguments, sentence=None):
    sentence = sentence or f"erase {name} from the logs of hub.localhost"
    return Run(*arguments, playbook=PLAYBOOK, audit_erase=name, audit_confirmation=sentence)


def test_a_person_is_shown_and_then_erased_once(run, mallory):
    shown = Run(playbook=PLAYBOOK, audit_user=mallory)
    assert (shown.outcome, shown.changes) == (SUCCESS, {}) and "192.0.2.7" in shown.output
    status, failures = erase(mallory, sentence="yes").outcome
    assert status != 0 and "Nothing was done. This replaces mallory" in failures[0]
    predicted = erase(mallory, "--check")
    assert (predicted.outcome, len(predicted.changes)) == (SUCCESS, 1)
    assert mallory in run(f"cat {FOLDER}/*.jsonl")
    erased = erase(mallory)
    assert (erased.outcome, erased.changes.keys()) == (SUCCESS, predicted.changes.keys())
    assert mallory not in run(f"cat {FOLDER}/*.jsonl") and "192.0.2.7" not in run(f"cat {FOLDER}/*.jsonl")
    again = erase(mallory)
    assert (again.outcome, again.changes) == (SUCCESS, {})


def test_only_root_reads_the_log(run, mallory):
    modes = run(f"stat -c '%a %U' {FOLDER} {FOLDER}/*").split("\n")
    assert sorted(set(filter(None, modes))) == ["600 root", "700 root"]


@pytest.mark.parametrize("name", ["-h", "a; id"])
def test_what_is_no_name_is_refused(name):
    status, failures = Run(playbook=PLAYBOOK, audit_user=name).outcome
    assert status != 0 and f"{name} is not a name in the hub" in failures[0]
