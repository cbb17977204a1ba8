"""Node groups, and whether they can hold what profiles promise (platform kubernetes)."""

import ipaddress

from openstack_hub.mistakes import Mistake, nearest, show
from openstack_hub.rules import entries, repeated
from openstack_hub.units import format_size

NODE_ADDRESSES = 256  # kube-controller-manager gives each node a /24 of the pod network
NODE_PODS = 110 - 25  # kubelet's limit less what the system runs on each node
MAGNUM = {
    "cloud_name": "write the name of your cloud's entry in clouds.yaml",
    "cloud_external_network": "write the network from which public addresses come",
    "cluster_kubernetes_version": "write the version of your cluster's image, like v1.33.4",
    "cluster_image": "write the image of the cluster's machines",
}
RESERVED = ("default-master", "default-worker", "master")  # Magnum's own
# Settings of the chart that follow from a variable: said twice, one of the two would be wrong some day.
OWNED = {
    ("singleuser", "startTimeout"): "cluster_node_minutes",
    ("singleuser", "profileList"): "hub_profiles",
    ("singleuser", "memory"): "hub_profiles",
    ("singleuser", "cpu"): "hub_profiles",
    ("singleuser", "storage", "capacity"): "hub_home",
    ("cull",): "hub_idle",
    ("hub", "config"): "hub_iam_issuer and the others",
    ("hub", "concurrentSpawnLimit"): "hub_max_users",
    ("hub", "db", "url"): "hub_database_url",
    ("scheduling", "userPlaceholder", "replicas"): "hub_profiles, warm",
}


def rules(v):
    if v["hub_platform"] != "kubernetes":
        return
    yield from sources(v)
    groups = entries(v, "cluster_node_groups")
    for i, group in groups:
        yield from node_group(("cluster_node_groups", i), group)
    for name in repeated(group["name"] for _, group in groups):
        yield Mistake(("cluster_node_groups",), f"{show(name)} is the name of more than one node group")
    yield from pod_network(v, groups)
    placed = {}
    for i, profile in entries(v, "hub_profiles"):
        if v["cluster_node_groups"]:
            group, mistakes = place(("hub_profiles", i), profile, groups)
            yield from mistakes
            if group:
                placed.setdefault(group["name"], []).append((i, profile))
                yield from fit(("hub_profiles", i), profile, group)
    for i, group in groups:
        users = placed.get(group["name"], [])
        yield from warm(group, users)
        if group["gpus"] and not any(profile["gpus"] for _, profile in users):
            text = f"no profile uses the GPUs of {show(group['name'])}"
            yield Mistake(("cluster_node_groups", i, "gpus"), text, warning=True)
    yield from overrides(v)


def sources(v):
    """From Magnum, or given: not both."""
    if v["cluster_kubeconfig"]:
        for name in ("cluster_kubernetes_version", "cluster_image"):
            if v[name]:
                yield Mistake(
                    (name,), "stands beside cluster_kubeconfig: that cluster has its own, leave one of the two out"
                )
        return
    for name, what in MAGNUM.items():
        if v[name] is None and v.absent(name):
            yield Mistake((name,), f"missing: {what}, or set cluster_kubeconfig for a cluster that exists")
    if v["cluster_node_groups"] == []:
        yield Mistake(("cluster_node_groups",), "there is no node group: users' servers would have no machine")


def node_group(path, group):
    low, high = group["min"], group["max"]
    if low is not None and high is not None and low > high:
        yield Mistake((*path, "min"), f"{low} is above max, {high}")
    if group["name"] in RESERVED:
        yield Mistake((*path, "name"), f"{show(group['name'])} is Magnum's own name: choose another")


def pod_network(v, groups):
    network, plane = v["cluster_pod_network"], v["cluster_control_plane"]
    if not network:
        return
    nodes = sum(group["max"] or 0 for _, group in groups) + ((plane or {}).get("count") or 1)
    users = v["hub_max_users"] or 0
    wanted = max(nodes, -(-users // NODE_PODS))
    held = ipaddress.ip_network(network).num_addresses // NODE_ADDRESSES
    if held < wanted:
        reason = f"{nodes} at most" if wanted == nodes else f"for {users} users (hub_max_users)"
        text = (
            f"{show(network)} holds {held} machines of {NODE_ADDRESSES} addresses each, needed are {wanted}, {reason}"
        )
        yield Mistake(("cluster_pod_network",), text)


def place(path, profile, groups):
    """(node group on which PROFILE runs, mistakes)."""
    known = {group["name"]: group for _, group in groups}
    name = profile["node_group"]
    if name and name not in known:
        return None, [
            Mistake((*path, "node_group"), f"{show(name)} is not in cluster_node_groups{nearest(name, list(known))}")
        ]
    return known.get(name, groups[0][1] if groups else None), []


def fit(path, profile, group):
    """Whether one machine of GROUP can hold one server."""
    called = f"node group {show(group['name'])}"
    where = f"of a machine in {called}"
    wanted, there = profile["gpus"], group["gpus"]
    if wanted and not there:
        text = f"{wanted} wanted, but {called} has none: set gpus there, or node_group here"
        yield Mistake((*path, "gpus"), text)
    elif wanted and wanted > there:
        yield Mistake((*path, "gpus"), f"{wanted} is above the {there} {where}")
    elif wanted == 0 and there:
        text = f"{called} has GPUs, which this profile would block unused: set gpus, or another node_group"
        yield Mistake((*path, "node_group" if profile["node_group"] else "gpus"), text)
    for what, write in (("cpu", "{:g}".format), ("memory", format_size)):
        if profile[what] and group[what] and profile[what] > group[what]:
            yield Mistake((*path, what), f"{write(profile[what])} is above the {write(group[what])} {where}")
    memory, guarantee = group["memory"], profile["memory_guarantee"]
    if memory and guarantee and 0.9 * memory < guarantee <= memory:
        text = (
            f"{format_size(guarantee)} hardly fits: a machine of {format_size(memory)} keeps about a tenth for itself"
        )
        yield Mistake((*path, "memory_guarantee"), text, warning=True)


def warm(group, users):
    """Warm places are reservations: all of them must fit into the group at its largest."""
    wanted = [(i, profile) for i, profile in users if profile["warm"]]
    if not wanted or not group["max"]:
        return
    needed = sum(max(_share(profile, group)) * profile["warm"] for _, profile in wanted)
    if needed > group["max"]:
        i, profile = wanted[-1]
        machines = f"{group['max']} machine{'' if group['max'] == 1 else 's'}"
        text = f"{profile['warm']} places do not fit into node group {show(group['name'])}, {machines} at most"
        yield Mistake(("hub_profiles", i, "warm"), text)


def _share(profile, group):
    """Shares of one machine that one server takes."""
    yield 1 / NODE_PODS
    for what in ("cpu", "memory"):
        if group[what]:
            yield (profile[f"{what}_guarantee"] or 0) / group[what]
    if group["gpus"]:
        yield (profile["gpus"] or 0) / group["gpus"]


def overrides(v):
    values, minutes = v["hub_values_overrides"], v["cluster_node_minutes"]
    for keys, owner in OWNED.items():
        value = values
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            continue
        late = minutes and owner == "cluster_node_minutes" and isinstance(value, int) and value < 60 * minutes
        why = f"{value} seconds cannot be met when a machine needs {minutes} minutes; " if late else ""
        yield Mistake(("hub_values_overrides", *keys), f"{why}it follows from {owner}: leave it out")
