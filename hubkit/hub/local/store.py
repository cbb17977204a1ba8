"""The local accounts: who has one, until when, and with which password."""

import datetime
import time

from ..accounts import MAX_LENGTH, safe_name
from . import attempts, passwords, requests
from .database import transaction
from .guard import WRONG, Guard
from .refusals import AccountRefused, PasswordChangeRequired, SignInRefused


def check_name(name):
    """Raise AccountRefused if no account can be called NAME."""
    if not name or safe_name(name) != name:
        raise AccountRefused(
            f"A user name has lower-case letters, digits and single hyphens, begins with a letter, and has at most "
            f"{MAX_LENGTH} characters."
        )


def end_date(today, days):
    """The last day of an account that is valid for DAYS from TODAY; both dates are YYYY-MM-DD."""
    return (datetime.date.fromisoformat(today) + datetime.timedelta(days)).isoformat()


class LocalAccounts:
    """The accounts in the SQLite file PATH. CLOCK returns seconds since 1970.

    Accounts are never deleted, so that nobody else gets the name of an account. Dates are YYYY-MM-DD; `until` is the
    last day. Everything raises sqlite3.Error when the file cannot be read or written.
    """

    def __init__(self, path, clock=time.time):
        self.path, self.clock, self.guard = path, clock, Guard(path, clock)

    # --- Signing in ---------------------------------------------------------------------------------------------------
    async def authenticate(self, name, password, address, today, *, browser=""):
        """The account's name, which is its subject. Raises SignInRefused, whose message is for the sign-in page.

        ADDRESS: where the attempt comes from. BROWSER: an ID of a browser that is known to have signed in to this
        account before, else empty. Raises PasswordChangeRequired for a one-time password.
        """
        row = await self._checked(name, password, address, today, browser)
        if row["one_time"]:
            raise PasswordChangeRequired("Choose a password of your own first.")
        return row["name"]

    async def change_password(self, name, old, new, address, today, *, browser=""):
        """Replace the password. Returns the name. Raises SignInRefused, and AccountRefused about NEW."""
        row = await self._checked(name, old, address, today, browser)
        passwords.check_choice(row["name"], old, new)
        with self.guard.workload.place(address):
            text = await self.guard.workload.run(passwords.hashed, new)
        with transaction(self.path) as db:
            # Unless an administrator has reset it in the meantime.
            query = """UPDATE accounts SET password = ?, one_time = 0, version = version + 1
                       WHERE name = ? AND password = ?"""
            if not db.execute(query, (text, row["name"], row["password"])).rowcount:
                raise SignInRefused(WRONG)
        return row["name"]

    async def _checked(self, name, password, address, today, browser):
        name = name.lower()[:64]
        with transaction(self.path) as db:
            row = _find(db, name)
        known, expected = (row["name"], row["password"]) if row else ("", passwords.NOBODY)

        def is_right():
            return passwords.matches(password, expected) and bool(known)

        await self.guard.check(name, known, address, browser, is_right)
        with transaction(self.path) as db:
            now = _find(db, name)
        if now["password"] != row["password"]:  # replaced in the meantime
            raise SignInRefused(WRONG)
        row = now
        # Only to somebody who knows the password.
        if row["disabled"]:
            raise SignInRefused("An administrator has disabled this account.")
        if row["until"] < today:
            raise SignInRefused(f"This account was valid until {row['until']}.")
        return row

    def is_member(self, name, today, version=None):
        """Whether the account may be used: approved, not expired, not disabled.

        With VERSION, what `version` returned when a session began: and its password has not been replaced since.
        """
        with transaction(self.path) as db:
            row = _find(db, name)
        valid = bool(row) and not row["disabled"] and not row["one_time"] and today <= row["until"]
        return valid and version in (None, row["version"])

    def known(self, name):
        """NAME as that of an account, "" for any other text: it may be a password, typed into the wrong field."""
        return name.lower() if self.version(name.lower()) else ""

    def version(self, name):
        """A number that changes with the password; None for an unknown name."""
        with transaction(self.path) as db:
            row = _find(db, name)
        return row and row["version"]

    # --- Administration -----------------------------------------------------------------------------------------------
    def accounts(self):
        """All accounts by name: dicts of name, until, disabled, one_time."""
        with transaction(self.path) as db:
            rows = db.execute("SELECT name, until, disabled, one_time FROM accounts ORDER BY name").fetchall()
        flags = ("disabled", "one_time")
        return [{key: bool(row[key]) if key in flags else row[key] for key in row.keys()} for row in rows]  # noqa: SIM118

    def create(self, name, until, password_hash, request=None):
        """Add an account with a one-time password. REQUEST: ID of the request that this answers.

        Raises AccountRefused for an impossible name, one that is in use, and a request that was already answered.
        """
        check_name(name)
        with transaction(self.path) as db:
            if _find(db, name):
                raise AccountRefused(f"The name {name} is in use: choose another.")
            if request is not None:
                requests.remove(db, request)
            values = (name, password_hash, until)
            db.execute("INSERT INTO accounts (name, password, one_time, until) VALUES (?, ?, 1, ?)", values)

    def reset(self, name, password_hash):
        """Give an account a one-time password, and end all waits. Raises AccountRefused for an unknown name."""
        self._update(name, "password = ?, one_time = 1, version = version + 1", password_hash, forget=True)

    def disable(self, name, disabled=True):
        """Disable an account, or enable it again. Raises AccountRefused for an unknown name."""
        self._update(name, "disabled = ?, version = version + 1", int(disabled))

    def extend(self, name, until):
        """Set the last day. Raises AccountRefused for an unknown name."""
        self._update(name, "until = ?", until)

    def erase(self, name, *, dry_run=False):
        """Delete requests for the account NAME and failed attempts; returns their number. The account stays."""
        with transaction(self.path) as db:
            rows = db.execute("SELECT name FROM requests UNION ALL SELECT name FROM attempts").fetchall()
            if not dry_run:
                db.execute("DELETE FROM requests WHERE name = ?", (name,))
                attempts.forget(db, name)
        return [found for (found,) in rows].count(name)

    def _update(self, name, change, value, forget=False):
        with transaction(self.path) as db:
            if not db.execute(f"UPDATE accounts SET {change} WHERE name = ?", (value, name)).rowcount:
                raise AccountRefused(f"There is no account {name}.")
            if forget:
                attempts.forget(db, name)

    async def one_time_password(self, address):
        """A generated password and its hash. Raises SignInRefused when too many others wait."""
        password = passwords.generated()
        with self.guard.workload.place(address):
            return password, await self.guard.workload.run(passwords.hashed, password)

    # --- Requests -----------------------------------------------------------------------------------------------------
    def request(self, name, reason, address):
        """Ask for an account. Raises AccountRefused."""
        check_name(name)
        with transaction(self.path) as db:
            requests.add(db, name, reason, address, self.clock())

    def requests(self):
        """The requests without an answer, oldest first: dicts of id, name, reason, source, since (seconds)."""
        with transaction(self.path) as db:
            return requests.waiting(db, self.clock())

    def reject(self, request=None):
        """Remove a request, or all. Raises AccountRefused if it was already answered."""
        with transaction(self.path) as db:
            if request is None:
                requests.remove_all(db)
            else:
                requests.remove(db, request)


def _find(db, name):
    return db.execute("SELECT * FROM accounts WHERE name = ?", (name,)).fetchone()
