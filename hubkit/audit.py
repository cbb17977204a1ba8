"""The command `audit`: what the audit log says, and the erasure of one person.

The order has `show` (a name: what this person did), `erase` (a name), or neither: who was refused in the last week.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from .hub.acceptances import Acceptances
from .hub.accounts import Accounts
from .hub.audit import ERASED, Audit, concerns
from .hub.local import LOCAL, LocalAccounts

COLUMNS = ("time", "event", "user", "iam_name", "account", "of", "address", "result", "profile", "reason")
KEPT = (
    "name, issuer and subject in accounts.sqlite: nobody else may ever get the name and the home",
    "name, last day and password (scrypt) of a local account in local.sqlite, which can be disabled: accounts_disable",
    "the home, and the user in the hub's database with tokens and times of activity: delete them there",
    "logs of the hub, of Apache and of the system until they are rotated; backups",
)


class Records:
    """All that the hub records about persons in its state folder, besides JupyterHub's own database."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.audit = Audit(self.folder / "audit", 1)
        self.accounts = Accounts(self.folder / "accounts.sqlite")
        self.acceptances = Acceptances(self.folder / "terms.sqlite")
        self.local = LocalAccounts(self.folder / "local.sqlite")

    def person(self, name):
        """What the person called NAME is called in each field of a line: {field: name}."""
        known = (self.accounts.person(name) if Path(self.accounts.path).exists() else None) or {}
        person = {"user": name, "of": name}
        # The IAM's name stands in refusals. An account that was never used has the name that it asks for.
        if known.get("issuer", LOCAL) == LOCAL:
            return {**person, "account": known.get("subject", name)}
        return person if known["wanted"] == ERASED else {**person, "iam_name": known["wanted"]}

    def show(self, name):
        """The lines about the person called NAME, oldest first."""
        person = self.person(name)
        return [line for line in self.audit.lines() if concerns(line, person)]

    def refused(self, days, now=None):
        """The lines of what was refused or failed in the last DAYS."""
        since = (now or datetime.now(UTC)) - timedelta(days=days)
        lines = self.audit.lines(str(since.date()))
        return [line for line in lines if line["result"] != "ok" and line["time"] >= since.isoformat()]

    def erase(self, name, *, dry_run=False):
        """Erase the person called NAME, also after a killed run: how many records of each kind."""
        person = self.person(name)
        counts = {"lines": self.audit.erase(person, dry_run=dry_run), "terms": 0, "requests and attempts": 0}
        if Path(self.acceptances.path).exists():
            counts["terms"] = self.acceptances.count(name)
            if not dry_run:
                self.acceptances.remove(name)
        if "account" in person and Path(self.local.path).exists():
            counts["requests and attempts"] = self.local.erase(person["account"], dry_run=dry_run)
        # The last step, because the lines to erase follow from it
        exists = Path(self.accounts.path).exists()
        counts["account"] = int(exists and self.accounts.erase(name, dry_run=dry_run))
        return counts


def printable(value):
    """VALUE without characters that could control a terminal or reorder a line."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value))


def table(lines):
    """LINES as aligned text, the columns that have values only; times without fractions of seconds."""
    rows = [{key: printable(value) for key, value in line.items()} for line in lines]
    for row, line in zip(rows, lines, strict=True):
        row["time"] = row["time"][:19].replace("T", " ")
        facts = " ".join(printable(line[key]) for key in ("method", "path", "version") if line.get(key))
        row["reason"] = " ".join(filter(None, (facts, row.get("reason", ""))))
    columns = [column for column in COLUMNS if any(row.get(column) for row in rows)]
    widths = {column: max(len(column), *(len(row.get(column, "")) for row in rows)) for column in columns}
    header = dict(zip(columns, columns, strict=True))
    return ["  ".join(row.get(c, "").ljust(widths[c]) for c in columns).rstrip() for row in (header, *rows)]


def run(platform, order, check):
    """The answer to ORDER. Raises OSError and sqlite3.Error."""
    records = Records(platform.STATE)
    if name := order.get("erase"):
        counts = records.erase(name, dry_run=check)
        text = [", ".join(f"{what}: {count}" for what, count in counts.items()), *(f"kept: {what}" for what in KEPT)]
        return {"changed": any(counts.values()), "text": text}
    lines = records.show(order["show"]) if order.get("show") else records.refused(7)
    return {"changed": False, "text": table(lines) if lines else ["Nothing is recorded."]}
