"""Versions of Kubernetes: v1.33.4."""

import re


def parse(version):
    """(1, 33, 4) of "v1.33.4"; None when there is none."""
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", str(version or ""))
    return tuple(int(part or 0) for part in found.groups()) if found else None


def road(now, wanted, steps):
    """The templates to upgrade through, in their order, minor by minor.

    now: the cluster's version. wanted, steps: templates, {"version": ...}; steps stand on the way.
    Returns (list of templates, sentence or None). kubeadm's rule: a control plane skips no minor, and never goes back.
    """
    have, want = parse(now), parse(wanted["version"])
    if have >= want:
        back = f"{now} runs, cluster_kubernetes_version is {wanted['version']}: Kubernetes cannot go back"
        return [], f"{back}. Write {now} or newer" if have > want else None
    way = []
    for step in sorted([*steps, wanted], key=lambda step: parse(step["version"])):
        version = parse(step["version"])
        if step is not wanted and (version[:2] <= minor(now) or version >= want):
            continue
        if version[:2] > (have[0], have[1] + 1):
            between = f"v{have[0]}.{have[1] + 1}"
            return [], (
                f"from {now} to {wanted['version']} the way leads over {between}: "
                f"name a version {between}.x and its image in cluster_upgrade_steps"
            )
        if way and minor(way[-1]["version"]) == version[:2]:  # of several patches of one minor only the newest
            way.pop()
        way.append(step)
        have = version
    return way, None


def minor(version):
    return parse(version)[:2]
