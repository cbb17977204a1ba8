"""The audit log as files: what a line holds, who may read it, for how long, and how a person is erased from it."""

import errno
import json
import os
import re
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from hubkit import audit as command
from hubkit.command import answer
from hubkit.hub import audit
from hubkit.hub.acceptances import Acceptances
from hubkit.hub.accounts import Accounts
from hubkit.hub.audit import Audit

IAM = "https://iam.example.org"
NOW = datetime.now(UTC)
TODAY = NOW.date()


class Clock(datetime):
    """Stands still, or a test that runs at midnight would look for yesterday's file."""

    @classmethod
    def now(cls, tz=None):
        return NOW


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setattr(audit, "datetime", Clock)
    return Audit(tmp_path / "audit", 90)


def file_of(log, day=TODAY):
    return log.folder / f"audit-{day}.jsonl"


def test_a_line_says_who_when_from_where_what_with_which_result_and_why(log):
    log.record("sign-in", "ada", address="192.0.2.7")
    log.record("server start", "root", result="refused", reason="full", of="ada", profile="large")
    first, second = log.lines()
    assert NOW - datetime.fromisoformat(first.pop("time")) < timedelta(milliseconds=1)
    assert first == {"event": "sign-in", "user": "ada", "address": "192.0.2.7", "result": "ok", "reason": ""}
    assert {**second, "time": ""} == {
        "time": "", "event": "server start", "user": "root", "address": "", "result": "refused", "reason": "full",
        "of": "ada", "profile": "large",
    }  # fmt: skip


def test_nobody_else_reads_the_log_whatever_the_umask(log):
    before = os.umask(0)
    try:
        log.record("sign-in", "ada")
    finally:
        os.umask(before)
    assert log.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in log.folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "name",
    [
        'eve\n{"event": "sign-in", "user": "root"}',
        'eve", "user": "root',
        "eve\x1b[2J\x07",
        "eve\u202e\u2028\x85",
        "e" * 10**6,
    ],
)
def test_no_name_makes_a_line_of_its_own_controls_a_terminal_or_fills_the_disk(log, name):
    log.record("sign-in", "", result="refused", iam_name=name, reason=name)
    log.record("sign-in", "ada")
    text = file_of(log).read_text()
    assert len(text.splitlines()) == 2 and len(text) < 5000 and text.isascii() and "\x1b" not in text
    refused, signed_in = log.lines()
    assert (refused["user"], refused["iam_name"]) == ("", name[: audit.MAX_TEXT])
    assert signed_in["user"] == "ada"
    rows = command.table([refused, signed_in])
    assert len(rows) == 3 and all(row.isprintable() for row in rows)


def test_values_of_any_type_become_texts(log):
    log.record("server start", "ada", profile=["x"], reason=None, address=ValueError("x"))
    (line,) = log.lines()
    assert (line["profile"], line["reason"], line["address"]) == ("['x']", "", "x")


def test_a_full_disk_breaks_nothing_and_is_logged(log, monkeypatch, caplog):
    log.record("sign-in", "ada")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(audit.os, "write", full)
        log.record("sign-in", "bob")
        assert "No space left" in caplog.text and "bob" in caplog.text
        write = os.pwrite  # a part of the line still fits
        patch.setattr(audit.os, "write", lambda file, data: write(file, data[:9], file_of(log).stat().st_size))
        log.record("sign-in", "carol")
    assert "only a part was written" in caplog.text
    log.record("sign-in", "dave")
    assert [line["user"] for line in log.lines()] == ["ada", "dave"]


def test_a_folder_that_cannot_be_made_breaks_nothing(tmp_path, caplog):
    (tmp_path / "file").touch()
    log = Audit(tmp_path / "file" / "audit", 90)
    log.record("sign-in", "ada")
    log.start()
    assert "cannot be written" in caplog.text


def test_no_symlink_is_followed(log, tmp_path, caplog):
    log.record("sign-in", "ada")
    target = tmp_path / "target"
    target.touch()
    file_of(log).unlink()
    file_of(log).symlink_to(target)
    log.record("sign-in", "bob")
    assert target.read_text() == "" and "cannot be written" in caplog.text


def days_ago(*numbers):
    return [str(TODAY - timedelta(days=number)) for number in numbers]


def written(log, *numbers):
    log.folder.mkdir(parents=True)
    for day in days_ago(*numbers):
        file_of(log, day).write_text(
            f'{{"event": "old", "time": "{day}T12:00:00+00:00", "user": "ada", "result": "ok"}}\n'
        )


def test_the_first_line_of_a_day_deletes_what_is_too_old(log):
    written(log, 1, 89, 90, 400)
    log.record("sign-in", "ada")
    assert log.days_written() == days_ago(89, 1, 0)
    written_later = file_of(log, days_ago(90)[0])
    written_later.touch()
    log.record("sign-in", "ada")
    assert written_later.exists()  # files are looked at once a day


def test_a_start_of_the_hub_applies_another_number_of_days_and_removes_what_a_killed_rewrite_left(log):
    written(log, 0, 1, 2)
    (log.folder / "audit-2026-01-01.jsonl.new").touch()
    Audit(log.folder, 2).start()
    assert log.days_written() == days_ago(1, 0) and not list(log.folder.glob("*.new"))
    Audit(log.folder, 0).start()
    assert log.days_written() == []


def test_zero_days_write_nothing(tmp_path):
    log = Audit(tmp_path / "audit", 0)
    log.start()
    log.record("sign-in", "ada")
    assert not log.folder.exists()


