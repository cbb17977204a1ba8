"""What the audit log says of local accounts, and what an erasure deletes of their own records."""

import asyncio
from pathlib import Path

import pytest

from hubkit import audit as command
from hubkit.hub.accounts import Accounts
from hubkit.hub.audit import Audit
from hubkit.hub.local import LOCAL, LocalAccounts, SignInRefused, passwords

IAM, TODAY = "https://iam.example.org", "2027-03-15"
TYPED = "hunter2-typed-as-a-name"


@pytest.fixture
def local(tmp_path, cheap_hashes):
    """Accounts ada and carol, each with a failed attempt and a request; ada of the IAM came first."""
    local = LocalAccounts(str(tmp_path / "local.sqlite"))
    for name in ("ada", "carol"):
        local.create(name, "2027-03-20", passwords.hashed("once"))
        local.request(name, f"{name}@example.org", "192.0.2.1")
        with pytest.raises(SignInRefused):
            asyncio.run(local.authenticate(name, "wrong", "192.0.2.1", TODAY))
    return local


@pytest.fixture
def records(tmp_path, local):
    accounts, log = Accounts(tmp_path / "accounts.sqlite"), Audit(tmp_path / "audit", 90)
    assert [accounts.name(issuer, "ada", "ada") for issuer in (IAM, LOCAL)] == ["ada", "ada-2"]
    log.record("sign-in", "ada", address="192.0.2.7")
    log.record("sign-in", "", address="192.0.2.8", result="refused", iam_name="ada")
    log.record("sign-in", "", address="192.0.2.9", result="refused", account="ada")
    log.record("sign-in", "ada-2", address="192.0.2.9")
    log.record("sign-in", "", address="192.0.2.10", result="refused", account="carol")
    return command.Records(tmp_path)


def addresses(lines):
    return [line["address"].removeprefix("192.0.2.") for line in lines]


def test_a_local_account_and_somebody_of_the_iam_with_the_same_name_are_two_people(records):
    assert addresses(records.show("ada")) == ["7", "8"] and addresses(records.show("ada-2")) == ["9", "9"]


@pytest.mark.parametrize(
    ("name", "counts", "left"),
    [
        ("ada", (2, 0, 1), ["erased", "erased", "9", "9", "10"]),
        ("ada-2", (2, 3, 1), ["7", "8", "erased", "erased", "10"]),
        ("carol", (1, 3, 0), ["7", "8", "9", "9", "erased"]),  # has never signed in
        ("nobody", (0, 0, 0), ["7", "8", "9", "9", "10"]),
    ],
)
def test_an_erasure_covers_requests_and_attempts_of_that_person_alone(records, tmp_path, name, counts, left):
    local = {"ada-2": "ada"}.get(name, name)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for dry_run in (True, False):
        found = records.erase(name, dry_run=dry_run)
        assert (found["lines"], found["requests and attempts"], found["account"]) == counts
        assert not dry_run or files == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert addresses(records.audit.lines()) == left
    requests = {request["name"] for request in records.local.requests()}
    assert requests == {"ada", "carol"} - ({local} if counts[1] else set())
    assert set(records.erase(name).values()) == {0}
    assert {account["name"] for account in records.local.accounts()} == {"ada", "carol"}, "nobody else gets the name"


def test_the_words_of_a_request_are_not_left_in_the_file(records, tmp_path):
    records.erase("carol")
    text = (tmp_path / "local.sqlite").read_bytes()
    assert b"carol@example.org" not in text and b"ada@example.org" in text


def test_a_name_that_nobody_has_is_written_to_no_file(local, tmp_path):
    with pytest.raises(SignInRefused):
        asyncio.run(local.authenticate(TYPED, "x", "192.0.2.1", TODAY))
    assert (local.known(TYPED), local.known("Carol")) == ("", "carol")
    assert not any(TYPED.encode() in path.read_bytes() for path in Path(tmp_path).iterdir())
