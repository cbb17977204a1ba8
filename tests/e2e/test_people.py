"""audit.yml, people.yml and accounts.yml, which run a command where the hub runs: on its machine or in its pod."""

import re
import shutil
import uuid

import deployment
import pytest
from deployment import playbook, playbook_result

from visitor.errors import VisitorError

# New people in each run, because a name is never given twice
NAME, SUBJECT = f"olga-{uuid.uuid4().hex[:4]}", uuid.uuid4().hex
FOLDER = deployment.ROOT / deployment.INVENTORY / ".accounts"
NEW = {"people_move": NAME, "people_issuer": deployment.IAM, "people_subject": f"{SUBJECT}-new"}


def changes(output):
    return sum(int(number) for number in re.findall(r"changed=(\d+)", output))


@pytest.fixture(scope="module")
def subject(testbed):
    """subject(TEXT): from now on NAME is this subject at the IAM."""
    with deployment.changed("passwords.json", lambda secrets: secrets.update({NAME: "olga-signs-in-e2e"})):
        users = deployment.read("users.json")
        try:
            yield lambda sub: deployment.write(
                "users.json", users | {NAME: {"sub": sub, "name": "Olga", "groups": ["cloud/jupyter"]}}
            )
        finally:
            deployment.write("users.json", users)


@pytest.fixture(scope="module")
def olga(subject):
    """Somebody who has a file in a home."""
    subject(SUBJECT)
    visitor = deployment.started(NAME, "brief")
    visitor.put_file("mine.txt", "of olga")
    visitor.stop()


def test_the_log_says_what_one_person_did(olga):
    shown = playbook("audit", audit_user=NAME)
    for event in ("sign-in", "server start", "server stop"):
        assert re.search(rf"{event} +{NAME} ", shown), shown
    assert changes(shown) == 0


def test_the_log_says_who_was_refused(testbed):
    with pytest.raises(VisitorError):
        deployment.signed_in("dave")
    shown = playbook("audit")
    assert re.search(r"sign-in .*dave .*refused\s+In\s+none of the groups", shown) and changes(shown) == 0


def test_a_home_moves_to_a_new_identity_of_its_owner(olga, subject):
    listed = re.compile(rf'"name": "{NAME}", "issuer": "[^"]*", "subject": "{SUBJECT}(-new)?"')
    predicted = playbook("people", "--check", **NEW)
    moved, again = playbook("people", **NEW), playbook("people", **NEW)
    assert [changes(each) for each in (predicted, moved, again)] == [1, 1, 0]
    assert [listed.search(each.replace("\\", ""))[1] for each in (predicted, moved, again)] == [None, "-new", "-new"]
    subject(f"{SUBJECT}-new")
    visitor = deployment.started(NAME, "brief")
    assert visitor.get_file("mine.txt") == "of olga"
    visitor.stop()


def test_a_move_that_cannot_be_is_refused_with_the_variable(testbed):
    wrong = {"people_move": "nobody-has-it", "people_issuer": deployment.IAM, "people_subject": "x"}
    status, output = playbook_result("people", **wrong)
    assert status != 0 and "people_move=nobody-has-it: nobody is called nobody-has-it" in " ".join(output.split())


def test_one_person_is_erased_by_name(olga):
    erase = {"audit_erase": NAME, "audit_confirmation": f"erase {NAME} from the logs of hub.localhost"}
    predicted, erased = playbook("audit", "--check", **erase), playbook("audit", **erase)
    assert changes(predicted) == changes(erased) == 1 and "kept: name, issuer and subject" in erased
    assert changes(playbook("audit", **erase)) == 0
    assert "Nothing is recorded." in playbook("audit", audit_user=NAME)


@pytest.fixture
def folder(testbed):
    shutil.rmtree(FOLDER, ignore_errors=True)
    yield FOLDER
    shutil.rmtree(FOLDER, ignore_errors=True)


def test_local_accounts_are_created_once(folder):
    variables = {"hub_sign_in": ["iam", "local"], "hub_local_accounts": {"accounts": [{"name": NAME}]}}
    predicted = playbook("accounts", "--check", **variables)
    assert f"create {NAME}" in predicted and changes(predicted) and not folder.exists()
    first, second = playbook("accounts", **variables), playbook("accounts", **variables)
    for output in (first, second):
        assert f"{NAME}, valid until" in output and (folder / NAME).read_text().strip() not in output
    assert changes(first) and changes(second) == 0
