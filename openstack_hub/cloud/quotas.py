"""Whether the project's quotas allow the largest size of everything."""

from typing import NamedTuple

from openstack_hub.cloud.instances import MIB, WEB, current_counts, desired, flavor_of, site_usage, total_usage
from openstack_hub.schema.units import SIZES
from openstack_hub.validation.problems import Problem, show

GROUPS = ("cluster_node_groups",)
ASK = "ask the cloud's operators for more"


class Quota(NamedTuple):
    """limit; others: used of it, but not by this site; free: what this site may take in all."""

    limit: int
    others: int
    free: int


def limits(v, facts):
    """Resource -> Quota of those that have one; RAM in bytes."""
    own, quotas = site_usage(v, desired(v), facts), {}
    for name, quota in facts["quotas"].items():
        if quota["limit"] < 0:
            continue
        unit = MIB if name == "RAM" else 1
        limit, used = quota["limit"] * unit, (quota["used"] or 0) * unit
        others = max(0, used - own.get(name, 0))
        quotas[name] = Quota(limit, others, max(0, limit - others))
    return quotas


def format_amount(name, number):
    return f"{number / SIZES['G']:.6g}G" if name == "RAM" else str(number)


def quota_problems(v, facts):
    groups, quotas = desired(v), limits(v, facts)
    most = total_usage(groups, facts, [group.high for group in groups])
    for name in ("cores", "RAM", "instances"):
        if name in quotas and most[name] > quotas[name].free:
            yield Problem(GROUPS, _too_large(name, most[name], quotas[name], groups, facts))
    for name, (path, count, reason) in additional_needs(v, facts, groups).items():
        if name in quotas and count > quotas[name].free:
            text = f"the quota of {quotas[name].limit} {name} has {quotas[name].free} left, and {reason} {count}: {ASK}"
            yield Problem(path, text)
    yield from home_volume_problems(v, facts)


def _too_large(name, most, quota, groups, facts):
    """The sentence, with a size that fits where changing one node group is enough."""
    used = f", of which others use {format_amount(name, quota.others)}" if quota.others else ""
    text = (
        f"everything at its max takes {format_amount(name, most)} {'of RAM' if name == 'RAM' else name}, "
        f"and the quota is {format_amount(name, quota.limit)}{used}: {ASK}"
    )
    shares = []
    for group in groups:
        if group.number is not None and flavor_of(group, facts):
            shares.append(
                (
                    total_usage([group], facts, [group.high])[name],
                    group,
                    total_usage([group], facts, [1])[name],
                )
            )
    if not shares:
        return text
    share, group, each = max(shares, key=lambda entry: entry[0])
    fits = (quota.free - most + share) // each
    if fits >= max(1, group.low):
        return f"{text}, or write max: {fits} for {show(group.title)}"
    least = total_usage(groups, facts, [one.low for one in groups])[name]
    return f"{text}, or write smaller groups: at its min everything takes {format_amount(name, least)}"


def additional_needs(v, facts, groups):
    """Resource -> (path, how many more are needed at least, who needs them), beside groups."""
    cluster = facts.get("cluster")
    web = v["cloud_web_server"] and not current_counts(v, groups[-1:], facts)[0]
    network = v["cloud_network"]
    networks = {net["name"] for net in facts.get("networks", [])}
    makes_network = not cluster if network is None else bool(network["cidr"]) and network["name"] not in networks
    growth = sum(group.high for group in groups) - sum(current_counts(v, groups, facts))
    needs = {
        "floating IPs": (("cloud_external_network",), int(bool(web)), "Apache's instance needs"),
        "networks": (("cloud_network",), int(makes_network), "the new network needs"),
        "routers": (("cloud_network",), int(makes_network), "the new network needs"),
        "clusters": (("cluster_name",), int(not facts.get("clusters")), "this cluster needs"),
        "ports": (GROUPS, growth, "at their max, the instances need"),
    }
    if v["cluster_control_plane"]["count"] > 1:
        needs["load balancers"] = (("cluster_control_plane",), int(not cluster), "the cluster's API needs")
    size = v["cluster_labels"].get("boot_volume_size", "")
    if size.isdigit():
        path = ("cluster_labels", "boot_volume_size")
        nodes = [group for group in groups if group.path != WEB]
        count = sum(group.high for group in nodes) - sum(current_counts(v, nodes, facts))
        needs["volumes"] = (path, count, "at their max, the instances need")
        needs["volume GB"] = (path, count * int(size), "at their max, the instances' disks need")
    return needs


def home_volume_problems(v, facts):
    """A warning if the quota has too few volumes or GB for the homes, which would show only when users arrive."""
    quotas, size = facts["quotas"], v["hub_home"]["size"]
    wants = {"volumes": v["hub_max_users"], "volume GB": -(-v["hub_max_users"] * size // 1024**3)}
    short = [name for name, count in wants.items() if name in quotas and 0 <= quotas[name]["limit"] < count]
    if short and not v["hub_home"]["storage_class"]:
        existing = " and ".join(f"{quotas[name]['limit']} {name}" for name in short)
        needs = " and ".join(f"{wants[name]} {name}" for name in short)
        text = f"{v['hub_max_users']} users (hub_max_users) need {needs} for their homes, and the quota is {existing}"
        yield Problem(("hub_home", "size"), f"{text}: {ASK}", warning=True)
