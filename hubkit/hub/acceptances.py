"""Who has accepted which version of the terms of use, and when."""

import contextlib
import sqlite3
from datetime import UTC, datetime

TABLE = """CREATE TABLE IF NOT EXISTS acceptances (
    name TEXT NOT NULL, version TEXT NOT NULL, time TEXT NOT NULL, PRIMARY KEY (name, version))"""


class Acceptances:
    """The record in the SQLite file PATH. All methods raise sqlite3.Error when it cannot be read or written."""

    def __init__(self, path):
        self.path = path

    @contextlib.contextmanager
    def _database(self):
        with contextlib.closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as db:
            db.execute(TABLE)
            yield db

    def add(self, name, version):
        """Record that the user called NAME accepts VERSION now; the first time counts."""
        time = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database() as db:
            db.execute("INSERT OR IGNORE INTO acceptances VALUES (?, ?, ?)", (name, version, time))

    def time(self, name, version):
        """When the user called NAME accepted VERSION (ISO 8601 in UTC), None if not yet."""
        with self._database() as db:
            row = db.execute("SELECT time FROM acceptances WHERE name = ? AND version = ?", (name, version)).fetchone()
        return row and row[0]

    def count(self, name):
        """How many versions the user called NAME has accepted."""
        with self._database() as db:
            return db.execute("SELECT count(*) FROM acceptances WHERE name = ?", (name,)).fetchone()[0]

    def remove(self, name):
        """Forget what the user called NAME has accepted."""
        with self._database() as db:
            db.execute("DELETE FROM acceptances WHERE name = ?", (name,))
