import re
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import pytest

from hubkit.hub.accounts import Accounts, safe_name

IAM = "https://iam.example.org"


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Ada.Lovelace@example.org", "ada-lovelace"),
        ("Łukasz Žižek", "ukasz-zizek"),
        ("山田", "user"),
        ("42nd", "user-42nd"),
        ("-x-", "x"),
        ("", "user"),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 99, "a" * 30),
        ("a" * 29 + ".b", "a" * 29),
        ("root\n", "root"),
    ],
)
def test_any_name_becomes_one_that_every_platform_takes(wanted, name):
    assert safe_name(wanted) == name
    assert re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", name) and len(name) <= 30


@pytest.fixture
def accounts(tmp_path):
    return Accounts(str(tmp_path / "accounts.sqlite"), {"root", "ada-3"}.__contains__)


def test_a_person_keeps_the_name_and_nobody_else_gets_it(accounts):
    assert accounts.name(IAM, "1", "Ada") == "ada"
    assert accounts.name(f"{IAM}/", "1", "Countess") == "ada"  # renamed at the IAM; the last slash is no other issuer
    assert accounts.name(IAM, "2", "ada") == "ada-2"  # the IAM gave the name to somebody else
    assert accounts.name("https://other.example.org", "1", "ada") == "ada-4"  # ada-3 is an account of the machine
    assert accounts.name(IAM, "3", "root") == "root-2"


def test_a_long_name_has_room_for_its_number(accounts):
    names = [accounts.name(IAM, str(i), "b" * 40) for i in range(11)]
    assert len(set(names)) == 11 and max(map(len, names)) == 30 and names[-1] == "b" * 27 + "-11"


def test_two_processes_never_give_one_name_twice(tmp_path):
    path = str(tmp_path / "accounts.sqlite")
    with ProcessPoolExecutor(4) as pool:
        names = list(pool.map(partial(_name, path), range(40)))
    assert len(set(names)) == 40


def _name(path, subject):
    return Accounts(path).name(IAM, str(subject), "ada")


def test_a_broken_registry_gives_no_name(tmp_path):
    (tmp_path / "accounts.sqlite").write_text("not a database, and long enough to tell")
    with pytest.raises(sqlite3.Error):
        Accounts(str(tmp_path / "accounts.sqlite")).name(IAM, "1", "ada")


def test_a_mark_tells_persons_apart_and_names_nobody(accounts):
    names = [accounts.name(IAM, subject, "ada") for subject in ("1", "2")]
    marks = {accounts.mark(name) for name in names}
    assert len(marks) == 2 and all(re.fullmatch("[0-9a-f]{64}", mark) for mark in marks)
    assert accounts.mark("nobody") is None
