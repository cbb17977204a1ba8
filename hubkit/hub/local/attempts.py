"""Limits on failed attempts to sign in.

An attempt counts against its account together with where it comes from: a browser that has signed in to this account
before (known by a signed cookie), else a network address. So a class behind one address does not slow down itself, and
an attacker elsewhere does not keep out the owner. All browsers that are not known also count together, so that many
addresses do not give many attempts.
"""

import ipaddress

TABLE = """CREATE TABLE IF NOT EXISTS attempts (
    name TEXT NOT NULL, source TEXT NOT NULL, failures INTEGER NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (name, source))"""
FREE, FREE_TOGETHER = 5, 50  # failures without a wait: from one source, from all unknown ones together
MAX_WAIT, MEMORY = 300, 3600  # seconds: the longest wait; how long after it failures are remembered
TOGETHER = "unknown"


def network(address):
    """ADDRESS, of IPv6 the /64, of which everybody has as many addresses as they like."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "?"
    return str(parsed if parsed.version == 4 else ipaddress.ip_network((parsed, 64), strict=False))


def _delay(failures, free):
    """Seconds after the last of so many failures: 2, 4, 8, … up to five minutes."""
    return min(MAX_WAIT, 2 ** min(failures - free + 1, 10)) if failures >= free else 0


def _sources(address, browser):
    return [(f"browser {browser}", FREE)] if browser else [(network(address), FREE), (TOGETHER, FREE_TOGETHER)]


def begin(db, name, address, browser, now):
    """Count an attempt as failed, and return 0; or return the seconds to wait, and count nothing.

    It is counted before the password is checked, so that many attempts at the same moment count, too. Unknown names
    are treated alike. Rows are few: each costs its sender the computation of a hash, and lasts for about an hour.
    """
    db.execute("DELETE FROM attempts WHERE until < ?", (now - MEMORY,))
    sources = _sources(address, browser)
    rows = dict(db.execute("SELECT source, until FROM attempts WHERE name = ?", (name,)))
    wait = max(rows.get(source, 0) - now for source, _ in sources)
    if wait > 0:
        return wait
    for source, free in sources:
        query = "SELECT failures FROM attempts WHERE name = ? AND source = ?"
        failures = (db.execute(query, (name, source)).fetchone() or (0,))[0] + 1
        row = (name, source, failures, now + _delay(failures, free))
        db.execute("INSERT OR REPLACE INTO attempts (name, source, failures, until) VALUES (?, ?, ?, ?)", row)
    return 0


def succeed(db, name, address, browser, now):
    """Forget the failures from this source; of all unknown ones, only this attempt."""
    db.execute("DELETE FROM attempts WHERE name = ? AND source = ?", (name, _sources(address, browser)[0][0]))
    if not browser:
        query = "UPDATE attempts SET failures = failures - 1, until = ? WHERE name = ? AND source = ?"
        db.execute(query, (now, name, TOGETHER))


def forget(db, name):
    """After a reset by an administrator: no wait for anybody."""
    db.execute("DELETE FROM attempts WHERE name = ?", (name,))
