"""One permanent name for each person: (issuer, subject) -> name."""

import contextlib
import functools
import hashlib
import pkgutil
import re
import sqlite3
import unicodedata

from .audit import ERASED

MAX_LENGTH = 30
TABLES = (
    """CREATE TABLE IF NOT EXISTS accounts (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL UNIQUE, wanted TEXT NOT NULL,
    since TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (issuer, subject))""",
    # Whose a name was before it moved to another identity
    """CREATE TABLE IF NOT EXISTS former (
    name TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL, until TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)""",
    # Who first came with a name that is in a list of the site
    """CREATE TABLE IF NOT EXISTS listed (
    issuer TEXT NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL, PRIMARY KEY (issuer, name))""",
)


class AccountUnusable(Exception):
    """An existing account may not use the hub; the message continues a sentence about it."""


class AccountUnknown(Exception):
    """Whether there is such an account, and whether it may use the hub, cannot be told; the message likewise."""


class MoveRefused(Exception):
    """A name cannot move to an identity; the message says why."""


@functools.cache
def _reserved_names():
    """(names, beginnings) that are given to nobody."""
    lines = pkgutil.get_data(__package__, "reserved_names.txt").decode().splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    beginnings = tuple(word.removesuffix("*") for word in words if word.endswith("*"))
    return frozenset(words), beginnings


def is_reserved(name):
    """Whether NAME is, or may become, that of an account or a service."""
    names, beginnings = _reserved_names()
    return name in names or f"{name}-".startswith(beginnings)


def without_domain(name, domain):
    """NAME without `@DOMAIN`; another domain stays."""
    return name[: -len(domain) - 1] if name.lower().endswith(f"@{domain}") else name


