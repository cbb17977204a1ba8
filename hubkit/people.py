"""The command `people`: lists who has which name, and gives a name with its home to another identity of its owner.

The order has `move`, [NAME, ISSUER, SUBJECT], or nothing. People are JSON lines, which control no terminal.
"""

import json

from .hub.accounts import Accounts, MoveRefused

NEXT = "The next check ends the former identity's access, and a server of {name} that runs."


def run(platform, order, check):
    """The answer to ORDER. Raises MoveRefused, OSError, sqlite3.Error, and what `has_home` of the platform raises."""
    accounts = Accounts(f"{platform.STATE}/accounts.sqlite")
    moved = _move(accounts, order["move"], platform.has_home, check) if order.get("move") else []
    return {"changed": bool(moved), "text": [json.dumps(entry) for entry in moved + accounts.people()]}


def _move(accounts, move, has_home, check):
    """[what changed], empty where the identity has the name already."""
    name, issuer, subject = move
    try:
        former = accounts.move(name, issuer, subject, has_home, dry_run=check)
    except MoveRefused as refusal:
        raise MoveRefused(f"people_move={name}: {refusal}") from refusal
    gave_up = former.pop("gave_up")
    new = {"issuer": issuer.rstrip("/"), "subject": subject}
    result = {"moved": name, "from": former, "to": new, "gave_up": gave_up, "next": NEXT.format(name=name)}
    return [result] if former != new else []
