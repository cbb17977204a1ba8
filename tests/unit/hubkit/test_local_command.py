"""The operator's command for local accounts."""

import datetime
import io
import json
import runpy
import sys

import pytest

from hubkit.hub.local import LocalAccounts, passwords
from hubkit.hub.local.__main__ import main

TODAY = datetime.datetime.now(datetime.UTC).date()
SOON, LATER, TOO_LATE = ((TODAY + datetime.timedelta(days)).isoformat() for days in (10, 31, 32))
PASSWORDS = {"ada": "one-time-a", "bob": "one-time-b"}


@pytest.fixture
def path(tmp_path, cheap_hashes):
    return str(tmp_path / "local.sqlite")


def run(path, **order):
    return main(path, json.dumps({"days": 31, **order}))


def row(path, name):
    return next(account for account in LocalAccounts(path).accounts() if account["name"] == name)


def test_check_tells_what_a_run_would_do_and_creates_no_file(path, tmp_path):
    order = {"accounts": [{"name": "ada", "until": SOON}, {"name": "bob", "until": None}]}
    planned = run(path, check=True, **order)
    assert planned["missing"] == ["ada", "bob"] and planned["accounts"] == [] and not list(tmp_path.iterdir())
    done = run(path, **order, passwords=PASSWORDS)
    assert (
        done["changes"] == planned["changes"] == [f"create ada, valid until {SOON}", f"create bob, valid until {LATER}"]
    )
    assert done["accounts"] == [
        {"name": "ada", "until": SOON, "disabled": False, "one_time": True},
        {"name": "bob", "until": LATER, "disabled": False, "one_time": True},
    ]
    for again in (run(path, **order), run(path, check=True, **order)):
        assert again["changes"] == [] and again["missing"] == [] and again["accounts"] == done["accounts"]


def test_a_run_after_one_that_was_killed_completes_it(path, monkeypatch):
    order = {"accounts": [{"name": "ada"}, {"name": "bob"}], "passwords": PASSWORDS}
    original = passwords.hashed
    monkeypatch.setattr(passwords, "hashed", lambda text: original(text) if text.endswith("a") else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(path, **order)
    monkeypatch.setattr(passwords, "hashed", original)
    assert run(path, **order)["missing"] == ["bob"]
    assert run(path, **order)["changes"] == []


def test_a_new_last_day_applies_to_an_account_that_exists(path):
    run(path, accounts=[{"name": "ada", "until": SOON}], passwords=PASSWORDS)
    assert run(path, accounts=[{"name": "ada", "until": LATER}])["changes"] == [f"ada is valid until {LATER}"]
    assert row(path, "ada")["until"] == LATER


def test_reset_disable_and_enable(path):
    accounts = [{"name": "ada", "until": SOON}]
    run(path, accounts=accounts, passwords=PASSWORDS)
    version = LocalAccounts(path).version("ada")
    assert run(path, reset=["ada"], check=True)["changes"] == ["reset the password of ada"]
    assert LocalAccounts(path).version("ada") == version
    run(path, reset=["ada"], passwords=PASSWORDS)
    assert LocalAccounts(path).version("ada") > version
    for action, disabled in (("disable", True), ("enable", False)):
        assert run(path, **{action: ["ada"]})["changes"] == [f"{action} ada"]
        assert row(path, "ada")["disabled"] is disabled and run(path, **{action: ["ada"]})["changes"] == []
    run(path, disable=["ada"])
    assert run(path, accounts=accounts)["changes"] == [] and row(path, "ada")["disabled"], "the list enables nobody"


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"accounts": [{"name": "Ada"}]}, "Ada: A user name has lower-case letters"),
        ({"accounts": [{"name": "x" * 31}]}, "at most 30 characters"),
        ({"accounts": [{"name": "x", "until": TOO_LATE}]}, f"x: {TOO_LATE} is more than 31 days from today"),
        ({"accounts": [{"name": "x", "until": "July"}]}, "x: July is not a date"),
        ({"accounts": [{"name": "x"}, {"name": "x"}]}, "x is in the list twice"),
        ({"reset": ["eve"]}, "there is no account eve"),
        ({"disable": ["eve"]}, "there is no account eve"),
        ({"enable": ["../eve"]}, "there is no account ../eve"),
    ],
)
def test_a_wrong_order_changes_nothing(path, order, error):
    run(path, accounts=[{"name": "ada", "until": SOON}], passwords=PASSWORDS)
    order = {"accounts": [{"name": "bob"}], **order, "passwords": PASSWORDS}
    answer = run(path, **order)
    assert any(error in text for text in answer["errors"]) and answer["changes"] == []
    assert [account["name"] for account in answer["accounts"]] == ["ada"]


@pytest.mark.parametrize(("order", "status"), [({"days": 31}, 0), ({"days": 31, "reset": ["eve"]}, 1)])
def test_the_command_reads_one_line_and_writes_one(path, order, status, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hubkit.hub.local", path])
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(order) + "\n"))
    monkeypatch.delitem(sys.modules, "hubkit.hub.local.__main__")
    with pytest.raises(SystemExit) as end:
        runpy.run_module("hubkit.hub.local", run_name="__main__")
    (line,) = capsys.readouterr().out.splitlines()
    assert bool(end.value.code) == bool(status) == bool(json.loads(line)["errors"])


def test_no_password_is_in_an_answer(path):
    order = {"accounts": [{"name": "ada"}], "reset": ["ada"], "passwords": PASSWORDS}
    assert "one-time-" not in json.dumps(run(path, **order)).replace("one_time", "")