def safe_name(preferred, domain=None):
    """PREFERRED, without DOMAIN, as a name that every platform accepts: `[a-z][a-z0-9-]*`, at most 30 characters.

    No service has or gets it. Without DOMAIN any domain is left out.
    """
    preferred = without_domain(preferred, domain) if domain else preferred.split("@")[0]
    ascii_only = unicodedata.normalize("NFKD", preferred).encode("ascii", "ignore").decode()
    name = re.sub("[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    if not name[:1].isalpha():
        name = f"user-{name}"
    if is_reserved(name):
        name = f"user-{name}"
    return name[:MAX_LENGTH].rstrip("-")


def _candidates(name):
    yield name
    number = 2
    while True:
        suffix = f"-{number}"
        yield name[: MAX_LENGTH - len(suffix)].rstrip("-") + suffix
        number += 1


def _owner_id(issuer, subject):
    return hashlib.sha256(f"{issuer} {subject}".encode()).hexdigest()


class Accounts:
    """The registry in the SQLite file PATH. IS_TAKEN(name) tells whether the name is in use outside the registry.

    Methods raise sqlite3.Error when the registry cannot be read or written.
    """

    def __init__(self, path, is_taken=lambda name: False):
        self.path, self.is_taken = path, is_taken

    @contextlib.contextmanager
    def _registry(self):
        """The database in a transaction, committed at the end unless an error is raised."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as db:
            # Takes the write lock at once, so that two processes cannot find the same name free.
            db.execute("BEGIN IMMEDIATE")
            for table in TABLES:
                db.execute(table)
            yield db
            db.execute("COMMIT")

    def name(self, issuer, subject, preferred, domain=None):
        """The name of SUBJECT at ISSUER, derived from PREFERRED at the first sign-in. No name is ever given again.

        DOMAIN: of PREFERRED, which the name does not have.
        """
        issuer = issuer.rstrip("/")
        with self._registry() as db:
            if name := _name_of(db, issuer, subject):
                return name
            used = {name for (name,) in db.execute("SELECT name FROM accounts UNION SELECT name FROM former")}
            name = self.new_name(preferred, used, domain)
            values = (issuer, subject, name, preferred)
            db.execute("INSERT INTO accounts (issuer, subject, name, wanted) VALUES (?, ?, ?, ?)", values)
            return name

    def new_name(self, preferred, used, domain=None):
        """The name of a new user. USED: names that belong, or belonged, to others."""
        return next(n for n in _candidates(safe_name(preferred, domain)) if n not in used and not self.is_taken(n))

    def is_first(self, issuer, subject, name):
        """Whether SUBJECT came first at ISSUER with NAME, which a list of the site has: a name may get a new owner."""
        issuer = issuer.rstrip("/")
        with self._registry() as db:
            db.execute("INSERT OR IGNORE INTO listed (issuer, name, subject) VALUES (?, ?, ?)", (issuer, name, subject))
            first = db.execute("SELECT subject FROM listed WHERE issuer = ? AND name = ?", (issuer, name)).fetchone()
            return first == (subject,)

    def keep_listed(self, names):
        """Forget who came first with a name that is not in NAMES any more."""
        with self._registry() as db:
            for (name,) in db.execute("SELECT DISTINCT name FROM listed").fetchall():
                if name not in names:
                    db.execute("DELETE FROM listed WHERE name = ?", (name,))

    def people(self):
        """[{name, issuer, subject, wanted, since}] by name: `wanted` at the IAM, `since` in UTC."""
        columns = ("name", "issuer", "subject", "wanted", "since")
        with self._registry() as db:
            rows = db.execute(f"SELECT {', '.join(columns)} FROM accounts ORDER BY name").fetchall()
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def move(self, name, issuer, subject, has_home, *, dry_run=False):
        """Give NAME, and so its home, to SUBJECT at ISSUER. HAS_HOME(name) tells whether a user has a home.

        Returns {issuer, subject, gave_up}: who had NAME, and the name that the new owner gives up for it, or None.
        Raises MoveRefused when nobody has NAME, and when the new owner has another name with a home.
        """
        issuer = issuer.rstrip("/")
        with self._registry() as db:
            own = _name_of(db, issuer, subject)
        if own and own != name and has_home(own):
            raise MoveRefused(f"{subject} at {issuer} is {own} and has a home, which would belong to nobody")
        with self._registry() as db:
            former = db.execute("SELECT issuer, subject FROM accounts WHERE name = ?", (name,)).fetchone()
            if not former:
                raise MoveRefused(f"nobody is called {name}")
            if _name_of(db, issuer, subject) != own:
                raise MoveRefused(f"{subject} at {issuer} has signed in meanwhile: try again")
            if own != name and not dry_run:
                for row in [(name, *former), *([(own, issuer, subject)] if own else [])]:
                    db.execute("INSERT INTO former (name, issuer, subject) VALUES (?, ?, ?)", row)
                db.execute("DELETE FROM accounts WHERE issuer = ? AND subject = ?", (issuer, subject))
                db.execute("UPDATE accounts SET issuer = ?, subject = ? WHERE name = ?", (issuer, subject, name))
                owners = (issuer, subject, *former)
                db.execute(
                    "UPDATE OR REPLACE listed SET issuer = ?, subject = ? WHERE issuer = ? AND subject = ?", owners
                )
        return {"issuer": former[0], "subject": former[1], "gave_up": None if own == name else own}

    def person(self, name):
        """{issuer, subject, wanted} of the person called NAME, None for nobody."""
        return next((person for person in self.people() if person["name"] == name), None)

    def erase(self, name, *, dry_run=False):
        """Replace the IAM's name of the person called NAME; returns whether there is one (still).

        Issuer and subject stay: by them the person gets the same name and home again, and nobody else ever does.
        """
        person = self.person(name)
        is_known = bool(person) and person["wanted"] != ERASED
        if is_known and not dry_run:
            with self._registry() as db:
                db.execute("UPDATE accounts SET wanted = ? WHERE name = ?", (ERASED, name))
        return is_known

    def owner_id(self, name):
        """A hash that identifies the person called NAME without naming anybody; None for an unknown name."""
        with self._registry() as db:
            row = db.execute("SELECT issuer, subject FROM accounts WHERE name = ?", (name,)).fetchone()
        return row and _owner_id(*row)

    def former_owner_ids(self, name):
        """The hashes of identities that had NAME, and so its home, before it moved."""
        with self._registry() as db:
            rows = db.execute("SELECT issuer, subject FROM former WHERE name = ?", (name,)).fetchall()
        return {_owner_id(*row) for row in rows}


def _name_of(db, issuer, subject):
    row = db.execute("SELECT name FROM accounts WHERE issuer = ? AND subject = ?", (issuer, subject)).fetchone()
    return row and row[0]
