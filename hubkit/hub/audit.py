"""The audit log: one JSON line for each thing that a person did or was refused, in one file a day.

A line is {"time": ISO 8601 in UTC, "event", "user", "address", "result": "ok", "refused" or "failed", "reason"} and the
facts of the event, all texts. `user` is the hub's name of who acted, `of` whose server or token it was where that is
another one, `iam_name` the name at the IAM of somebody whom the hub does not know, `account` the local account of which
somebody tried to guess the password. A person is {field: name}: what somebody is called in each of these fields.
"""

import contextlib
import errno
import fcntl
import json
import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

log = logging.getLogger("audit")

MAX_TEXT = 300  # characters of a value; what is longer was not written by the hub
# Bytes a day, from which on refusals are left out, which strangers can cause without limit; and all, which users can
MAX_DAY, MAX_DAY_OF_ALL = 32 * 2**20, 128 * 2**20
ERASED = "erased"


class Audit:
    """The log in FOLDER, whose files are kept for DAYS; 0 keeps none and writes nothing."""

    def __init__(self, folder, days):
        self.folder, self.days = Path(folder), days

    def record(self, event, person, *, address=None, result="ok", reason="", **facts):
        """Append a line. An error is logged, because a full disk must not keep anybody from signing in."""
        if not self.days:
            return
        now = datetime.now(UTC)
        values = {"event": event, "user": person, "address": address, "result": result, "reason": reason, **facts}
        # ASCII, so that no character of a name can end the line or control a terminal.
        texts = {name: "" if value is None else str(value)[:MAX_TEXT] for name, value in values.items()}
        line = json.dumps({"time": now.isoformat(timespec="milliseconds"), **texts})
        try:
            self._append(now.date(), line, droppable=result == "refused")
        except OSError as error:
            log.error("The audit log cannot be written (%s): %s", error, line)

    def _append(self, day, line, *, droppable):
        path = self.folder / f"audit-{day}.jsonl"
        with self.locked():
            if not path.exists():
                self._delete_old(day)
            file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                size = os.fstat(file).st_size
                if size >= MAX_DAY and droppable:
                    return
                if size >= MAX_DAY_OF_ALL:
                    raise OSError(errno.EFBIG, f"today's file has more than {MAX_DAY_OF_ALL >> 20} MiB")
                # Alone on its line even where a full disk has cut off the one before
                cut_off = size and os.pread(file, 1, size - 1) != b"\n"
                data = (b"\n" if cut_off else b"") + line.encode() + b"\n"
                if os.write(file, data) < len(data):
                    raise OSError(errno.ENOSPC, "only a part was written")
            finally:
                os.close(file)

    @contextlib.contextmanager
    def locked(self):
        """Hold the lock under which files are written, rewritten and deleted. Creates the folder."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def start(self):
        """Delete what is older than allowed, also after the number of days was lowered. Errors are logged."""
        if not self.folder.exists():
            return
        try:
            with self.locked():
                self._delete_old(datetime.now(UTC).date())
        except OSError as error:
            log.error("Old files of the audit log cannot be deleted: %s", error)

    def _delete_old(self, today):
        oldest = f"audit-{today - timedelta(days=self.days - 1)}.jsonl"
        for path in self.folder.glob("audit-*.jsonl*"):
            # A rewrite that was killed leaves a file with another suffix.
            if path.name < oldest or path.suffix != ".jsonl":
                path.unlink()

    def days_written(self):
        """The days for which there is a file, ascending."""
        return sorted(path.stem.removeprefix("audit-") for path in self.folder.glob("audit-*.jsonl"))

    def lines(self, since=""):
        """Yield the lines (dicts) from the day SINCE (YYYY-MM-DD) on, oldest first; damaged ones are left out."""
        for day in self.days_written():
            if day >= since:
                with (self.folder / f"audit-{day}.jsonl").open() as file:
                    yield from filter(None, map(parse_line, file))

    def erase(self, person, *, dry_run=False):
        """Replace PERSON in all files by `erased`; returns the number of lines concerned."""
        return sum(self._erase_in(self.folder / f"audit-{day}.jsonl", person, dry_run) for day in self.days_written())

    def _erase_in(self, path, person, dry_run):
        with self.locked():  # the hub waits for one file, not for all
            old = path.read_text().splitlines(keepends=True)
            new = [without_person(line, person) for line in old]
            changed = sum(line != other for line, other in zip(old, new, strict=True))
            if changed and not dry_run:
                self._replace(path, "".join(new))
        return changed

    @staticmethod
    def _replace(path, text):
        copy = path.with_suffix(".jsonl.new")
        file = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(file, "w") as writer:  # noqa: PTH123
            writer.write(text)
            writer.flush()
            os.fsync(file)
        owner = path.stat()
        os.chown(copy, owner.st_uid, owner.st_gid)
        copy.replace(path)


def parse_line(line):
    """The dict in LINE, None for a damaged one."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "event" in found else None


def concerns(line, person):
    """Whether the LINE (a dict) is about PERSON, who acted, was acted on or was refused."""
    return any(line.get(field) == name for field, name in person.items())


def without_person(text, person):
    """The line TEXT without PERSON; the same text where it is about somebody else."""
    line = parse_line(text)
    if not line or not concerns(line, person):
        return text
    acted = any(line.get(field) == name for field, name in person.items() if field != "of")

    def erased(key, value):
        # Reasons and paths may repeat the name, such as that of a home.
        repeats = key in ("reason", "path") and any(name in value for name in person.values())
        is_personal = value == person.get(key) or (key == "address" and acted and value)
        return ERASED if repeats or is_personal else value

    return json.dumps({key: erased(key, value) for key, value in line.items()}) + "\n"
