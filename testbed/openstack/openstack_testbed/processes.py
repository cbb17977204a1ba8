"""Processes of an instance. Each has the instance's folder in its environment, by which all are found."""

import contextlib
import http.client
import os
import signal
import subprocess
import time
from pathlib import Path

MARK = "OPENSTACK_TESTBED"
SERVICE = "OPENSTACK_TESTBED_SERVICE"
# In var/ until the catalogue is complete
UNFINISHED = ".unfinished"


def pids(folder, service=None):
    """Process ids of an instance, or of one of its services."""
    marks = [f"{MARK}={folder}".encode()] + ([f"{SERVICE}={service}".encode()] if service else [])
    ids = []
    for entry in Path("/proc").glob("[0-9]*"):
        # It has ended, or belongs to another user
        with contextlib.suppress(OSError):
            environment = (entry / "environ").read_bytes().split(b"\0")
            if all(mark in environment for mark in marks):
                ids.append(int(entry.name))
    return ids


def kill(folder, service=None, grace=2.0):
    """Terminate them, kill them after GRACE seconds, and return when all have ended."""
    deadline = time.monotonic() + grace
    seen = set()
    while seen := {pid for pid in seen.union(pids(folder, service)) if _lives(pid)}:
        end = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        for pid in seen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, end)
        time.sleep(0.02)


def _lives(pid):
    """Whether it may hold ports: an ending process loses its environment first, its ports with its last thread."""
    process = Path(f"/proc/{pid}")
    try:
        ended = process.joinpath("stat").read_text().rpartition(")")[2].split()[0] in "ZX"
        return not ended or len(list(process.joinpath("task").iterdir())) > 1
    except OSError:
        return False


def launch(command, log, environment, folder, service):
    """Start a process that outlives this one; its output is appended to the file LOG."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            # Neutron writes its name into /proc/PID/cmdline, and would write it over the environment, too.
            env=environment | {MARK: str(folder), SERVICE: service, "SPT_NOENV": "1"},
            # Paths of the databases are relative: the folder of the instance may be another one later.
            cwd=folder / "var",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def memory(folder):
    """Resident memory of all processes in bytes."""
    pages = 0
    for pid in pids(folder):
        with contextlib.suppress(OSError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def last_lines(log, count=15):
    """The end of a log, for a message."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join(text.rstrip().splitlines()[-count:]) or "(it is empty)"


def answers(port):
    """Whether a service answers at a port, with any status; without faults and not logged."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/", headers={"X-Testbed-Probe": "1"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def await_answer(port, given_up=lambda: None, seconds=120):
    """Return when a service answers; until then GIVEN_UP is called, which may raise."""
    deadline = time.monotonic() + seconds
    while not answers(port):
        given_up()
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing answers at port {port} after {seconds} seconds")
        time.sleep(0.05)
