"""Versions, such as v1.33.4, and the path of an upgrade of Kubernetes."""

import re


def parse_version(version):
    """(1, 33, 4) of "v1.33.4"; None when there is none."""
    match = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", str(version or ""))
    return tuple(int(part or 0) for part in match.groups()) if match else None


def upgrade_path(running, wanted, steps):
    """The templates to upgrade through, in their order, minor by minor.

    running: the cluster's version. wanted, steps: templates, {"version": ...}; steps are intermediate versions.
    Returns (list of templates, error or None). kubeadm's rule: a control plane skips no minor, and never goes back.
    """
    current, target = parse_version(running), parse_version(wanted["version"])
    if current > target:
        return [], (
            f"{running} runs, cluster_kubernetes_version is {wanted['version']}: Kubernetes cannot be downgraded. "
            f"Write {running} or newer"
        )
    if current == target:
        return [], None
    path = []
    for step in sorted([*steps, wanted], key=lambda step: parse_version(step["version"])):
        version = parse_version(step["version"])
        if step is not wanted and (version[:2] <= minor(running) or version >= target):
            continue
        if version[:2] > (current[0], current[1] + 1):
            between = f"v{current[0]}.{current[1] + 1}"
            return [], (
                f"an upgrade from {running} to {wanted['version']} needs {between} in between: "
                f"name a version {between}.x and its image in cluster_upgrade_steps"
            )
        if path and minor(path[-1]["version"]) == version[:2]:  # of several patches of one minor only the newest
            path.pop()
        path.append(step)
        current = version
    return path, None


def minor(version):
    return parse_version(version)[:2]
