"""What counts as activity in a user server: real terminals, mocked kernels and files."""

import asyncio
import os
import pty
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from processes import restore_sigint, until
from tornado.log import app_log

from hubkit.server import activity as module
from hubkit.server import terminal as terminal_module
from hubkit.server.activity import Activity
from hubkit.server.terminal import foreground_program, last_input

LONG_AGO = 1_000_000.0


def children(pid):
    """Running child processes of PID."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123
        return file.read().split()


@pytest.fixture
def terminal():
    """(pid, write) of a real bash in its own terminal, at its prompt."""
    pid, master = pty.fork()
    if pid == 0:
        restore_sigint()
        os.execvpe("bash", ["bash", "--norc", "--noprofile"], {"PATH": os.environ["PATH"], "PS1": "ready$ "})
    output = b""
    while b"ready$" not in output:
        output += os.read(master, 1000)
    yield pid, lambda text: os.write(master, text.encode())
    os.close(master)
    os.waitpid(pid, 0)


# --- Terminals -------------------------------------------------------------------------------------------------------
def test_a_shell_prompt_is_not_activity(terminal):
    pid, write = terminal
    assert foreground_program(pid) is None
    write("sleep 1000 &\n")
    until(lambda: children(pid) and foreground_program(pid) is None, 5)


@pytest.mark.parametrize(
    ("command", "program"),
    [("sleep 1000", "sleep"), ("bash -c 'sleep 1000; true'", "bash"), ("sleep 1000 | cat", "sleep")],
)
def test_a_program_in_the_foreground_is_activity(terminal, command, program):
    pid, write = terminal
    write(f"{command}\n")
    until(lambda: foreground_program(pid) == program, 5)
    write("\x03")
    until(lambda: foreground_program(pid) is None, 5)


def test_a_script_is_activity(terminal, tmp_path):
    pid, write = terminal
    (tmp_path / "script").write_text("sleep 1000\ntrue\n")
    write(f"bash {tmp_path}/script\n")
    until(lambda: foreground_program(pid) == "bash", 5)
    write("\x03")


def test_a_shell_in_a_shell_is_a_prompt_and_exec_is_activity(terminal):
    pid, write = terminal
    write("bash --norc\n")
    until(lambda: children(pid) and foreground_program(pid) is None, 5)
    write("exit\nexec sleep 1000\n")
    until(lambda: foreground_program(pid) == "sleep", 5)


def test_a_pipeline_whose_first_program_has_ended_is_activity(terminal):
    pid, write = terminal
    write("true | sleep 1000\n")
    until(lambda: foreground_program(pid) == "?", 5)


def test_input_is_noticed_within_the_8_seconds_of_the_kernel(terminal):
    pid, write = terminal
    write("x")
    until(lambda: last_input(pid) >= time.time(), 10)


def test_the_time_of_input_is_never_early(terminal):
    """The access time is up to 8 s old while somebody types."""
    pid, _ = terminal
    os.utime(f"/proc/{pid}/fd/0", (LONG_AGO, LONG_AGO))
    assert last_input(pid) == LONG_AGO + 8


def test_a_terminal_that_has_ended():
    for function in (foreground_program, last_input):
        with pytest.raises(OSError):
            function(2**22 + 1)


@pytest.mark.parametrize(
    ("shell", "program"),
    [("bash", None), ("-zsh", None), ("/bin/sh", None), ("vim", "vim"), ("", "?")],
)
def test_the_first_program_of_a_terminal_by_its_name(monkeypatch, shell, program):
    """A login shell has a dash in front; a process that is ending has no arguments."""
    monkeypatch.setattr(terminal_module, "_arguments", lambda pid: [shell] if shell else [])
    monkeypatch.setattr(terminal_module.Path, "read_text", lambda self: "9 (a ) b) S 1 9 9 34816 9 0")
    assert foreground_program(9) == program


@pytest.mark.parametrize(
    ("foreground_group", "arguments", "program"),
    [(-1, ["vim"], None), (0, ["vim"], None), (1, [], "?"), (1, ["vim", "-c", "x"], "vim"), (1, ["bash", "-i"], None),
     (1, ["bash", "-c"], "bash"), (1, ["bash", "script"], "bash")],
)  # fmt: skip
def test_the_foreground_group(monkeypatch, foreground_group, arguments, program):
    monkeypatch.setattr(terminal_module, "_arguments", lambda pid: arguments)
    monkeypatch.setattr(terminal_module.Path, "read_text", lambda self: f"9 (sh) S 1 9 9 34816 {foreground_group} 0")
    assert foreground_program(9) == program


# --- The time of the last activity -----------------------------------------------------------------------------------
class App:
    log = app_log

    def __init__(self, folder, kernels=()):
        self.kernels, self.contents_manager = dict(enumerate(kernels)), SimpleNamespace(root_dir=str(folder))
        self.kernel_manager = SimpleNamespace(list_kernel_ids=lambda: list(self.kernels), get_kernel=self.kernels.get)
        self.web_app = SimpleNamespace(settings={})


@pytest.fixture
def activity(tmp_path):
    activity = Activity(App(tmp_path))
    activity.timestamp = LONG_AGO
    return activity


def kernel(state="idle", timestamp=LONG_AGO):
    return SimpleNamespace(execution_state=state, last_activity=datetime.fromtimestamp(timestamp, UTC))


def age(activity):
    return time.time() - activity.last_activity().timestamp()


def test_a_new_server_counts_as_active(tmp_path):
    activity = Activity(App(tmp_path))
    assert age(activity) < 1 and activity.reason == "start"


def test_without_activity_the_time_stays(activity):
    activity.app.kernels[1] = kernel()
    assert activity.last_activity() == datetime.fromtimestamp(LONG_AGO, UTC)


def test_a_running_cell_counts_and_so_does_its_end(activity):
    activity.app.kernels[1] = kernel("busy")
    assert age(activity) < 1 and activity.reason == "kernel busy"
    activity.timestamp = LONG_AGO
    activity.app.kernels[1] = kernel("idle", time.time() - 50)
    assert 49 < age(activity) < 52 and activity.reason == "kernel"


def test_the_most_recent_of_several_kernels_counts(activity):
    activity.app.kernels |= {n: kernel("idle", time.time() - ago) for n, ago in enumerate((300, 100, 200))}
    assert 99 < age(activity) < 102


def test_a_kernel_that_has_not_started_yet(activity):
    activity.app.kernels[1] = SimpleNamespace()
    assert activity.last_activity() == datetime.fromtimestamp(LONG_AGO, UTC)


def test_a_time_in_the_future_counts_as_now(activity):
    activity.app.kernels[1] = kernel("idle", time.time() + 9999)
    assert -1 < age(activity) < 1


@pytest.fixture
def mock_terminal(activity, monkeypatch):
    """Set (foreground program, time of the last input) of the server's terminals; an error is raised."""

    def set_terminals(*terminals):
        def value(index):
            def get(pid):
                result = terminals[pid][index]
                if isinstance(result, Exception):
                    raise result
                return result

            return get

        monkeypatch.setattr(module, "foreground_program", value(0))
        monkeypatch.setattr(module, "last_input", value(1))
        processes = {str(pid): SimpleNamespace(ptyproc=SimpleNamespace(pid=pid)) for pid in range(len(terminals))}
        activity.app.web_app.settings["terminal_manager"] = SimpleNamespace(terminals=processes)

    return set_terminals


