"""The command `accounts`: creates, resets, disables and lists local accounts.

    {"days": 31, "accounts": [{"name": "ada", "until": "2027-03-20"}], "reset": ["bob"], "disable": ["eve"],
     "enable": [], "passwords": {"ada": "one-time", "bob": "one-time"}}

Creates the accounts that do not exist and changes the last day of others; without `until` an account is valid for
`days` from today. With `check`, passwords may be missing. The answer has in addition `changes` (sentences) and
`missing`: names of `accounts` that did not exist.
"""

import datetime
from pathlib import Path

from .hub.local import LocalAccounts, passwords
from .hub.local.refusals import AccountRefused
from .hub.local.sign_in import today
from .hub.local.store import check_name, end_date


def run(platform, order, check):
    """The answer to ORDER. Raises AccountRefused where a part of it is wrong; nothing was changed."""
    path, day = f"{platform.STATE}/local.sqlite", today()
    local = LocalAccounts(path)
    accounts = [] if check and not Path(path).exists() else local.accounts()
    existing = {account["name"]: account for account in accounts}
    missing, changes = [entry["name"] for entry in order["accounts"] if entry["name"] not in existing], []
    errors = _errors(order, existing, missing, day)
    if not check:
        errors += [f"the one-time password of {name} is missing" for name in _without_password(order, missing)]
    if errors:
        raise AccountRefused("; ".join(["nothing was changed", *errors]))
    for sentence, change in _steps(local, order, existing, day):
        changes.append(sentence)
        if not check:
            change()
    lines = [_line(account) for account in (accounts if check else local.accounts())]
    return {"changed": bool(changes), "text": changes + lines, "changes": changes, "missing": missing}


def _line(account):
    states = [text for key, text in (("disabled", "disabled"), ("one_time", "has a one-time password")) if account[key]]
    return ", ".join([account["name"], f"valid until {account['until']}", *states])


def _errors(order, existing, missing, day):
    """What is wrong with ORDER, each with the variable of the playbook that says so."""
    wanted = order["accounts"]
    errors = [error for entry in wanted if (error := _entry_error(entry, day, order["days"]))]
    errors += [f"{name} is in the list twice" for name in set(missing) if missing.count(name) > 1]
    known = {*existing, *missing}
    return [f"hub_local_accounts.accounts: {error}" for error in errors] + [
        f"accounts_{action}: there is no account {name}, only {', '.join(sorted(known)) or 'none'}"
        for action in ("reset", "disable", "enable")
        for name in order[action]
        if name not in known
    ]


def _entry_error(entry, day, days):
    """Why ENTRY cannot become an account, None if it can."""
    name, until = entry["name"], entry.get("until")
    try:
        check_name(name)
        # A date of another form would be compared wrongly.
        if until is not None and datetime.date.fromisoformat(until).isoformat() != until:
            raise ValueError("another form")
    except AccountRefused as refusal:
        return f"{name}: {refusal}"
    except ValueError:
        return f"{name}: {until} is not a date: write YYYY-MM-DD"
    if until and until > end_date(day, days):
        return f"{name}: {until} is more than {days} days from today; the latest is {end_date(day, days)}"
    return None


def _without_password(order, missing):
    """Names that need a one-time password, but have none that is long enough."""
    needed = [*missing, *order["reset"]]
    return [name for name in needed if len(order["passwords"].get(name, "")) < passwords.MIN_LENGTH]


def _steps(local, order, existing, day):
    """Yield (sentence, function that does it) for each difference."""
    for entry in order["accounts"]:
        name, until = entry["name"], entry.get("until")
        if name not in existing:
            last = until or end_date(day, order["days"])
            yield f"create {name}, valid until {last}", lambda n=name, u=last: local.create(n, u, _hash(order, n))
        elif until and until != existing[name]["until"]:
            yield f"{name} is valid until {until}", lambda n=name, u=until: local.extend(n, u)
    for name in order["reset"]:
        yield f"reset the password of {name}", lambda n=name: local.reset(n, _hash(order, n))
    for name in order["disable"]:
        if not existing.get(name, {}).get("disabled"):
            yield f"disable {name}", lambda n=name: local.disable(n)
    for name in order["enable"]:
        if existing.get(name, {}).get("disabled"):
            yield f"enable {name}", lambda n=name: local.disable(n, False)


def _hash(order, name):
    return passwords.hashed(order["passwords"][name])
