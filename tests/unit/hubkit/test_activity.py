import asyncio
import os
import pty
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from service import until
from tornado.log import app_log

from hubkit.server.activity import Activity
from hubkit.server.terminal import foreground, last_input

LONG_AGO = 1_000_000.0


def children(pid):
    """Processes that PID started and that still run."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123
        return file.read().split()


@pytest.fixture
def terminal():
    """(pid, write) of a real bash in a terminal of its own, at its prompt."""
    pid, master = pty.fork()
    if pid == 0:
        os.execvpe("bash", ["bash", "--norc", "--noprofile"], {"PATH": os.environ["PATH"], "PS1": "ready$ "})
    seen = b""
    while b"ready$" not in seen:
        seen += os.read(master, 1000)
    yield pid, lambda text: os.write(master, text.encode())
    os.close(master)
    os.waitpid(pid, 0)


def test_a_bare_prompt_is_not_work(terminal):
    pid, write = terminal
    assert foreground(pid) is None
    write("sleep 1000 &\n")
    until(lambda: children(pid) and foreground(pid) is None, 5)


@pytest.mark.parametrize("command", ["sleep 1000", "bash -c 'sleep 1000; true'", "sleep 1000 | cat"])
def test_a_program_in_front_is_work(terminal, command):
    pid, write = terminal
    write(f"{command}\n")
    until(lambda: foreground(pid) in ("sleep", "bash"), 5)
    write("\x03")
    until(lambda: foreground(pid) is None, 5)


def test_a_shell_in_a_shell_is_a_prompt_and_exec_is_work(terminal):
    pid, write = terminal
    write("bash --norc\n")
    until(lambda: children(pid) and foreground(pid) is None, 5)
    write("exit\nexec sleep 1000\n")
    until(lambda: foreground(pid) == "sleep", 5)


def test_typing_is_noticed_within_the_kernels_grain(terminal):
    pid, write = terminal
    write("x")
    until(lambda: last_input(pid) >= time.time(), 10)


def test_a_terminal_that_ended():
    with pytest.raises(OSError):
        foreground(2**22 + 1)


class App:
    log = app_log

    def __init__(self, folder, kernels=()):
        self.kernels, self.contents_manager = dict(enumerate(kernels)), SimpleNamespace(root_dir=str(folder))
        self.kernel_manager = SimpleNamespace(list_kernel_ids=lambda: list(self.kernels), get_kernel=self.kernels.get)
        self.web_app = SimpleNamespace(settings={})


@pytest.fixture
def activity(tmp_path):
    activity = Activity(App(tmp_path))
    activity.last = LONG_AGO
    return activity


def kernel(state="idle", at=LONG_AGO):
    return SimpleNamespace(execution_state=state, last_activity=datetime.fromtimestamp(at, UTC))


def age(activity):
    return time.time() - activity.last_activity().timestamp()


def test_nothing_done_is_nothing_reported(activity):
    activity.app.kernels[1] = kernel()
    assert activity.last_activity() == datetime.fromtimestamp(LONG_AGO, UTC)


def test_a_running_cell_counts_and_its_end_too(activity):
    activity.app.kernels[1] = kernel("busy")
    assert age(activity) < 1
    activity.last = LONG_AGO
    activity.app.kernels[1] = kernel("idle", time.time() - 50)
    assert 49 < age(activity) < 52


def test_a_clock_ahead_is_not_believed(activity):
    activity.app.kernels[1] = kernel("idle", time.time() + 9999)
    assert -1 < age(activity) < 1


def test_a_terminal_with_a_program_counts(activity, terminal):
    pid, write = terminal
    write("sleep 1000\n")
    until(lambda: foreground(pid), 5)
    manager = SimpleNamespace(terminals={"1": SimpleNamespace(ptyproc=SimpleNamespace(pid=pid))})
    activity.app.web_app.settings["terminal_manager"] = manager
    assert age(activity) < 1 and activity.why.startswith("terminal 1")


def test_what_cannot_be_sampled_counts_as_active(activity):
    activity.app.kernel_manager = None
    assert age(activity) < 1


def test_changes_of_files_count_looks_do_not(activity, tmp_path):
    def event(**data):
        activity.last = LONG_AGO
        asyncio.run(activity.on_contents(None, None, data))
        return activity.last > LONG_AGO

    (tmp_path / "a.txt").write_text("1")
    assert not event(action="get", path="a.txt")
    assert event(action="save", path="a.txt")
    assert not event(action="save", path="/a.txt".strip("/")), "saved without a change"
    (tmp_path / "a.txt").write_text("2")
    assert event(action="save", path="a.txt")
    assert event(action="delete", path="a.txt") and event(action="save", path="gone.txt")
