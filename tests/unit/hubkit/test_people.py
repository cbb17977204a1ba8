"""The command that lists people and moves a home to another identity of its owner."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from hubkit import people
from hubkit.hub.accounts import Accounts, MoveRefused

IAM, NEW = "https://iam.example.org", "https://new.example.org"


@pytest.fixture
def accounts(tmp_path):
    accounts = Accounts(str(tmp_path / "accounts.sqlite"))
    assert [accounts.name(IAM, subject, "ada") for subject in ("1", "2")] == ["ada", "ada-2"]
    return accounts


@pytest.fixture
def homes():
    """Names of users who have a home."""
    return {"ada", "ada-2"}


@pytest.fixture
def run(accounts, homes, tmp_path, monkeypatch):
    """The command's output as a list of objects."""
    model = tmp_path / "hub.json"
    model.write_text(json.dumps({"spawner": "some_platform"}))
    platform = SimpleNamespace(STATE=str(tmp_path), has_home=homes.__contains__)
    monkeypatch.setitem(sys.modules, "some_platform", platform)
    return lambda *arguments: [json.loads(line) for line in people.run([str(model), *arguments])]


def test_people_are_listed_with_all_that_identifies_them(run, accounts):
    accounts.name(IAM, "3", "Zoë\x1b[2J\n@example.org")
    *listed, zoe = run()
    assert [(each["name"], each["issuer"], each["subject"], each["wanted"]) for each in listed] == [
        ("ada", IAM, "1", "ada"), ("ada-2", IAM, "2", "ada"),
    ]  # fmt: skip
    assert listed[0]["since"].startswith("20") and zoe["wanted"] == "Zoë\x1b[2J\n@example.org"


def test_control_characters_do_not_reach_the_terminal(run, accounts, tmp_path):
    accounts.name(IAM, "3", "Zoë\x1b[2J\n@example.org")
    assert all(line.isascii() and line.isprintable() for line in people.run([str(tmp_path / "hub.json")]))


def test_a_name_moves_to_an_identity_that_has_none(run, accounts):
    before = accounts.owner_id("ada")
    (moved,) = run("move", "ada", f"{NEW}/", "9")
    assert moved.pop("next").startswith("Sessions of the former identity end")
    assert moved == {
        "moved": "ada", "from": {"issuer": IAM, "subject": "1"}, "to": {"issuer": NEW, "subject": "9"}, "gave_up": None,
    }  # fmt: skip
    assert accounts.name(NEW, "9", "anything") == "ada"
    assert accounts.owner_id("ada") != before and accounts.former_owner_ids("ada") == {before}
    assert accounts.name(IAM, "1", "ada") == "ada-3", "the former identity is another person from now on"


def test_a_name_without_a_home_is_given_up_and_never_given_again(run, accounts):
    assert accounts.name(NEW, "9", "ada") == "ada-3"
    (moved,) = run("move", "ada", NEW, "9")
    assert (moved["gave_up"], accounts.name(NEW, "9", "ada")) == ("ada-3", "ada")
    assert accounts.name(NEW, "10", "ada-3") == "ada-3-2"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ada", IAM, "2"), "2 at https://iam.example.org is ada-2 and has a home"),
        (("nobody-has-it", NEW, "9"), "nobody is called nobody-has-it"),
        (("ada-2", IAM, "1"), "is ada and has a home"),
    ],
)
def test_a_move_that_would_leave_a_home_without_a_person_is_refused(run, arguments, words):
    before = run()
    with pytest.raises(MoveRefused, match=words):
        run("move", *arguments)
    assert run() == before


def test_a_second_move_changes_nothing(run):
    run("move", "ada", NEW, "9")
    before = run()
    assert run("move", "ada", NEW, "9") == [] and run() == before


def test_a_move_can_be_undone(run, accounts, homes):
    first = accounts.owner_id("ada")
    run("move", "ada", NEW, "9")
    assert accounts.name(IAM, "1", "ada") == "ada-3"
    (back,) = run("move", "ada", IAM, "1")
    assert (back["gave_up"], accounts.owner_id("ada")) == ("ada-3", first)


def test_an_identity_that_signs_in_meanwhile_is_not_overwritten(accounts):
    def sign_in_elsewhere(name):
        Accounts(accounts.path).move("ada-3", NEW, "8", lambda name: False)
        return False

    assert accounts.name(NEW, "9", "ada") == "ada-3"
    with pytest.raises(MoveRefused, match="has signed in meanwhile"):
        accounts.move("ada", NEW, "9", sign_in_elsewhere)
    assert accounts.name(IAM, "1", "ada") == "ada"


@pytest.mark.parametrize("arguments", [(), ("move", "ada"), ("move", "ada", NEW, "9", "x"), ("drop",)])
def test_other_arguments_get_the_usage(tmp_path, arguments):
    command = [sys.executable, "-m", "hubkit.people", *([str(tmp_path / "hub.json")] if arguments else []), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.startswith("People and their names: python -m hubkit.people HUB.JSON")
