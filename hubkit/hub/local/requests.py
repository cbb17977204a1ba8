"""Requests for accounts, which an administrator approves or rejects."""

from .attempts import network
from .refusals import AccountRefused

TABLE = """CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL,
    since REAL NOT NULL)"""
MAX_REASON = 500
MAX_OPEN, MAX_OPEN_OF_ONE = 200, 60  # in all, and from one address, where a class may be
LIFETIME = 14 * 86400  # seconds: nobody has answered


def add(db, name, reason, address, now):
    """Record a request. Raises AccountRefused. It tells nobody whether the name is in use: an administrator sees it."""
    reason = " ".join(reason.split())
    if not reason:
        raise AccountRefused("Say who you are and what you need the account for.")
    if len(reason) > MAX_REASON or not reason.isprintable():
        raise AccountRefused(f"The reason must be plain text of at most {MAX_REASON} characters.")
    _drop_old(db, now)
    sources = [source for (source,) in db.execute("SELECT source FROM requests")]
    if len(sources) >= MAX_OPEN or sources.count(network(address)) >= MAX_OPEN_OF_ONE:
        raise AccountRefused("Too many requests wait for an answer. Try again later.")
    row = (name, reason, network(address), now)
    if not db.execute("SELECT 1 FROM requests WHERE name = ? AND reason = ?", row[:2]).fetchone():
        db.execute("INSERT INTO requests (name, reason, source, since) VALUES (?, ?, ?, ?)", row)


def waiting(db, now):
    """The requests without an answer, oldest first: dicts of id, name, reason, source, since (seconds)."""
    _drop_old(db, now)
    return [dict(row) for row in db.execute("SELECT * FROM requests ORDER BY id")]


def remove(db, number):
    """Remove a request. Raises AccountRefused if it is not there any more."""
    if not db.execute("DELETE FROM requests WHERE id = ?", (number,)).rowcount:
        raise AccountRefused("Another administrator has answered this request.")


def remove_all(db):
    """Remove all requests, such as a flood of them."""
    db.execute("DELETE FROM requests")


def _drop_old(db, now):
    db.execute("DELETE FROM requests WHERE since < ?", (now - LIFETIME,))
