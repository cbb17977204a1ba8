"""playbooks/accounts.yml on a machine: local accounts, their one-time passwords, and what a second run does."""

import datetime
import re
import shutil
import stat

import pytest
from playbook import ROOT, SUCCESS, Run

FOLDER, FILE = ROOT / "molecule/inventory/.accounts", "/var/lib/openstack-hub/local.sqlite"
SOON = datetime.date.today() + datetime.timedelta(10)
VARIABLES = {
    "hub_sign_in": ["iam", "local"],
    "hub_local_accounts": {"accounts": [{"name": "ada", "until": SOON.isoformat()}, {"name": "bob"}]},
}
CHANGE = "Change the accounts"


def accounts(*arguments, **variables):
    return Run(*arguments, playbook="playbooks/accounts.yml", **{**VARIABLES, **variables})


def password(name):
    return (FOLDER / name).read_text().strip()


@pytest.fixture(scope="module")
def runs(run):
    """Check mode, a run, and a second run."""
    run(f"rm -f {FILE}")
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        yield accounts("--check"), accounts(), accounts()
    finally:
        run(f"rm -f {FILE}")
        shutil.rmtree(FOLDER, ignore_errors=True)


def test_accounts_are_created_once_and_listed(runs):
    check, first, second = runs
    assert [each.outcome for each in runs] == [SUCCESS] * 3
    line = f"ada, valid until {SOON}, has a one-time password"
    assert f"create ada, valid until {SOON}" in check.output and line not in check.output
    assert line in first.output and line in second.output and (CHANGE, 0) in first.changes
    assert check.changes and second.changes == {}


def test_passwords_are_in_files_for_the_operator_alone_and_nowhere_else(runs, host):
    for name in ("ada", "bob"):
        assert re.fullmatch("[a-z0-9]{16}", password(name)) and stat.S_IMODE((FOLDER / name).stat().st_mode) == 0o600
        assert all(password(name) not in each.output for each in runs)
    assert password("ada") != password("bob") and stat.S_IMODE(FOLDER.stat().st_mode) == 0o700
    assert (FOLDER / ".gitignore").read_text() == "*\n"
    file = host.file(FILE)
    assert (file.mode, file.user) == (0o600, "root")


def test_a_reset_replaces_the_password_and_check_mode_does_not(runs):
    before = password("ada")
    assert accounts("--check", accounts_reset="ada").outcome == SUCCESS and password("ada") == before
    reset = accounts(accounts_reset="ada", accounts_disable="bob")
    assert reset.outcome == SUCCESS and password("ada") != before and password("ada") not in reset.output
    assert "bob, valid until" in reset.output and "disabled" in reset.output


def test_what_is_wrong_is_named_and_changes_nothing(runs):
    for variables, words in (
        ({"accounts_reset": "eve"}, "there is no account eve"),
        ({"hub_sign_in": ["iam"]}, "add local to it"),
        ({"hub_local_accounts": {"accounts": [{"name": "x", "until": "2099-01-01"}]}}, "more than 31 days"),
    ):
        wrong = accounts(**variables)
        assert wrong.outcome[0] and words in str(wrong.outcome[1]) and wrong.changes == {}
