"""Whether the project's quotas hold the largest size of everything."""

from typing import NamedTuple

from openstack_hub.cloud.machines import MIB, WEB, flavor_of, now, ours, taken, wanted
from openstack_hub.schema.units import SIZES
from openstack_hub.validation.problems import Mistake, show

GROUPS = ("cluster_node_groups",)
ASK = "ask the cloud's operators for more"


class Quota(NamedTuple):
    """limit; others: used of it, but not by this site; free: what this site may take in all."""

    limit: int
    others: int
    free: int


def limits(v, facts):
    """Resource -> Quota of those that have one; RAM in bytes."""
    own, found = ours(v, wanted(v), facts), {}
    for name, quota in facts["quotas"].items():
        if quota["limit"] < 0:
            continue
        unit = MIB if name == "RAM" else 1
        limit, used = quota["limit"] * unit, (quota["used"] or 0) * unit
        others = max(0, used - own.get(name, 0))
        found[name] = Quota(limit, others, max(0, limit - others))
    return found


def amount(name, number):
    return f"{number / SIZES['G']:.6g}G" if name == "RAM" else str(number)


def rules(v, facts):
    machines, found = wanted(v), limits(v, facts)
    most = taken(machines, facts, [kind.high for kind in machines])
    for name in ("cores", "RAM", "instances"):
        if name in found and most[name] > found[name].free:
            yield Mistake(GROUPS, _too_large(name, most[name], found[name], machines, facts))
    for name, (path, count, why) in more(v, facts, machines).items():
        if name in found and count > found[name].free:
            text = f"the quota of {found[name].limit} {name} has {found[name].free} left, and {why} {count}: {ASK}"
            yield Mistake(path, text)
    yield from homes(v, facts)


def _too_large(name, most, quota, machines, facts):
    """The sentence, with a size that fits where changing one node group is enough."""
    used = f", of which others use {amount(name, quota.others)}" if quota.others else ""
    text = (
        f"everything at its max takes {amount(name, most)} {'of RAM' if name == 'RAM' else name}, "
        f"and the quota is {amount(name, quota.limit)}{used}: {ASK}"
    )
    shares = []
    for kind in machines:
        if kind.number is not None and flavor_of(kind, facts):
            shares.append((taken([kind], facts, [kind.high])[name], kind, taken([kind], facts, [1])[name]))
    if not shares:
        return text
    share, kind, each = max(shares, key=lambda entry: entry[0])
    fits = (quota.free - most + share) // each
    if fits >= max(1, kind.low):
        return f"{text}, or write max: {fits} for {show(kind.title)}"
    least = taken(machines, facts, [one.low for one in machines])[name]
    return f"{text}, or write smaller groups: at its min everything takes {amount(name, least)}"


def more(v, facts, machines):
    """Resource -> (path, how many more are needed at least, who needs them), beside machines."""
    there = facts.get("cluster")
    web = v["cloud_web_server"] and not now(v, machines[-1:], facts)[0]
    network = v["cloud_network"]
    networks = {net["name"] for net in facts.get("networks", [])}
    makes_network = not there if network is None else bool(network["cidr"]) and network["name"] not in networks
    growth = sum(kind.high for kind in machines) - sum(now(v, machines, facts))
    found = {
        "floating IPs": (("cloud_external_network",), int(bool(web)), "the machine for Apache needs"),
        "networks": (("cloud_network",), int(makes_network), "its machines need"),
        "routers": (("cloud_network",), int(makes_network), "its machines need"),
        "clusters": (("cluster_name",), int(not facts.get("clusters")), "this cluster needs"),
        "ports": (GROUPS, growth, "at their max, the machines need"),
    }
    if v["cluster_control_plane"]["count"] > 1:
        found["load balancers"] = (("cluster_control_plane",), int(not there), "the cluster's API needs")
    size = v["cluster_labels"].get("boot_volume_size", "")
    if size.isdigit():
        path = ("cluster_labels", "boot_volume_size")
        nodes = [kind for kind in machines if kind.path != WEB]
        count = sum(kind.high for kind in nodes) - sum(now(v, nodes, facts))
        found["volumes"] = (path, count, "at their max, the machines need")
        found["volume GB"] = (path, count * int(size), "at their max, the machines' disks need")
    return found


def homes(v, facts):
    """Every home is a volume; that they are too few is felt only when people come."""
    quotas, size = facts["quotas"], v["hub_home"]["size"]
    wants = {"volumes": v["hub_max_users"], "volume GB": -(-v["hub_max_users"] * size // 1024**3)}
    short = [name for name, count in wants.items() if name in quotas and 0 <= quotas[name]["limit"] < count]
    if short and not v["hub_home"]["storage_class"]:
        there = " and ".join(f"{quotas[name]['limit']} {name}" for name in short)
        needs = " and ".join(f"{wants[name]} {name}" for name in short)
        text = f"{v['hub_max_users']} people (hub_max_users) need {needs} for their homes, and the quota is {there}"
        yield Mistake(("hub_home", "size"), f"{text}: {ASK}", warning=True)
