"""Whether the resources that the variables name exist and fit: flavors, networks, key pair, zone."""

from openstack_hub.cloud.instances import MIB, WEB, desired, flavor_of, matching, missing_message
from openstack_hub.schema.units import format_size
from openstack_hub.validation.problems import Problem, show
from openstack_hub.validation.rules import entries
from openstack_hub.validation.rules.cluster import fit_problems, node_group_of

MIN_CPUS, MIN_MEMORY = 2, 2048  # of a Kubernetes node; MiB


def resource_problems(v, facts):
    instance_groups, cloud = desired(v), f"cloud {show(v['cloud_name'])}"
    if "flavors" in facts:
        for instances in instance_groups:
            yield from flavor_problems(instances, v, facts, cloud)
        for i, group in enumerate(v["cluster_node_groups"]):
            yield from declared_size_problems(("cluster_node_groups", i), group, v, facts)
    if "networks" in facts:
        yield from external_network_problems(v, facts, cloud)
        yield from network_problems(v, facts, cloud)
    if "key_pairs" in facts and v["cloud_key"] and v["cloud_key"] not in facts["key_pairs"]:
        yield Problem(
            ("cloud_key",), missing_message(v["cloud_key"], "key pair", facts["key_pairs"], f"this account on {cloud}")
        )
    if len(facts.get("clusters", ())) > 1:
        ids = facts["clusters"]
        text = f"{len(ids)} clusters are called {show(v['cluster_name'])}: delete all but one ({', '.join(ids)})"
        yield Problem(("cluster_name",), text)
    yield from zone_problems(v, facts, cloud)


def flavor_problems(instances, v, facts, cloud):
    path, flavor = (*instances.path, "flavor"), flavor_of(instances, facts)
    if not flavor:
        yield Problem(path, missing_message(instances.flavor, "flavor", [f["name"] for f in facts["flavors"]], cloud))
        return
    if instances.path == WEB:
        return
    if flavor["vcpus"] < MIN_CPUS or flavor["ram"] < MIN_MEMORY:
        cpus, memory = f"{flavor['vcpus']} CPU{'s' * (flavor['vcpus'] > 1)}", format_size(flavor["ram"] * MIB)
        yield Problem(
            path, f"{show(instances.flavor)} has {cpus} and {memory}: Kubernetes needs 2 CPUs and 2G at least"
        )
    if flavor["disk"] == 0 and "boot_volume_size" not in v["cluster_labels"]:
        text = f'{show(instances.flavor)} has no disk of its own: write cluster_labels: {{boot_volume_size: "40"}}'
        yield Problem(path, text)


def declared_size_problems(path, group, v, facts):
    """Whether the flavor matches what the node group declares, and what its profiles need."""
    flavor = next(iter(matching(group["flavor"], facts["flavors"])), None)
    if not flavor:
        return
    prefix, memory = f"flavor {show(group['flavor'])}", flavor["ram"] * MIB
    for key, existing, write in (("cpu", flavor["vcpus"], "{:g}".format), ("memory", memory, format_size)):
        if group[key] and group[key] != existing:
            text = f"{write(group[key])} is not what {prefix} has, {write(existing)}"
            yield Problem((*path, key), text, warning=group[key] < existing)
    flavor_gpus = flavor["gpus"]
    if flavor_gpus and flavor_gpus != group["gpus"]:
        yield Problem((*path, "gpus"), f"{group['gpus']} is not what {prefix} has: write {flavor_gpus}")
    elif flavor_gpus == 0 and group["gpus"]:
        text = f"{prefix} does not say how many GPUs it has: make sure that it has {group['gpus']}"
        yield Problem((*path, "gpus"), text, warning=True)
    real = group | {"cpu": flavor["vcpus"], "memory": memory}
    for i, profile in entries(v["hub_profiles"]):
        if node_group_of(("hub_profiles", i), profile, v)[0] == path[1]:
            yield from (
                m for m in fit_problems(("hub_profiles", i), profile, real) if not (m.warning and group["memory"])
            )


def external_network_problems(v, facts, cloud):
    path, name = ("cloud_external_network",), v["cloud_external_network"]
    outside = [net["name"] for net in facts["networks"] if net["external"]]
    networks = matching(name, facts["networks"])
    if not networks:
        yield Problem(path, missing_message(name, "external network", outside, cloud))
    elif not any(net["external"] for net in networks):
        others = f"; external networks: {', '.join(outside)}" if outside else ", nor is another one"
        yield Problem(path, f"network {show(name)} is not external{others}")


def network_problems(v, facts, cloud):
    wants = v["cloud_network"]
    if not wants:
        return
    networks, shown = matching(wants["name"], facts["networks"]), show(wants["name"])
    inside = [net["name"] for net in facts["networks"] if not net["external"]]
    if not networks and not wants["cidr"]:
        text = f"without cidr it must exist, and {missing_message(wants['name'], 'network', inside, cloud)}"
        yield Problem(("cloud_network", "name"), text)
    elif len(networks) > 1:
        ids = ", ".join(net["id"] for net in networks)
        yield Problem(
            ("cloud_network", "name"), f"{len(networks)} networks are called {shown}: write the id of one ({ids})"
        )
    elif networks and wants["cidr"] and networks[0]["cidrs"] and wants["cidr"] not in networks[0]["cidrs"]:
        text = f"network {shown} has {' and '.join(networks[0]['cidrs'])}: write that, or choose another name"
        yield Problem(("cloud_network", "cidr"), text)
    elif networks and not wants["cidr"] and not networks[0]["cidrs"]:
        yield Problem(("cloud_network", "name"), f"network {shown} has no subnet: set cidr to create one")


def zone_problems(v, facts, cloud):
    path, name = ("cloud_dns_zone",), v["cloud_dns_zone"]
    if name and "dns" not in facts["services"]:
        yield Problem(path, f"{cloud} has no Designate: remove this line, and create the record yourself")
    elif name and "zones" in facts and name not in facts["zones"]:
        yield Problem(path, missing_message(name, "zone", facts["zones"], cloud))
