"""Mounts."""

from openstack_hub.validation.problems import Problem, show
from openstack_hub.validation.rules import duplicates, entries

SYSTEM = (
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/opt", "/proc", "/root", "/run", "/sys", "/tmp", "/usr",
    "/var",
)  # fmt: skip


def storage_problems(v):
    mounts = entries(v["hub_mounts"])
    for key in ("name", "path"):
        for i, value in duplicates(mounts, key):
            text = f"{show(value)} is already the {key} of another mount: choose another {key}"
            yield Problem(("hub_mounts", i, key), text)
    for i, mount in mounts:
        if mount["path"] and (mount["path"].rstrip("/") or "/") in SYSTEM:
            text = f"{show(mount['path'])} would hide system files of the server: choose another path, such as /archive"
            yield Problem(("hub_mounts", i, "path"), text)
