"""Kill Ansible as a lost terminal or an operator does: the processes that it has started continue."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

ENVIRONMENT = os.environ | {"PYTHONUNBUFFERED": "1"}
# A task has begun when its name is printed; its program starts shortly after.
INTO_THE_TASK = 0.7  # seconds


def start(command):
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=ENVIRONMENT,
    )


def family(pid):
    """PID and its descendants, with their command lines."""
    parents, commands = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            commands[int(folder.name)] = (folder / "cmdline").read_text().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return {member: commands.get(member, [""]) for member in found}


def kill_ansible(pid):
    """SIGKILL for PID and the processes of ansible-playbook below it, and for nothing else."""
    for member, command in family(pid).items():
        if member == pid or any(Path(part).name == "ansible-playbook" for part in command[:2]):
            os.kill(member, signal.SIGKILL)


def kill_at(moment, command, is_ready=None):
    """Run COMMAND and kill its Ansible once it has printed MOMENT and, if given, is_ready() is true."""
    with start(command) as process:
        output = []
        for line in process.stdout:
            output.append(line)
            if moment in line:
                if is_ready:
                    wait_for(is_ready)
                else:
                    time.sleep(INTO_THE_TASK)
                kill_ansible(process.pid)
                break
        else:
            pytest.fail(f"the run never came to {moment!r}:\n{''.join(output)[-5000:]}")
        process.stdout.close()


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {condition}"
        time.sleep(0.05)


def run(command):
    """Output of COMMAND, which must succeed."""
    with start(command) as process:
        output = process.stdout.read()
    assert process.returncode == 0, output[-5000:]
    return output


def changes(output):
    """How many tasks of each play changed something."""
    return [int(number) for number in re.findall(r"changed=(\d+)", output)]
