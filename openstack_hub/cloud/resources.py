"""Whether what the variables name is there, and fits: flavors, networks, key, zone."""

from openstack_hub.cloud.machines import MIB, WEB, absent, called, flavor_of, wanted
from openstack_hub.schema.units import format_size
from openstack_hub.validation.problems import Mistake, show
from openstack_hub.validation.rules import entries
from openstack_hub.validation.rules.cluster import fit, place

LEAST_CPUS, LEAST_MEMORY = 2, 2048  # of a machine with Kubernetes; MiB


def rules(v, facts):
    machines, cloud = wanted(v), f"cloud {show(v['cloud_name'])}"
    if "flavors" in facts:
        for kind in machines:
            yield from flavor(kind, v, facts, cloud)
        for i, group in enumerate(v["cluster_node_groups"]):
            yield from group_as_declared(("cluster_node_groups", i), group, v, facts)
    if "networks" in facts:
        yield from external_network(v, facts, cloud)
        yield from network(v, facts, cloud)
    if "keys" in facts and v["cloud_key"] and v["cloud_key"] not in facts["keys"]:
        yield Mistake(("cloud_key",), absent(v["cloud_key"], "key pair", facts["keys"], f"this account on {cloud}"))
    if len(facts.get("clusters", ())) > 1:
        ids = facts["clusters"]
        text = f"{len(ids)} clusters are called {show(v['cluster_name'])}: delete all but one ({', '.join(ids)})"
        yield Mistake(("cluster_name",), text)
    yield from zone(v, facts, cloud)


def flavor(kind, v, facts, cloud):
    path, found = (*kind.path, "flavor"), flavor_of(kind, facts)
    if not found:
        yield Mistake(path, absent(kind.flavor, "flavor", [f["name"] for f in facts["flavors"]], cloud))
        return
    if kind.path == WEB:
        return
    if found["vcpus"] < LEAST_CPUS or found["ram"] < LEAST_MEMORY:
        cpus, memory = f"{found['vcpus']} CPU{'s' * (found['vcpus'] > 1)}", format_size(found["ram"] * MIB)
        yield Mistake(path, f"{show(kind.flavor)} has {cpus} and {memory}: Kubernetes needs 2 CPUs and 2G at least")
    if found["disk"] == 0 and "boot_volume_size" not in v["cluster_labels"]:
        text = f'{show(kind.flavor)} has no disk of its own: write cluster_labels: {{boot_volume_size: "40"}}'
        yield Mistake(path, text)


def group_as_declared(path, group, v, facts):
    """What a node group says of its flavor, and what its profiles want of it."""
    found = next(iter(called(group["flavor"], facts["flavors"])), None)
    if not found:
        return
    called_so, memory = f"flavor {show(group['flavor'])}", found["ram"] * MIB
    for key, there, write in (("cpu", found["vcpus"], "{:g}".format), ("memory", memory, format_size)):
        if group[key] and group[key] != there:
            text = f"{write(group[key])} is not what {called_so} has, {write(there)}"
            yield Mistake((*path, key), text, warning=group[key] < there)
    told = found["gpus"]
    if told and told != group["gpus"]:
        yield Mistake((*path, "gpus"), f"{group['gpus']} is not what {called_so} has: write {told}")
    elif told == 0 and group["gpus"]:
        text = f"{called_so} says nothing of GPUs: see that it has {group['gpus']}"
        yield Mistake((*path, "gpus"), text, warning=True)
    real = group | {"cpu": found["vcpus"], "memory": memory}
    for i, profile in entries(v["hub_profiles"]):
        if place(("hub_profiles", i), profile, v)[0] == path[1]:
            yield from (m for m in fit(("hub_profiles", i), profile, real) if not (m.warning and group["memory"]))


def external_network(v, facts, cloud):
    path, name = ("cloud_external_network",), v["cloud_external_network"]
    outside = [net["name"] for net in facts["networks"] if net["external"]]
    found = called(name, facts["networks"])
    if not found:
        yield Mistake(path, absent(name, "external network", outside, cloud))
    elif not any(net["external"] for net in found):
        there = f": external are {', '.join(outside)}" if outside else ", nor is another one"
        yield Mistake(path, f"network {show(name)} is not external{there}")


def network(v, facts, cloud):
    wants = v["cloud_network"]
    if not wants:
        return
    found, shown = called(wants["name"], facts["networks"]), show(wants["name"])
    inside = [net["name"] for net in facts["networks"] if not net["external"]]
    if not found and not wants["cidr"]:
        text = f"without cidr it must exist, and {absent(wants['name'], 'network', inside, cloud)}"
        yield Mistake(("cloud_network", "name"), text)
    elif len(found) > 1:
        ids = ", ".join(net["id"] for net in found)
        yield Mistake(
            ("cloud_network", "name"), f"{len(found)} networks are called {shown}: write the id of one ({ids})"
        )
    elif found and wants["cidr"] and found[0]["cidrs"] and wants["cidr"] not in found[0]["cidrs"]:
        text = f"network {shown} has {' and '.join(found[0]['cidrs'])}: write that, or choose another name"
        yield Mistake(("cloud_network", "cidr"), text)
    elif found and not wants["cidr"] and not found[0]["cidrs"]:
        yield Mistake(("cloud_network", "name"), f"network {shown} has no subnet: write the cidr of one to be made")


def zone(v, facts, cloud):
    path, name = ("cloud_dns_zone",), v["cloud_dns_zone"]
    if name and "dns" not in facts["services"]:
        yield Mistake(path, f"{cloud} has no Designate: leave it out, and keep the record yourself")
    elif name and "zones" in facts and name not in facts["zones"]:
        yield Mistake(path, absent(name, "zone", facts["zones"], cloud))
