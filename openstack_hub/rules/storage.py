"""Mounts and group folders."""

from openstack_hub.mistakes import Mistake, show
from openstack_hub.rules import entries, repeated

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
    mounts = entries(v, "hub_mounts")
    for key in ("name", "path"):
        for value in repeated(mount[key] for _, mount in mounts):
            yield Mistake(("hub_mounts",), f"{show(value)} is the {key} of more than one mount")
    for i, mount in mounts:
        if mount["path"] and (mount["path"].rstrip("/") or "/") in SYSTEM:
            yield Mistake(
                ("hub_mounts", i, "path"),
                f"{show(mount['path'])} would hide the server's own files: choose another, like /archive",
            )
    for group in repeated(folder["group"] for _, folder in entries(v, "hub_group_folders")):
        yield Mistake(("hub_group_folders",), f"{show(group)} has more than one folder")
