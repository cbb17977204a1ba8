"""One permanent name for each person: (issuer, subject) -> name."""

import contextlib
import hashlib
import re
import sqlite3
import unicodedata

from .audit import ERASED

MAX_LENGTH = 30
TABLE = """CREATE TABLE IF NOT EXISTS accounts (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL UNIQUE, wanted TEXT NOT NULL,
    since TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (issuer, subject))"""


def safe_name(preferred):
    """PREFERRED as a name that every platform accepts: `[a-z][a-z0-9-]*`, at most 30 characters, no domain."""
    ascii_only = unicodedata.normalize("NFKD", preferred.split("@")[0]).encode("ascii", "ignore").decode()
    name = re.sub("[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    if not name[:1].isalpha():
        name = f"user-{name}"
    return name[:MAX_LENGTH].rstrip("-")


def _candidates(name):
    yield name
    number = 2
    while True:
        suffix = f"-{number}"
        yield name[: MAX_LENGTH - len(suffix)].rstrip("-") + suffix
        number += 1


class Accounts:
    """The registry in the SQLite file PATH. IS_TAKEN(name) tells whether the name is in use outside the registry."""

    def __init__(self, path, is_taken=lambda name: False):
        self.path, self.is_taken = path, is_taken

    def name(self, issuer, subject, preferred):
        """The name of SUBJECT at ISSUER, derived from PREFERRED at the first sign-in. Rows are never deleted.

        Raises sqlite3.Error when the registry cannot be read or written.
        """
        issuer = issuer.rstrip("/")
        with contextlib.closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as db:
            # Takes the write lock at once, so that two processes cannot find the same name free. Rolled back unless
            # committed.
            db.execute("BEGIN IMMEDIATE")
            db.execute(TABLE)
            person = (issuer, subject)
            row = db.execute("SELECT name FROM accounts WHERE issuer = ? AND subject = ?", person).fetchone()
            if row:
                return row[0]
            used = {name for (name,) in db.execute("SELECT name FROM accounts")}
            name = next(n for n in _candidates(safe_name(preferred)) if n not in used and not self.is_taken(n))
            values = (*person, name, preferred)
            db.execute("INSERT INTO accounts (issuer, subject, name, wanted) VALUES (?, ?, ?, ?)", values)
            db.execute("COMMIT")
            return name

    def erase(self, name, *, dry_run=False):
        """Replace the IAM's name of the person called NAME; returns it, None where there is none (any more).

        Issuer and subject stay: by them the person gets the same name and home again, and nobody else ever does.
        """
        with contextlib.closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as db:
            db.execute(TABLE)
            row = db.execute("SELECT wanted FROM accounts WHERE name = ? AND wanted != ?", (name, ERASED)).fetchone()
            if row and not dry_run:
                db.execute("UPDATE accounts SET wanted = ? WHERE name = ?", (ERASED, name))
        return row and row[0]

    def owner_id(self, name):
        """A hash that identifies the person called NAME without naming anybody; None for an unknown name."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as db:
            db.execute(TABLE)
            row = db.execute("SELECT issuer, subject FROM accounts WHERE name = ?", (name,)).fetchone()
        return row and hashlib.sha256(" ".join(row).encode()).hexdigest()
