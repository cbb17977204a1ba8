"""The operator's command for local accounts."""

import datetime
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from hubkit.command import answer
from hubkit.hub.local import LocalAccounts, passwords

TODAY = datetime.datetime.now(datetime.UTC).date()
SOON, LATER, TOO_LATE = ((TODAY + datetime.timedelta(days)).isoformat() for days in (10, 31, 32))
PASSWORDS = {"ada": "one-time-of-a", "bob": "one-time-of-b"}


@pytest.fixture
def path(tmp_path, cheap_hashes):
    return str(tmp_path / "local.sqlite")


def run(path, **order):
    """The answer of the command to ORDER, by default to list the accounts."""
    lists = {key: [] for key in ("accounts", "reset", "disable", "enable")}
    line = json.dumps({"command": "accounts", "check": False, "days": 31, **lists, **order})
    return answer(SimpleNamespace(STATE=str(Path(path).parent)), line)


def rows(path):
    return LocalAccounts(path).accounts()


def row(path, name):
    return next(account for account in rows(path) if account["name"] == name)


def test_check_tells_what_a_run_would_do_and_creates_no_file(path, tmp_path):
    order = {"accounts": [{"name": "ada", "until": SOON}, {"name": "bob", "until": None}]}
    planned = run(path, check=True, **order)
    assert (
        planned["missing"] == ["ada", "bob"] and planned["text"] == planned["changes"] and not list(tmp_path.iterdir())
    )
    done = run(path, **order, passwords=PASSWORDS)
    assert (
        done["changes"] == planned["changes"] == [f"create ada, valid until {SOON}", f"create bob, valid until {LATER}"]
    )
    lines = [f"{name}, valid until {day}, has a one-time password" for name, day in (("ada", SOON), ("bob", LATER))]
    assert (done["text"], planned["changed"], done["changed"]) == ([*done["changes"], *lines], True, True)
    for again in (run(path, **order), run(path, check=True, **order)):
        assert again == {"changed": False, "changes": [], "missing": [], "text": lines}


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
        ({"accounts": [{"name": "Ada"}]}, "hub_local_accounts.accounts: Ada: A user name has lower-case letters"),
        ({"accounts": [{"name": "x" * 31}]}, "at most 30 characters"),
        ({"accounts": [{"name": "x", "until": TOO_LATE}]}, f"x: {TOO_LATE} is more than 31 days from today"),
        ({"accounts": [{"name": "x", "until": "July"}]}, "x: July is not a date"),
        ({"accounts": [{"name": "x"}, {"name": "x"}]}, "x is in the list twice"),
        ({"reset": ["eve"]}, "accounts_reset: there is no account eve, only ada, bob"),
        ({"disable": ["eve"]}, "accounts_disable: there is no account eve"),
        ({"enable": ["../eve"]}, "accounts_enable: there is no account ../eve"),
    ],
)
def test_a_wrong_order_changes_nothing(path, order, error):
    run(path, accounts=[{"name": "ada", "until": SOON}], passwords=PASSWORDS)
    order = {"accounts": [{"name": "bob"}], **order, "passwords": PASSWORDS}
    (text,) = run(path, **order).values()
    assert text.startswith("nothing was changed; ") and error in text
    assert [account["name"] for account in rows(path)] == ["ada"]


@pytest.mark.parametrize("password", [None, "", "short"])
def test_an_account_without_a_proper_one_time_password_is_not_created(path, password):
    order = {"accounts": [{"name": "ada"}], "passwords": {} if password is None else {"ada": password}}
    assert "the one-time password of ada is missing" in run(path, **order)["error"]
    assert LocalAccounts(path).accounts() == []


@pytest.mark.parametrize("until", ["20270320", "2027-W11-6"])
def test_a_date_of_another_form_is_refused(path, until):
    assert "is not a date" in run(path, accounts=[{"name": "ada", "until": until}], passwords=PASSWORDS)["error"]


def test_no_password_is_in_an_answer(path):
    order = {"accounts": [{"name": "ada"}], "reset": ["ada"], "passwords": PASSWORDS}
    assert "one-time-" not in json.dumps(run(path, **order)).replace("one_time", "")
