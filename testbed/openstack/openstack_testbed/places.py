"""Paths: of the cache, whose content can be rebuilt, and of the state of instances."""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parents[1]
if str(HERE.parent) not in sys.path:
    sys.path.append(str(HERE.parent))

from make_once import locked, make_once  # noqa: E402, F401  (found through the lines above; for those who import this)

# Those that take longest first
SERVICES = ("keystone", "placement", "nova", "neutron", "magnum", "glance")


def cache():
    """The folder for build results."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "openstack-hub"


def state():
    """The folder of existing instances."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "openstack-hub"


def instance(name="testbed"):
    """Folder of the instance NAME."""
    return state() / "openstack" / name


def key(*paths):
    """Twelve hexadecimal digits of a hash of files, and of the Python files below folders."""
    files = (file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path]))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]


def write(path, text):
    """Replace a file atomically, readable by its owner only: others may be reading it."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(path)


def write_json(path, data):
    write(path, json.dumps(data, indent=1) + "\n")


def publish(new, path):
    """Rename a complete folder to PATH; if that exists already, keep it and remove NEW."""
    try:
        new.rename(path)
    except OSError:
        shutil.rmtree(new)
        if not path.exists():
            raise
