"""The operator's command, run where the hub runs: `python -m hubkit.hub.local FILE` (the SQLite file of the accounts).

Reads one line of JSON from standard input, and writes one to standard output, so that no password is on a command line:

    {"check": true, "days": 31, "accounts": [{"name": "ada", "until": "2027-03-20"}], "reset": ["bob"],
     "disable": ["eve"], "enable": [], "passwords": {"ada": "one-time", "bob": "one-time"}}

Creates the accounts that do not exist and changes the last day of others; without `until` an account is valid for
`days` from today. With `check` nothing changes, and passwords may be missing. The answer has `errors` (nothing was
changed, exit status 1), `changes` (sentences), `missing` (names of `accounts` that do not exist) and `accounts` (all,
with their state).
"""

import datetime
import json
import sys
from pathlib import Path

from . import passwords
from .refusals import AccountRefused
from .sign_in import today
from .store import LocalAccounts, check_name, end_date


def main(path, text):
    """The answer to TEXT, a JSON object as above, about the accounts in the file PATH."""
    local, order, day = LocalAccounts(path), json.loads(text), today()
    check = order.get("check", False)
    accounts = [] if check and not Path(path).exists() else local.accounts()
    existing = {account["name"]: account for account in accounts}
    wanted = order.get("accounts", [])
    errors = [error for entry in wanted if (error := _entry_error(entry, day, order["days"]))]
    known = set(existing) | {entry["name"] for entry in wanted}
    named = [name for action in ("reset", "disable", "enable") for name in order.get(action, [])]
    errors += [f"there is no account {name}" for name in named if name not in known]
    missing, changes = [entry["name"] for entry in wanted if entry["name"] not in existing], []
    errors += [f"{name} is in the list twice" for name in set(missing) if missing.count(name) > 1]
    if not errors:
        for sentence, change in _steps(local, order, existing, day):
            changes.append(sentence)
            if not check:
                change()
    return {
        "errors": errors,
        "changes": changes,
        "missing": missing,
        "accounts": accounts if check else local.accounts(),
    }


def _entry_error(entry, day, days):
    """Why ENTRY cannot become an account, None if it can."""
    name, until = entry["name"], entry.get("until")
    try:
        check_name(name)
        valid = until is None or datetime.date.fromisoformat(until)
    except AccountRefused as refusal:
        return f"{name}: {refusal}"
    except ValueError:
        return f"{name}: {until} is not a date: write YYYY-MM-DD"
    if valid and until and until > end_date(day, days):
        return f"{name}: {until} is more than {days} days from today; the latest is {end_date(day, days)}"
    return None


def _steps(local, order, existing, day):
    """Yield (sentence, function that does it) for each difference."""
    for entry in order.get("accounts", []):
        name, until = entry["name"], entry.get("until")
        if name not in existing:
            last = until or end_date(day, order["days"])
            yield f"create {name}, valid until {last}", lambda n=name, u=last: local.create(n, u, _hash(order, n))
        elif until and until != existing[name]["until"]:
            yield f"{name} is valid until {until}", lambda n=name, u=until: local.extend(n, u)
    for name in order.get("reset", []):
        yield f"reset the password of {name}", lambda n=name: local.reset(n, _hash(order, n))
    for name in order.get("disable", []):
        if not existing.get(name, {}).get("disabled"):
            yield f"disable {name}", lambda n=name: local.disable(n)
    for name in order.get("enable", []):
        if existing.get(name, {}).get("disabled"):
            yield f"enable {name}", lambda n=name: local.disable(n, False)


def _hash(order, name):
    return passwords.hashed(order["passwords"][name])


if __name__ == "__main__":
    answer = main(sys.argv[1], sys.stdin.readline())
    print(json.dumps(answer))
    sys.exit(bool(answer["errors"]))
