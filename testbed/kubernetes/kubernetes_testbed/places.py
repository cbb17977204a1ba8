"""Paths: of the cache, whose content can be rebuilt, and of the state of clusters. Both are on one file system."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parents[1]
ROOT = HERE.parents[1]
if str(HERE.parent) not in sys.path:
    sys.path.append(str(HERE.parent))

from make_once import locked, make_once, new_folder  # noqa: E402, F401  (found through the lines above; for those who import this)


def cache():
    """The folder for build results."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "openstack-hub"


def state():
    """The folder of existing clusters and networks."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "openstack-hub/kubernetes"


def uv():
    """The program uv: of the environment that runs this, else of this machine."""
    beside = Path(sys.executable).with_name("uv")
    return beside if beside.exists() else Path(shutil.which("uv") or "uv")


def key(*inputs):
    """Twelve hexadecimal digits of a hash of the inputs: texts, files with their names, all files below folders.

    Paths are relative to the folder, so that the same checkout elsewhere has the same key.
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
