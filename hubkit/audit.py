"""What the audit log says, and its erasure: `python -m hubkit.audit FOLDER show|refused|erase`, see --help.

Runs where the hub runs, as its user, with the hub's Python. FOLDER is the hub's state folder.
"""

import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hubkit.hub.acceptances import Acceptances
from hubkit.hub.accounts import Accounts
from hubkit.hub.audit import Audit, concerns

COLUMNS = ("time", "event", "user", "iam_name", "of", "address", "result", "profile", "reason")
KEPT = (
    "name, issuer and subject in accounts.sqlite: nobody else may ever get the name and the home",
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

    def iam_name(self, name):
        """The IAM's name of the person called NAME, None where it is unknown or was erased."""
        return self.accounts.erase(name, dry_run=True) if Path(self.accounts.path).exists() else None

    def names(self, name):
        """NAME and the IAM's name of that person, which stands in refusals."""
        return {name, self.iam_name(name)} - {None}

    def show(self, name):
        """The lines about the person called NAME, oldest first."""
        names = self.names(name)
        return [line for line in self.audit.lines() if concerns(line, names)]

    def refused(self, days, now=None):
        """The lines of what was refused or failed in the last DAYS."""
        since = (now or datetime.now(UTC)) - timedelta(days=days)
        lines = self.audit.lines(str(since.date()))
        return [line for line in lines if line["result"] != "ok" and line["time"] >= since.isoformat()]

    def erase(self, name, *, dry_run=False):
        """Erase the person called NAME, also after a killed run: {"changed", "lines", "terms", "account"}."""
        counts = {"lines": self.audit.erase(self.names(name), dry_run=dry_run), "terms": 0}
        if Path(self.acceptances.path).exists():
            counts["terms"] = self.acceptances.count(name)
            if not dry_run:
                self.acceptances.remove(name)
        # The last step, because the lines to erase follow from it
        iam_name = self.iam_name(name)
        if iam_name and not dry_run:
            self.accounts.erase(name)
        counts["account"] = int(bool(iam_name))
        return {"changed": any(counts.values()), **counts}


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


def arguments():
    parser = argparse.ArgumentParser(prog="python -m hubkit.audit", description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="the hub's state folder")
    parser.add_argument("--json", action="store_true", help="for programs")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show", help="what one person did").add_argument("name")
    refused = commands.add_parser("refused", help="who was refused, and why")
    refused.add_argument("--days", type=int, default=7)
    erase = commands.add_parser("erase", help="erase one person from the log")
    erase.add_argument("name")
    erase.add_argument("--dry-run", action="store_true", help="only count")
    return parser.parse_args()


def main():
    given = arguments()
    records = Records(given.folder)
    if given.command == "erase":
        result = records.erase(given.name, dry_run=given.dry_run)
        text = [", ".join(f"{key}: {value}" for key, value in result.items()), *(f"kept: {what}" for what in KEPT)]
    else:
        lines = records.show(given.name) if given.command == "show" else records.refused(given.days)
        result = {"changed": False, "records": lines}
        text = table(lines) if lines else ["Nothing is recorded."]
    print(json.dumps({**result, "text": text}) if given.json else "\n".join(text))


if __name__ == "__main__":
    main()
