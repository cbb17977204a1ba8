"""The command that lists people and moves a home to another identity of its owner."""

import json
from types import SimpleNamespace

import pytest

from hubkit.command import answer
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
def run(accounts, homes, tmp_path):
    """run(*move, check=False): the command's answer."""
    platform = SimpleNamespace(STATE=str(tmp_path), has_home=homes.__contains__)
    order = {"command": "people", "check": False}
    return lambda *move, **others: answer(platform, json.dumps({**order, "move": move, **others}))


@pytest.fixture
def move(run):
    """The line about a move, None where nothing changed."""

    def move(*arguments, **others):
        answer = run(*arguments, **others)
        return json.loads(answer["text"][0]) if answer["changed"] else None

    return move


@pytest.fixture
def listed(run):
    return lambda: [json.loads(line) for line in run()["text"]]


def test_people_are_listed_with_all_that_identifies_them(listed, accounts):
    accounts.name(IAM, "3", "Zoë\x1b[2J\n@example.org")
    *others, zoe = listed()
    assert [(each["name"], each["issuer"], each["subject"], each["wanted"]) for each in others] == [
        ("ada", IAM, "1", "ada"), ("ada-2", IAM, "2", "ada"),
    ]  # fmt: skip
    assert others[0]["since"].startswith("20") and zoe["wanted"] == "Zoë\x1b[2J\n@example.org"


def test_control_characters_do_not_reach_the_terminal(run, accounts):
    accounts.name(IAM, "3", "Zoë\x1b[2J\n@example.org")
    assert all(line.isascii() and line.isprintable() for line in run()["text"])


def test_a_name_moves_to_an_identity_that_has_none(move, listed, accounts):
    before, people = accounts.owner_id("ada"), listed()
    assert move("ada", f"{NEW}/", "9", check=True) and listed() == people
    moved = move("ada", f"{NEW}/", "9")
    assert moved.pop("next").startswith("The next check ends the former identity's access")
    assert moved == {
        "moved": "ada", "from": {"issuer": IAM, "subject": "1"}, "to": {"issuer": NEW, "subject": "9"}, "gave_up": None,
    }  # fmt: skip
    assert accounts.name(NEW, "9", "anything") == "ada"
    assert accounts.owner_id("ada") != before and accounts.former_owner_ids("ada") == {before}
    assert accounts.name(IAM, "1", "ada") == "ada-3", "the former identity is another person from now on"


def test_a_name_without_a_home_is_given_up_and_never_given_again(move, accounts):
    assert accounts.name(NEW, "9", "ada") == "ada-3"
    moved = move("ada", NEW, "9")
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
@pytest.mark.parametrize("check", [True, False])
def test_a_move_that_would_leave_a_home_without_a_person_is_refused(run, arguments, words, check):
    before = run()
    (error,) = run(*arguments, check=check).values()
    assert error.startswith(f"people_move={arguments[0]}: ") and words in error
    assert run() == before


def test_a_second_move_changes_nothing(run, move):
    assert move("ada", NEW, "9")
    before = run()
    assert run("ada", NEW, "9") == run("ada", NEW, "9", check=True) == before and not before["changed"]


def test_a_move_can_be_undone(move, accounts, homes):
    first = accounts.owner_id("ada")
    move("ada", NEW, "9")
    assert accounts.name(IAM, "1", "ada") == "ada-3"
    back = move("ada", IAM, "1")
    assert (back["gave_up"], accounts.owner_id("ada")) == ("ada-3", first)


def test_an_identity_that_signs_in_meanwhile_is_not_overwritten(accounts):
    def sign_in_elsewhere(name):
        Accounts(accounts.path).move("ada-3", NEW, "8", lambda name: False)
        return False

    assert accounts.name(NEW, "9", "ada") == "ada-3"
    with pytest.raises(MoveRefused, match="has signed in meanwhile"):
        accounts.move("ada", NEW, "9", sign_in_elsewhere)
    assert accounts.name(IAM, "1", "ada") == "ada"
