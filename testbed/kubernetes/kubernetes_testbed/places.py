"""Where things lie: what can be made again in the cache, clusters among the state. Both on one file system."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[1]
ROOT = HERE.parents[1]
UNFINISHED = ".new."


def cache():
    """Folder of what is slow to make and can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "openstack-hub"


def state():
    """Folder of the clusters and networks that are."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "openstack-hub/kubernetes"


def uv():
    """The program uv: of the environment that runs this, else of this machine."""
    beside = Path(sys.executable).with_name("uv")
    return beside if beside.exists() else Path(shutil.which("uv") or "uv")


def key(*inputs):
    """Twelve digits that change with the inputs: texts, files with their names, all files below folders.

    Files are told apart by their path below the folder, so that the same checkout elsewhere has the same key.
    """
    digest = hashlib.sha256()
    for piece in inputs:
        if isinstance(piece, str):
            digest.update(f"text {len(piece)}\0{piece}".encode())
            continue
        files = sorted(file for file in piece.rglob("*") if file.is_file()) if piece.is_dir() else [piece]
        for file in files:
            content = file.read_bytes()
            digest.update(f"file {file.relative_to(piece.parent)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def locked(path):
    """Hold the lock file PATH: one at a time, also among programs. A killed holder lets go of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def whole(path):
    """A new folder to fill; it gets the name PATH when the block ends well, so what bears that name is whole.

    What a killed run left behind goes first: hold the lock of PATH's makers.
    """
    for left in path.parent.glob(f"{path.name}{UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own: a child of the killed run may still write into the former folder.
    new = Path(tempfile.mkdtemp(prefix=f"{path.name}{UNFINISHED}", dir=path.parent))
    try:
        yield new
        new.rename(path)
    finally:
        shutil.rmtree(new, ignore_errors=True)
