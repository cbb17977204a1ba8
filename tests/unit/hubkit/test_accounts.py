import re
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import pytest

from hubkit.hub.accounts import Accounts, safe_name

IAM = "https://iam.example.org"


@pytest.mark.parametrize(
    ("preferred", "name"),
    [
        ("Ada.Lovelace@example.org", "ada-lovelace"),
        ("ada@example@example.org", "ada"),
        ("Łukasz Žižek", "ukasz-zizek"),
        ("山田", "user"),
        ("42nd", "user-42nd"),
        ("a1", "a1"),
        ("-x-", "x"),
        ("", "user"),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 99, "a" * 30),
        ("a" * 29 + ".b", "a" * 29),
        ("root\n", "root"),
    ],
)
def test_any_name_becomes_one_that_every_platform_accepts(preferred, name):
    assert safe_name(preferred) == name
    assert re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", name) and len(name) <= 30


@pytest.fixture
def accounts(tmp_path):
    return Accounts(str(tmp_path / "accounts.sqlite"), {"root", "ada-3"}.__contains__)


def test_a_person_keeps_the_name_and_nobody_else_gets_it(accounts):
    assert accounts.name(IAM, "1", "Ada") == "ada"
    assert accounts.name(f"{IAM}/", "1", "Countess") == "ada"  # renamed at the IAM; a trailing slash is the same issuer
    assert accounts.name(IAM, "2", "ada") == "ada-2"  # the IAM gave the name to another person
    assert accounts.name("https://other.example.org", "1", "ada") == "ada-4"  # ada-3 is an account of the machine
    assert accounts.name(IAM, "3", "root") == "root-2"


def test_names_outside_the_registry_are_free_by_default(tmp_path):
    assert Accounts(str(tmp_path / "accounts.sqlite")).name(IAM, "3", "root") == "root"


def test_a_long_name_is_shortened_for_its_number(accounts):
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
    (tmp_path / "accounts.sqlite").write_text("not a database, and long enough to be recognised as such")
    with pytest.raises(sqlite3.Error):
        Accounts(str(tmp_path / "accounts.sqlite")).name(IAM, "1", "ada")


def test_the_owner_id_identifies_a_person_and_names_nobody(accounts):
    assert accounts.owner_id("nobody") is None, "also before the first sign-in"
    names = [accounts.name(IAM, subject, "ada") for subject in ("1", "2")]
    ids = [accounts.owner_id(name) for name in names]
    assert len(set(ids)) == 2 and all(re.fullmatch("[0-9a-f]{64}", owner_id) for owner_id in ids)
    assert accounts.owner_id("nobody") is None


def test_the_owner_id_differs_between_issuers_and_not_between_registries(tmp_path):
    """A registry that was lost and is filled again finds the owners of homes; another IAM's subjects are others."""
    issuers = {"first": IAM, "again": f"{IAM}/", "other": "https://other.example.org"}
    registries = {name: Accounts(str(tmp_path / name)) for name in issuers}
    for name, issuer in issuers.items():
        registries[name].name(issuer, "1", "ada")
    ids = {name: registry.owner_id("ada") for name, registry in registries.items()}
    assert ids["first"] == ids["again"] != ids["other"]