def test_a_foreground_program_counts_without_any_input(activity, mock_terminal):
    mock_terminal(("vim", LONG_AGO - 5000))
    assert age(activity) < 1 and activity.reason == "terminal 0: vim"


def test_input_counts_without_a_foreground_program(activity, mock_terminal):
    mock_terminal((None, time.time() - 50))
    assert 49 < age(activity) < 52 and activity.reason == "terminal 0: input"


def test_a_terminal_at_its_prompt_without_input_is_not_activity(activity, mock_terminal):
    mock_terminal((None, LONG_AGO - 1))
    assert activity.last_activity() == datetime.fromtimestamp(LONG_AGO, UTC)


@pytest.mark.parametrize("error", [OSError(), ValueError(), AttributeError()])
def test_a_terminal_that_ends_meanwhile_is_passed_over(activity, mock_terminal, error):
    mock_terminal((error, None), (None, error), (None, time.time() - 50))
    assert 49 < age(activity) < 52


def test_a_real_terminal_counts(activity, terminal):
    pid, write = terminal
    write("sleep 1000\n")
    until(lambda: foreground_program(pid), 5)
    manager = SimpleNamespace(terminals={"1": SimpleNamespace(ptyproc=SimpleNamespace(pid=pid))})
    activity.app.web_app.settings["terminal_manager"] = manager
    assert age(activity) < 1 and activity.reason.startswith("terminal 1")


def test_an_error_while_sampling_counts_as_activity(activity, caplog):
    activity.app.kernel_manager = None
    assert age(activity) < 1 and activity.reason == "error"


def test_activity_between_two_reports_is_sampled(activity, monkeypatch):
    class Stopped(Exception):
        pass

    pauses, samples = [], []

    async def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            raise Stopped

    monkeypatch.setattr(module.asyncio, "sleep", sleep)
    monkeypatch.setattr(activity, "last_activity", lambda: samples.append(1))
    with pytest.raises(Stopped):
        asyncio.run(activity.watch())
    assert pauses == [5, 5] and len(samples) == 2


# --- Files -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def counts(activity):
    """Whether an event of the contents service counts as activity."""

    def counts(**data):
        activity.timestamp = LONG_AGO
        asyncio.run(activity.on_contents(None, None, data))
        return activity.timestamp > LONG_AGO

    return counts


def test_changes_of_files_count_and_reading_does_not(activity, counts, tmp_path):
    (tmp_path / "a.txt").write_text("1")
    assert not counts(action="get", path="a.txt")
    assert counts(action="save", path="a.txt") and activity.reason == "save a.txt"
    assert not counts(action="save", path="a.txt"), "saved without a change"
    (tmp_path / "a.txt").write_text("2")
    assert counts(action="save", path="a.txt")
    assert counts(action="delete", path="a.txt") and counts(action="save", path="gone.txt")
    assert counts(action="rename", path="a.txt")


def test_files_are_compared_with_themselves(counts, tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("1")
        assert counts(action="save", path=name)
    assert not counts(action="save", path="a.txt")


def test_a_path_with_slashes_is_below_the_home(counts, tmp_path):
    (tmp_path / "a.txt").write_text("1")
    assert counts(action="save", path="/a.txt")
    assert not counts(action="save", path="/a.txt")


@pytest.mark.parametrize(("size", "repeated"), [(16 * 2**20 - 1, False), (16 * 2**20, True), (16 * 2**20 + 1, True)])
def test_each_save_of_a_large_file_counts(counts, tmp_path, size, repeated):
    """It is not read, so that a save does not cost seconds; whether it changed is unknown."""
    with (tmp_path / "large.ipynb").open("wb") as file:
        file.truncate(size)
    assert counts(action="save", path="large.ipynb")
    assert counts(action="save", path="large.ipynb") is repeated
