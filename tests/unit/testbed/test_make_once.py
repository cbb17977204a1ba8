"""make_once: a folder is complete or absent, whatever is killed, and whatever its processes do afterwards."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kubernetes_path  # noqa: F401  (for what importing it does)
import pytest
from kubernetes_testbed import places

MAKE_ONCE = Path(__file__).parents[3] / "testbed/make_once.py"
# Fills a folder slowly; $0 notes each call and lets the test go on.
SLOW = 'echo called >>"$0"; echo half >"$1/a"; sleep 1; echo whole >"$1/b"'


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache/environment"


@pytest.fixture
def calls(tmp_path):
    """A file with a line for each call of the filling command."""
    return tmp_path / "calls"


def start(folder, calls, script=SLOW):
    return subprocess.Popen(
        [sys.executable, MAKE_ONCE, folder, "sh", "-c", script, calls], stderr=subprocess.PIPE, text=True
    )


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def names(folder):
    return sorted(path.name for path in folder.parent.iterdir() if not path.name.endswith(".lock"))


def test_several_at_once_make_it_once(folder, calls):
    runs = [start(folder, calls) for _ in range(3)]
    errors = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sorted(errors) == ["", "", "made\n"]
    assert calls.read_text() == "called\n"
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b"]


def test_a_failure_leaves_nothing_and_names_the_command(folder, calls):
    failed = start(folder, calls, 'touch "$1/half"; exit 3')
    assert failed.communicate()[1] == f"{folder} was not made: sh ended with status 3\n"
    assert failed.returncode == 1
    assert names(folder) == []


@pytest.mark.parametrize("moments", [1, 2], ids=["once", "twice"])
def test_killed_with_its_processes_left_running_and_run_again(folder, calls, moments):
    """Processes of the killed run cannot write into the folder of the next run."""
    for moment in range(1, moments + 1):
        killed = start(folder, calls)
        wait_for(lambda count=moment: calls.exists() and calls.read_text().count("called") == count)
        killed.kill()
        killed.wait()
        assert not folder.exists()
    again = start(folder, calls, 'echo new >"$1/a"')
    again.communicate()
    time.sleep(1.2)  # the processes left running have ended
    assert again.returncode == 0
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [("a", "new\n")]
    assert names(folder) == [folder.name]


def test_a_lock_is_held_by_what_a_killed_run_left_running(tmp_path):
    """The next run begins when the last process of the killed one has ended."""
    lock, log = tmp_path / "lock", tmp_path / "log"

    def locked(script):
        return subprocess.Popen([sys.executable, MAKE_ONCE, "--lock", lock, "sh", "-c", script, log])

    first = locked('(sleep 1; echo orphan >>"$0") & echo begun >>"$0"; wait')
    wait_for(lambda: log.exists() and "begun" in log.read_text())
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert locked('echo next >>"$0"').wait() == 0
    assert log.read_text().split() == ["begun", "orphan", "next"]


def test_in_python_too(folder):
    made = []

    def fill(new):
        time.sleep(0.1)
        made.append(new)

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(lambda _: places.make_once(folder, fill), range(3))) == [False, False, True]
    assert len(made) == 1 and folder.is_dir() and names(folder) == [folder.name]
