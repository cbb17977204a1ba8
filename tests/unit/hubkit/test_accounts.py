import re
import sqlite3
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubkit.hub import accounts as module
from hubkit.hub.accounts import Accounts, safe_name

sys.path.insert(0, str(Path(__file__).parents[1] / "properties"))

from hypothesis_settings import examples

IAM, NEW_IAM = "https://iam.example.org", "https://new.example.org"
RESERVED = ["root", "postgres", "sshd", "jupyterhub-proxy", "jupyterhub-x", "systemd-network", "systemd", "jupyterhub"]


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
        ("ada\n", "ada"),
        ("root\n", "user-root"),
        ("_jupyterhub-proxy", "user-jupyterhub-proxy"),
        ("Sshd@example.org", "user-sshd"),
        ("systemd-" + "a" * 30, "user-systemd-" + "a" * 17),
        ("sshdx", "sshdx"),
    ],
)
def test_any_name_becomes_one_that_every_platform_accepts(preferred, name):
    assert safe_name(preferred) == name
    assert re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", name) and len(name) <= 30


@pytest.fixture
def accounts(tmp_path):
    return Accounts(str(tmp_path / "accounts.sqlite"), {"taken", "ada-3"}.__contains__)


def test_a_person_keeps_the_name_and_nobody_else_gets_it(accounts):
    assert accounts.name(IAM, "1", "Ada") == "ada"
    assert accounts.name(f"{IAM}/", "1", "Countess") == "ada"  # renamed at the IAM; a trailing slash is the same issuer
    assert accounts.name(IAM, "2", "ada") == "ada-2"  # the IAM gave the name to another person
    assert accounts.name("https://other.example.org", "1", "ada") == "ada-4"  # ada-3 is an account of the machine
    assert accounts.name(IAM, "3", "taken") == "taken-2"


def test_names_outside_the_registry_are_free_by_default(tmp_path):
    assert Accounts(str(tmp_path / "accounts.sqlite")).name(IAM, "3", "taken") == "taken"


@pytest.mark.parametrize("name", RESERVED)
def test_nobody_gets_the_name_of_a_service(accounts, monkeypatch, name):
    assert accounts.name(IAM, "1", name) == f"user-{name}"
    assert accounts.name(IAM, "2", name) == f"user-{name}-2"
    monkeypatch.setattr(module, "is_reserved", lambda name: False)  # the control
    assert accounts.name(IAM, "3", name) == name


def test_who_has_a_name_that_was_reserved_later_keeps_it(accounts, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(module, "is_reserved", lambda name: False)
        assert accounts.name(IAM, "1", "postgres") == "postgres"
    assert accounts.name(IAM, "1", "postgres") == "postgres"


PREFERRED = st.text(max_size=40) | st.sampled_from([*RESERVED, "ada", "../..", "a\x00b", "ada-2", "user", "\uff41da"])
SUBJECT = st.text(max_size=5) | st.sampled_from(["1", " ", "a b", "'; --", "\x00", "%"])
PEOPLE = st.lists(
    st.tuples(st.sampled_from([IAM, f"{IAM}/", NEW_IAM, "local", ""]), SUBJECT, PREFERRED), min_size=1, max_size=12
)


@examples(60)
@given(PEOPLE)
def test_no_two_people_share_a_name_and_each_name_is_harmless(people):
    with tempfile.TemporaryDirectory() as folder:
        accounts, names = Accounts(f"{folder}/accounts.sqlite", {"ada"}.__contains__), {}
        for issuer, subject, preferred in people:
            name = accounts.name(issuer, subject, preferred)
            assert names.setdefault((issuer.rstrip("/"), subject), name) == name
            assert re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", name) and len(name) <= 30, "no way into a path"
            assert not module.is_reserved(name) and name != "ada"
        assert len(set(names.values())) == len(names)
        owners = {accounts.owner_id(name) for name in names.values()}
        assert len(owners) == len(names)


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
