"""The machines that the variables want, and what they take."""

from typing import NamedTuple

from openstack_hub.kubernetes.placement import group_names
from openstack_hub.validation.problems import meant, show

MIB = 1024**2
LISTED = 8  # so many names are told when none is near
WEB = ("cloud_web_server",)
MASTER = "default-master"  # Magnum's group of the control plane


class Machines(NamedTuple):
    """Machines of one kind.

    path: where they are described; title: what people call them; image_path: where their image is named; low and high:
    how many; number: of their node group, or None.
    """

    path: tuple
    title: str
    flavor: str
    image: str
    image_path: tuple
    low: int
    high: int
    number: int | None = None


def wanted(v):
    """[Machines] of the parsed variables V: control plane, node groups, the machine for Apache."""
    plane, web = v["cluster_control_plane"], v["cloud_web_server"]
    found = [
        Machines(
            ("cluster_control_plane",), "control plane", plane["flavor"], v["cluster_image"], ("cluster_image",),
            plane["count"], plane["count"],
        )
    ]  # fmt: skip
    for i, group in enumerate(v["cluster_node_groups"]):
        path = ("cluster_node_groups", i)
        image = (group["image"], (*path, "image")) if group["image"] else (v["cluster_image"], ("cluster_image",))
        found.append(Machines(path, group["name"], group["flavor"], *image, group["min"], group["max"], i))
    if web:
        found.append(Machines(WEB, "machine for Apache", web["flavor"], web["image"], (*WEB, "image"), 1, 1))
    return found


def called(name, things):
    """Those of THINGS that NAME means: by their names or their id."""
    return [thing for thing in things or [] if name in (thing["id"], thing["name"])]


def absent(name, what, names, whose):
    """That NAME is none of NAMES, with what is probably meant."""
    told = f"{show(name)} is no {what} of {whose}"
    if near := meant(name, names):
        return f"{told}; did you mean {near}?"
    some = ", ".join(sorted(names)[:LISTED]) + (f" and {len(names) - LISTED} others" if len(names) > LISTED else "")
    return f"{told}; it has {some}" if names else f"{told}; it has none"


def flavor_of(machines, facts):
    """The flavor of MACHINES, or None when the cloud has none of that name."""
    return next(iter(called(machines.flavor, facts.get("flavors"))), None)


def taken(machines, facts, counts):
    """Resource -> how much COUNTS of MACHINES, a number for each, take together; what is not known takes nothing."""
    sums = {"cores": 0, "RAM": 0, "instances": 0, "GPUs": 0}
    for kind, count in zip(machines, counts, strict=True):
        flavor = flavor_of(kind, facts) or {"vcpus": 0, "ram": 0, "gpus": 0}
        each = {"cores": flavor["vcpus"], "RAM": flavor["ram"] * MIB, "instances": 1, "GPUs": flavor["gpus"] or 0}
        sums = {name: sums[name] + count * each[name] for name in sums}
    return sums


def now(v, machines, facts):
    """How many there are now of each of MACHINES."""
    cluster = facts.get("cluster") or {"node_groups": []}
    groups = {group["name"]: group["node_count"] for group in cluster["node_groups"]}
    web = [machine for machine in facts.get("machines", []) if machine["name"] == f"{v['cluster_name']}-web"]
    return [
        len(web) if kind.path == WEB else sum(groups.get(name, 0) for name in nodegroups(kind)) for kind in machines
    ]


def nodegroups(machines):
    """Names that the node group that MACHINES are may have in Magnum; while its flavor changes there are two."""
    return [MASTER] if machines.number is None else group_names({"name": machines.title}, machines.number)


def ours(v, machines, facts):
    """Resource -> how much of the quotas is this site's already: what Nova's names tell, or Magnum's counts."""
    cluster = facts.get("cluster") or {}
    names = (v["cluster_name"], cluster.get("stack_id"), cluster.get("cluster_id"))
    starts = tuple(f"{name}-" for name in names if name)
    named = [machine for machine in facts.get("machines", []) if machine["name"].startswith(starts)]
    seen = {
        "cores": sum(machine["vcpus"] for machine in named),
        "RAM": sum(machine["ram"] for machine in named) * MIB,
        "instances": len(named),
    }
    told = taken(machines, facts, now(v, machines, facts))
    return {name: max(seen[name], told[name]) for name in seen}
