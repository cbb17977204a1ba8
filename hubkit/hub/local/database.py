"""The SQLite file of local accounts, readable by the hub alone."""

import contextlib
import os
import sqlite3

from . import attempts, requests

ACCOUNTS = """CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY, password TEXT NOT NULL, one_time INTEGER NOT NULL, until TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 1,
    since TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)"""


@contextlib.contextmanager
def transaction(path):
    """A connection to the file at PATH that nobody else writes to meanwhile; rolled back when the block raises."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite gives its other files the same mode
    with contextlib.closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        db.execute("BEGIN IMMEDIATE")
        for table in (ACCOUNTS, attempts.TABLE, requests.TABLE):
            db.execute(table)
        yield db
        db.execute("COMMIT")
