"""Runs in a user's kernel and prints its limits. Standard library only, so that it runs in any image."""

import json
import os
from pathlib import Path


def control_groups(controller, proc, root):
    """Yield the folders of the process's control group and of its parents, for version 1 and 2."""
    for line in Path(proc).read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        base = Path(root, controller) if controllers else Path(root)
        folder = Path(os.path.normpath(f"{base}/{path}"))
        yield from (group for group in [folder, *folder.parents] if base in [group, *group.parents])


def numbers(group, *names):
    """The numbers in the first of these files that exists ("a+b" are two files); infinity for 'max' and -1."""
    for name in names:
        words = [(group / part).read_text().split() for part in name.split("+") if (group / part).is_file()]
        if words:
            return [float("inf") if word in ("max", "-1") else float(word) for line in words for word in line]
    return []


def memory(proc="/proc/self/cgroup", root="/sys/fs/cgroup"):
    """Bytes, or infinity, or None when it cannot be read. Version 1 writes 'no limit' as a number above 2^60."""
    limits = [numbers(g, "memory.max", "memory.limit_in_bytes") for g in control_groups("memory", proc, root)]
    return min((float("inf") if n[0] > 2**60 else n[0] for n in limits if n), default=None)


def cpu(proc="/proc/self/cgroup", root="/sys/fs/cgroup"):
    """Processors, or infinity, or None when it cannot be read."""
    limits = [numbers(g, "cpu.max", "cpu.cfs_quota_us+cpu.cfs_period_us") for g in control_groups("cpu", proc, root)]
    return min((n[0] / n[1] for n in limits if len(n) == 2), default=None)


if __name__ == "__main__":
    try:
        kernel = {"memory": memory(), "cpu": cpu()}
    except (OSError, ValueError):
        kernel = {"memory": None, "cpu": None}
    environment = {"memory": os.environ.get("MEM_LIMIT"), "cpu": os.environ.get("CPU_LIMIT")}
    print(json.dumps({"environment": environment, "kernel": kernel}))
