"""What a person does with a site folder: runs commands, answers questions, looks at files."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from openstack_hub.site.files import PROJECT

ANSWERS = {
    "DOMAIN": "hub.uni.edu",
    "ISSUER": "https://iam.uni.edu/",
    "CLIENT_ID": "0d1c6a0e",
    "GROUPS": "cloud/jupyter, staff",
    "CONTACT": "help@uni.edu",
}
FOREIGN = ("ANSIBLE_", "MAKE", "MFLAGS", "GIT_", *ANSWERS, "CLIENT_SECRET", "PLATFORM", "DIR", "INVENTORY")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)} | {
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    "ANSIBLE_FORCE_COLOR": "0",
    "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "0",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{who}_{what}": "a@uni.edu" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def run(*command, cwd=PROJECT, **environment):
    """The finished process; no terminal, output in `stdout` with errors among it."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=ENVIRONMENT | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def arguments(**answers):
    return [f"{name}={value}" for name, value in answers.items()]


def talk(command, *exchanges):
    """(exit status, output) of COMMAND on a terminal; exchanges: (what to wait for, what to type)."""
    process, terminal = pty.fork()
    if not process:
        os.chdir(PROJECT)
        os.execvpe(command[0], command, ENVIRONMENT)
    seen, read, typed, deadline = "", 0, "", time.monotonic() + 30
    exchanges = list(exchanges)
    while time.monotonic() < deadline:
        while exchanges and exchanges[0][0] in seen[read:]:
            waited, typed = exchanges.pop(0)
            read = seen.index(waited, read) + len(waited)
            os.write(terminal, typed.encode())
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 4096).decode()
            except OSError:  # the other side is closed
                break
        elif typed == "\x03":  # Python misses a signal that comes just before it begins to read
            os.write(terminal, b"\x03")
    else:
        os.kill(process, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    assert not exchanges, (exchanges, seen)
    return status, seen.replace("\r\n", "\n")


def files(folder):
    """{name: text, or target of a symlink} of every file of the site."""
    found = (path for path in folder.rglob("*") if ".git" not in path.relative_to(folder).parts)
    return {
        str(path.relative_to(folder)): path.readlink() if path.is_symlink() else path.read_text()
        for path in found
        if path.is_symlink() or path.is_file()
    }
