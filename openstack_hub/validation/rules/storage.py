"""Mounts and group folders."""

from openstack_hub.validation.problems import Mistake, show
from openstack_hub.validation.rules import again, entries

SYSTEM = (
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
)


def rules(v):
    mounts = entries(v["hub_mounts"])
    for key in ("name", "path"):
        for i, value in again(mounts, key):
            yield Mistake(("hub_mounts", i, key), f"{show(value)} is the {key} of another mount, too: choose another")
    for i, mount in mounts:
        if mount["path"] and (mount["path"].rstrip("/") or "/") in SYSTEM:
            yield Mistake(
                ("hub_mounts", i, "path"),
                f"{show(mount['path'])} would hide the server's own files: choose another, like /archive",
            )
    for i, group in again(entries(v["hub_group_folders"]), "group"):
        yield Mistake(("hub_group_folders", i, "group"), f"{show(group)} has another folder, too: leave one out")
