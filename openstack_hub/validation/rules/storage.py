"""Mounts."""

import itertools

from hubkit.hub.pods import HOME
from openstack_hub.validation.problems import Problem, show
from openstack_hub.validation.rules import duplicates, entries

# A mount here or above hides what a server needs, and below TREES as well.
TREES = (
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/opt/conda", "/opt/openstack-hub", "/proc", "/run", "/sbin",
    "/sys", "/usr/bin", "/usr/lib", "/usr/local/bin", "/usr/local/lib", "/usr/sbin", "/var/lib", "/var/run",
)  # fmt: skip
SYSTEM = (*TREES, "/root", "/tmp")


def storage_problems(v):
    mounts = [(i, mount | {"path": mount["path"] and _plain(mount["path"])}) for i, mount in entries(v["hub_mounts"])]
    for key in ("name", "path"):
        for i, value in duplicates(mounts, key):
            text = f"{show(value)} is already the {key} of another mount: choose another {key}"
            yield Problem(("hub_mounts", i, key), text)
    for i, mount in mounts:
        if mount["path"] and not mount["folder"]:  # rules/mounts.py checks those of the machine
            yield from mount_path_problems(("hub_mounts", i, "path"), mount["path"], mounts)


def mount_path_problems(path, place, mounts):
    """What a mount at PLACE would hide; a path in the home or in another mount only works under conditions."""
    taken = [other["path"] for _, other in mounts if other["path"] and other["path"] != "/"]
    free = next(
        each for each in _names() if not any(_is_within(each, other) or _is_within(other, each) for other in taken)
    )
    outside = f"choose another path, such as {free}"
    if any(_is_within(each, place) for each in SYSTEM) or any(_is_within(place, each) for each in TREES):
        yield Problem(path, f"{show(place)} would hide system files of the server: {outside}")
    elif _is_within(HOME, place):
        yield Problem(path, f"{show(place)} would hide the home of the user: {outside}")
    elif _is_within(place, HOME):
        text = f"{show(place)} is in the home, where an empty folder of this name remains: {outside}"
        yield Problem(path, text, warning=True)
    for _, other in mounts:
        if other["path"] and other["path"] != place and _is_within(place, other["path"]):
            text = f"{show(place)} is within mount {show(other['name'])}, whose export must have this folder"
            yield Problem(path, f"{text}: {outside}", warning=True)


def _names():
    yield from ("/archive", "/data", "/shared")
    yield from (f"/data{number}" for number in itertools.count(2))


def _plain(path):
    return path.rstrip("/") or "/"


def _is_within(path, parent):
    """Whether PATH is PARENT or below it."""
    return path == parent or path.startswith(f"{parent.rstrip('/')}/")
