"""Make a folder once: python make_once.py FOLDER COMMAND...; or hold a lock: python make_once.py --lock FILE COMMAND...

Unless FOLDER exists, COMMAND runs with the path of a new, empty folder as its last argument. When it succeeds, the new
folder gets the name FOLDER, so a folder of that name is always complete. Several callers at once make it once. After a
kill the next caller begins again in another new folder: processes of the killed one that still run cannot change it.
Prints "made" on stderr when it made the folder. --lock is for what cannot be renamed: COMMAND and all processes that it
starts hold the lock, so that after a kill the next caller waits for those that still run.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

UNFINISHED = ".new."


@contextlib.contextmanager
def locked(path):
    """Hold the lock file PATH: one at a time, also among programs. The lock of a killed holder is free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def new_folder(path):
    """Yield a new folder, and rename it to PATH when the block succeeds. PATH must not exist. Hold a lock of PATH."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for unfinished in path.parent.glob(f"{path.name}{UNFINISHED}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    # A name of its own: a process of a killed run may still write into the former one.
    new = Path(tempfile.mkdtemp(prefix=f"{path.name}{UNFINISHED}", dir=path.parent))
    try:
        yield new
        new.rename(path)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def make_once(folder, fill):
    """Call FILL(new folder) unless FOLDER exists, then rename the new folder to it. Returns whether FILL was called."""
    with locked(folder.with_name(f"{folder.name}.lock")):
        if folder.exists():
            return False
        with new_folder(folder) as new:
            fill(new)
        return True


def run_locked(path, command):
    """Become COMMAND, which inherits the lock of PATH."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(file, fcntl.LOCK_EX)
    os.set_inheritable(file, True)
    os.execvp(command[0], command)


def main(arguments):
    if arguments[0] == "--lock":
        run_locked(arguments[1], arguments[2:])
    folder, *command = arguments

    def fill(new):
        new.chmod(0o755)
        subprocess.run([*command, new], check=True)

    try:
        if make_once(Path(folder).absolute(), fill):
            print("made", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{folder} was not made: {command[0]} ended with status {error.returncode}")


if __name__ == "__main__":
    main(sys.argv[1:])
