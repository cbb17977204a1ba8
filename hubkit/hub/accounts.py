"""One name for each person, for ever: (issuer, subject) -> name."""

import contextlib
import hashlib
import re
import sqlite3
import unicodedata

LONGEST = 30
TABLE = """CREATE TABLE IF NOT EXISTS accounts (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL UNIQUE, wanted TEXT NOT NULL,
    since TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (issuer, subject))"""


def safe_name(wanted):
    """WANTED as a name that every platform takes: `[a-z][a-z0-9-]*`, at most 30 characters, no domain."""
    ascii_only = unicodedata.normalize("NFKD", wanted.split("@")[0]).encode("ascii", "ignore").decode()
    name = re.sub("[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    if not name[:1].isalpha():
        name = f"user-{name}"
    return name[:LONGEST].rstrip("-")


def _candidates(name):
    yield name
    number = 2
    while True:
        suffix = f"-{number}"
        yield name[: LONGEST - len(suffix)].rstrip("-") + suffix
        number += 1


class Accounts:
    """The registry in the sqlite file PATH. TAKEN(name) says whether somebody else has that name already."""

    def __init__(self, path, taken=lambda name: False):
        self.path, self.taken = path, taken

    def name(self, issuer, subject, wanted):
        """The name of SUBJECT at ISSUER, made from WANTED when it is the first time. Rows are never deleted.

        Raises sqlite3.Error when the registry cannot be read or written.
        """
        issuer = issuer.rstrip("/")
        with contextlib.closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as db:
            # Takes the write lock at once: two processes cannot both find a name free. Rolled back unless committed.
            db.execute("BEGIN IMMEDIATE")
            db.execute(TABLE)
            who = (issuer, subject)
            row = db.execute("SELECT name FROM accounts WHERE issuer = ? AND subject = ?", who).fetchone()
            if row:
                return row[0]
            given = {name for (name,) in db.execute("SELECT name FROM accounts")}
            name = next(n for n in _candidates(safe_name(wanted)) if n not in given and not self.taken(n))
            db.execute("INSERT INTO accounts (issuer, subject, name, wanted) VALUES (?, ?, ?, ?)", (*who, name, wanted))
            db.execute("COMMIT")
            return name

    def mark(self, name):
        """What tells whose NAME is, 64 characters that name nobody; None where it is nobody's."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as db:
            db.execute(TABLE)
            row = db.execute("SELECT issuer, subject FROM accounts WHERE name = ?", (name,)).fetchone()
        return row and hashlib.sha256(" ".join(row).encode()).hexdigest()
