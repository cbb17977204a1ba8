"""The services' own virtual environment: in the cache, named by a hash of the pinned requirements."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from openstack_testbed import places

PINNED = places.HERE / "requirements.txt"


def name():
    """The name changes with the pinned requirements and the version of Python."""
    return f"{places.key(PINNED)}-{sys.version_info.major}.{sys.version_info.minor}"


def folder():
    return places.cache() / "venvs" / f"openstack-services-{name()}"


def make():
    """Make the environment if it is missing; concurrent callers make it once."""
    places.make_once(folder(), _install)


def _install(folder):
    # A gateway that inspects TLS has an authority of the machine.
    env = os.environ | {"UV_SYSTEM_CERTS": "true"}
    installed = Path(sys.executable).with_name("uv")
    uv = str(installed) if installed.exists() else shutil.which("uv")
    python = folder / "bin/python"
    if uv:
        # It is made under another name; only its Python is used, which finds its packages wherever the folder is.
        steps = [
            [uv, "venv", "-q", "--clear", "--relocatable", "-p", sys.executable, folder],
            [uv, "pip", "install", "-q", "-p", python, "--no-deps", "-r", PINNED],
        ]
    else:
        steps = [
            [sys.executable, "-m", "venv", "--clear", folder],
            [python, "-m", "pip", "install", "-q", "--no-deps", "--no-compile", "-r", PINNED],
        ]
    for step in steps:
        subprocess.run(step, env=env, check=True)