def test_strangers_cannot_fill_the_disk_and_cannot_hide_what_users_do(log, monkeypatch):
    monkeypatch.setattr(audit, "MAX_DAY", 1000)
    for _ in range(30):
        log.record("sign-in", "", result="refused")
    assert file_of(log).stat().st_size < 1200
    log.record("sign-in", "ada")
    assert [line["user"] for line in log.lines()][-1] == "ada"


def test_users_cannot_fill_the_disk_either_and_what_is_left_out_is_in_the_hubs_log(log, monkeypatch, caplog):
    monkeypatch.setattr(audit, "MAX_DAY_OF_ALL", 1000)
    for number in range(30):
        log.record("server stop", "ada", number=number)
    assert file_of(log).stat().st_size < 1200
    assert '"number": "29"' in caplog.text


def test_two_threads_lose_no_line_while_a_person_is_erased(log):
    def write(name):
        for number in range(300):
            log.record("sign-in", name, number=number)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("ada", "bob")]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        log.erase({"user": "ada"})
    log.erase({"user": "ada"})
    lines = list(log.lines())
    for name in ("erased", "bob"):
        assert [line["number"] for line in lines if line["user"] == name] == [str(n) for n in range(300)]
    assert "ada" not in file_of(log).read_text()
    assert file_of(log).stat().st_mode & 0o777 == 0o600


@pytest.fixture
def records(log, tmp_path):
    """A state folder with what is known of ada (at the IAM: Ada.Lovelace), ada-2 and root."""
    accounts = Accounts(tmp_path / "accounts.sqlite")
    for subject, name in (("1", "Ada"), ("2", "Ada"), ("3", "Root")):
        accounts.name(IAM, subject, name)
    acceptances = Acceptances(tmp_path / "terms.sqlite")
    acceptances.add("ada", "1")
    acceptances.add("ada-2", "1")
    written(log, 1)
    log.record("sign-in", "ada", address="192.0.2.7")
    log.record("sign-in", "", address="192.0.2.7", result="refused", reason="Ada is in no group", iam_name="Ada")
    log.record("server start", "ada-2", address="192.0.2.8", profile="ada")
    log.record("server stop", "root-2", address="192.0.2.9", of="ada")
    log.record("server start", "ada", result="failed", reason="/home/ada is full")
    return command.Records(tmp_path)


def test_what_a_person_did_includes_refusals_by_the_name_at_the_iam(records):
    assert [line["event"] for line in records.show("ada")] == [
        "old", "sign-in", "sign-in", "server stop", "server start",
    ]  # fmt: skip
    assert [line["address"] for line in records.show("ada-2")] == ["192.0.2.7", "192.0.2.8"]  # "Ada" may be either
    assert records.show("nobody") == []


def test_who_was_refused_in_the_last_days(records, log):
    assert [line["reason"] for line in records.refused(7)] == ["Ada is in no group", "/home/ada is full"]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert records.refused(1, tomorrow + timedelta(minutes=1)) == []
    assert len(records.refused(2, tomorrow)) == 2


def test_a_person_is_erased_and_nobody_else(records, log, tmp_path):
    expected = {"lines": 5, "terms": 1, "requests and attempts": 0, "account": 1}
    before = sorted((path, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file())
    assert records.erase("ada", dry_run=True) == expected
    assert before == sorted((path, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file())
    assert records.erase("ada") == expected
    old, first, refused, other, stopped, failed = log.lines()
    assert (old["user"], first["user"], first["address"]) == ("erased", "erased", "erased")
    assert (refused["user"], refused["iam_name"], refused["reason"]) == ("", "erased", "erased")
    assert (other["user"], other["address"], other["profile"]) == ("ada-2", "192.0.2.8", "ada")
    assert (stopped["user"], stopped["address"], stopped["of"]) == ("root-2", "192.0.2.9", "erased")
    assert failed["reason"] == "erased"
    assert set(records.erase("ada").values()) == {0}
    assert records.show("ada") == []
    assert records.acceptances.count("ada-2") == 1
    accounts = Accounts(tmp_path / "accounts.sqlite")
    assert accounts.name(IAM, "1", "Ada") == "ada"  # who returns, gets the same name and home
    assert accounts.name(IAM, "9", "Ada") == "ada-3"  # and nobody else


def test_an_erasure_that_was_killed_is_completed_by_the_next(records, log, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(audit.Audit, "_replace", killed)
        with pytest.raises(KeyboardInterrupt):
            records.erase("ada")
    assert records.erase("ada")["lines"] == 5


def test_nothing_is_created_by_looking(tmp_path):
    records = command.Records(tmp_path)
    assert records.show("ada") == records.refused(7) == []
    for dry_run in (True, False):
        assert set(records.erase("ada", dry_run=dry_run).values()) == {0}
    assert list(tmp_path.iterdir()) == []


def run(folder, *, check=False, **order):
    return answer(SimpleNamespace(STATE=str(folder)), json.dumps({"command": "audit", "check": check, **order}))


def test_the_command_answers_with_a_table(records, tmp_path):
    lines = run(tmp_path, show="ada")["text"]
    assert re.split(r"\s{2,}", lines[0]) == [
        column for column in command.COLUMNS if column not in ("account", "profile")
    ]
    assert len(lines) == 6 and re.split(r"\s{2,}", lines[2])[1:] == ["sign-in", "ada", "192.0.2.7", "ok"]
    assert "Ada is in no group" in str(run(tmp_path)["text"])
    assert run(tmp_path, show="nobody") == {"changed": False, "text": ["Nothing is recorded."]}
    for check in (True, False):
        erased = run(tmp_path, erase="ada", check=check)
        assert erased["changed"] and erased["text"][0].startswith("lines: 5, terms: 1, ")
        assert "kept: name, issuer" in erased["text"][1]
    assert run(tmp_path, erase="ada")["changed"] is False
