"""Mounts: each is of one kind, and opens neither the system nor a home."""

import re

from openstack_hub.platforms import PLATFORMS
from openstack_hub.schema import specification
from openstack_hub.validation.problems import Problem, show
from openstack_hub.validation.rules import entries

KINDS = ("server", "export", "claim", "size", "folder")
ON_CLUSTER = "add server and export (NFS), claim, or size (temporary space)"
ON_MACHINE = "add folder, a path on the machine like /srv/shared"
# Of the machine: nothing at or below the first ones, and not the second ones as a whole
CLOSED = re.compile(
    r"/(bin|boot|dev|etc|home|lib(32|64|x32)?|proc|root|run|sbin|snap|sys|tmp|usr"
    r"|var/(backups|cache|lib|local|lock|log|mail|run|snap|spool|tmp)|opt/openstack-hub)(/.*)?"
)
TOPS = ("/media", "/mnt", "/opt", "/srv", "/var")
PLAIN = r"(/\w[\w.+@-]*)+/?"


def mount_problems(v):
    mounts, profiles = entries(v["hub_mounts"]), [profile for _, profile in entries(v["hub_profiles"])]
    for i, mount in mounts:
        path = ("hub_mounts", i)
        given = [key for key in KINDS if mount[key] is not None or not v.is_valid_at(*path, key)]
        if all(v["hub_platform"] in platforms_of(key) for key in given):  # the others have a problem of their own
            yield from kind_problems(path, given, v["hub_platform"])
        for key in ("path", "export"):
            if mount[key] and (template := re.search(r"\{\w*\}", mount[key])):
                text = f"{template[0]} is not replaced here: write a path that is the same for all users"
                yield Problem((*path, key), f"{show(mount[key])} is one folder for all users, {text}")
        if mount["size"] and mount["read_only"]:
            yield Problem((*path, "read_only"), "temporary space is for writing: remove it")
        if mount["claim"] and re.fullmatch(r"claim-.*|hub-db-dir", mount["claim"]):
            whose = "the hub's own volume" if mount["claim"] == "hub-db-dir" else "the home of a user"
            yield Problem((*path, "claim"), f"{show(mount['claim'])} is {whose}: name another claim")
        if mount["folder"]:
            yield from folder_problems(path, mount, mounts)
        is_mounted = mount["all_profiles"] or any(mount["name"] in (profile["mounts"] or ()) for profile in profiles)
        if mount["name"] and not is_mounted and v.is_valid("hub_profiles", "hub_mounts"):
            text = f"no profile mounts it: set all_profiles, or add {show(mount['name'])} to mounts of a profile"
            yield Problem(path, text, warning=True)


def platforms_of(key):
    return specification.variables()["hub_mounts"]["items"]["keys"][key]["platforms"]


def kind_problems(path, given, platform):
    """The kind of a mount follows from the keys GIVEN."""
    kinds = list(dict.fromkeys("server" if key == "export" else key for key in given))
    if not given and platform:
        advice = ON_CLUSTER if PLATFORMS[platform].has_cluster else ON_MACHINE
        yield Problem(path, f"nothing is mounted: {advice}")
    elif len(kinds) > 1:
        yield Problem(path, f"{' and '.join(kinds)} exclude each other: keep one")
    elif given == ["server"]:
        yield Problem((*path, "export"), "missing: write the path that the NFS server exports, such as /data")
    elif given == ["export"]:
        yield Problem((*path, "server"), "missing: write the host name of the NFS server")


def folder_problems(path, mount, mounts):
    folder = mount["folder"].rstrip("/")
    if text := place_problem(mount["folder"], f"/srv/{mount['name'] or 'shared'}"):
        yield Problem((*path, "folder"), text)
    # Whoever can write to the outer folder could replace the inner one by a symlink.
    elif outer := next((o["folder"] for _, o in mounts if is_writable(o) and is_below(folder, o["folder"])), None):
        text = f"{show(folder)} is in {outer}, where users can write: name a folder outside of it"
        yield Problem((*path, "folder"), text)
    around = [place for o in (o for _, o in mounts) if is_writable(o) for place in (o["path"], o["folder"]) if place]
    if place := next((place for place in around if is_below(mount["path"] or "", place)), None):
        text = f"{show(mount['path'])} is in {place}, where users can write: choose a path outside of it"
        yield Problem((*path, "path"), text)
    elif mount["path"] and (text := place_problem(mount["path"], f"/{mount['name'] or 'shared'}")):
        yield Problem((*path, "path"), text)


def place_problem(path, other):
    """Why PATH cannot be a place for users on the machine, "" if it can. OTHER: a path that can be."""
    if not re.fullmatch(PLAIN, path):
        return f"{show(path)} is not a plain path (letters, digits and . _ - + @): write for example {other}"
    if CLOSED.fullmatch(path.rstrip("/")):
        return f"{show(path)} belongs to the system or to the homes: choose another path, such as {other}"
    if path.rstrip("/") in TOPS:
        return f"{show(path)} may contain other things, too: write a folder in it, such as {other}"
    return ""


def is_writable(mount):
    return bool(mount["folder"]) and mount["read_only"] is False


def is_below(path, folder):
    return path.startswith(f"{folder.rstrip('/')}/")
