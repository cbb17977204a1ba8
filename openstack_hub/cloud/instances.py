"""The instances that the variables declare, and the quota that they use."""

from typing import NamedTuple

from openstack_hub.kubernetes.placement import group_names
from openstack_hub.openstack.magnum_api import DEFAULT_MASTER
from openstack_hub.validation.problems import meant, show

MIB = 1024**2
MAX_NAMES = 8  # listed in a message when none is similar
WEB = ("cloud_web_server",)


class InstanceGroup(NamedTuple):
    """Instances with one flavor and image.

    path: the variable that declares them; title: their name in messages; image_path: the variable that names their
    image; low and high: their smallest and largest number; number: the index of their node group, or None.
    """

    path: tuple
    title: str
    flavor: str
    image: str
    image_path: tuple
    low: int
    high: int
    number: int | None = None


def desired(v):
    """[InstanceGroup] of the parsed variables V: control plane, node groups, Apache's instance."""
    plane, web = v["cluster_control_plane"], v["cloud_web_server"]
    groups = [
        InstanceGroup(
            ("cluster_control_plane",), "control plane", plane["flavor"], v["cluster_image"], ("cluster_image",),
            plane["count"], plane["count"],
        )
    ]  # fmt: skip
    for i, group in enumerate(v["cluster_node_groups"]):
        path = ("cluster_node_groups", i)
        image = (group["image"], (*path, "image")) if group["image"] else (v["cluster_image"], ("cluster_image",))
        groups.append(InstanceGroup(path, group["name"], group["flavor"], *image, group["min"], group["max"], i))
    if web:
        groups.append(InstanceGroup(WEB, "instance for Apache", web["flavor"], web["image"], (*WEB, "image"), 1, 1))
    return groups


def matching(name, resources):
    """Those of RESOURCES (None: nothing known) whose name or ID is NAME."""
    return [resource for resource in resources or [] if name in (resource["id"], resource["name"])]


def missing_message(name, what, names, owner):
    """The message that OWNER has no WHAT called NAME, with a similar one of NAMES or a list of them."""
    message = f"{show(name)} is no {what} of {owner}"
    if similar := meant(name, names):
        return f"{message}; did you mean {similar}?"
    rest = f" and {len(names) - MAX_NAMES} others" if len(names) > MAX_NAMES else ""
    return f"{message}; it has {', '.join(sorted(names)[:MAX_NAMES]) + rest if names else 'none'}"


def flavor_of(group, facts):
    """The flavor of the InstanceGroup GROUP, None when the cloud has none of that name."""
    return next(iter(matching(group.flavor, facts.get("flavors"))), None)


def total_usage(groups, facts, counts):
    """Resource -> what COUNTS instances, a number for each of GROUPS, use together; RAM in bytes, unknown flavors 0."""
    sums = {"cores": 0, "RAM": 0, "instances": 0, "GPUs": 0}
    for group, count in zip(groups, counts, strict=True):
        flavor = flavor_of(group, facts) or {"vcpus": 0, "ram": 0, "gpus": 0}
        each = {"cores": flavor["vcpus"], "RAM": flavor["ram"] * MIB, "instances": 1, "GPUs": flavor["gpus"] or 0}
        sums = {name: sums[name] + count * each[name] for name in sums}
    return sums


def current_counts(v, groups, facts):
    """The existing number of instances of each of GROUPS."""
    cluster = facts.get("cluster") or {"node_groups": []}
    counts = {group["name"]: group["node_count"] for group in cluster["node_groups"]}
    web = [instance for instance in facts.get("instances", []) if instance["name"] == f"{v['cluster_name']}-web"]
    return [
        len(web) if group.path == WEB else sum(counts.get(name, 0) for name in magnum_names(group)) for group in groups
    ]


def magnum_names(group):
    """The names that Magnum may have for the InstanceGroup GROUP; there are two while a node group is replaced."""
    return [DEFAULT_MASTER] if group.number is None else group_names({"name": group.title}, group.number)


def match_node_groups(v, facts):
    """([(InstanceGroup, [its node groups in the cluster]), ...], [node groups that V does not declare])."""
    undeclared = {group["name"]: group for group in facts["cluster"]["node_groups"]}
    pairs = [
        (instances, [undeclared.pop(name) for name in magnum_names(instances) if name in undeclared])
        for instances in desired(v)
        if instances.path != WEB
    ]
    return pairs, list(undeclared.values())


def site_usage(v, groups, facts):
    """Resource -> the part of the used quota that is this site's: by the names of instances, or by Magnum's counts."""
    cluster = facts.get("cluster") or {}
    names = (v["cluster_name"], cluster.get("stack_id"), cluster.get("cluster_id"))
    prefixes = tuple(f"{name}-" for name in names if name)
    own = [instance for instance in facts.get("instances", []) if instance["name"].startswith(prefixes)]
    by_name = {
        "cores": sum(instance["vcpus"] for instance in own),
        "RAM": sum(instance["ram"] for instance in own) * MIB,
        "instances": len(own),
    }
    by_count = total_usage(groups, facts, current_counts(v, groups, facts))
    return {name: max(by_name[name], by_count[name]) for name in by_name}
