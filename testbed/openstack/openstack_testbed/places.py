"""Where things lie: what can be made again in the cache, instances among the state."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from pathlib import Path

HERE = Path(__file__).parents[1]
# Those that take longest first
SERVICES = ("keystone", "placement", "nova", "neutron", "magnum", "glance")


def cache():
    """Folder of what is slow to make and can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "openstack-hub"


def state():
    """Folder of what is running or could go on."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "openstack-hub"


def instance(name="testbed"):
    """Folder of the instance NAME."""
    return state() / "openstack" / name


def key(*paths):
    """Twelve digits that change with the content of files and of the Python files below folders."""
    files = (file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path]))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]


def write(path, text):
    """Replace a file as a whole: others may be reading. Only the owner can read it."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(path)


def write_json(path, data):
    write(path, json.dumps(data, indent=1) + "\n")


@contextlib.contextmanager
def locked(path):
    """Hold the lock file PATH: one at a time, also among programs. A killed holder lets go of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def publish(new, path):
    """Give a finished folder its name, unless somebody else was first."""
    try:
        new.rename(path)
    except OSError:
        shutil.rmtree(new)
        if not path.exists():
            raise
