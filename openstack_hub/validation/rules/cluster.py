"""Node groups, and whether they can hold what profiles promise (platform kubernetes)."""

import ipaddress

from openstack_hub.model.kubernetes import reserved_memory
from openstack_hub.schema.units import format_size
from openstack_hub.validation.problems import Mistake, nearest, show
from openstack_hub.validation.rules import again, entries, magnum

NODE_ADDRESSES = 256  # kube-controller-manager gives each node a /24 of the pod network
NODE_PODS = 110 - 25  # kubelet's limit less what the system runs on each node


def rules(v):
    if v["hub_platform"] != "kubernetes":
        return
    yield from magnum.rules(v)
    groups = entries(v["cluster_node_groups"])
    for i, group in groups:
        yield from bounds(("cluster_node_groups", i), group)
    for i, name in again(groups, "name"):
        text = f"{show(name)} is the name of another node group, too: choose another"
        yield Mistake(("cluster_node_groups", i, "name"), text)
    yield from pod_network(v, groups)
    if v["cluster_kubeconfig"] and v.absent("cluster_node_groups"):
        yield from apart(groups)
    users, all_placed = {i: [] for i, _ in groups}, True
    for i, profile in entries(v["hub_profiles"]):
        path = ("hub_profiles", i)
        at, mistakes = place(path, profile, v)
        yield from mistakes
        if at in users:
            users[at].append((i, profile))
            yield from fit(path, profile, v["cluster_node_groups"][at])
        else:
            all_placed = False
    stray = [p for i, group in groups if group["gpus"] == 0 for _, p in users[i] if p["gpus"]]
    for i, group in groups:
        yield from warm(group, users[i])
        if group["gpus"] and not users[i] and all_placed and not stray:
            text = f"no profile uses the GPUs of {show(group['name'])}"
            yield Mistake(("cluster_node_groups", i, "gpus"), text, warning=True)


def apart(groups):
    """On a cluster that exists the labels alone tell which machines are meant, GPUs aside."""
    for i, group in groups:
        labels = group["labels"].items()
        also = [
            other["name"]
            for j, other in groups
            if j != i and bool(other["gpus"]) == bool(group["gpus"]) and labels <= other["labels"].items()
        ]
        if also:
            its = "its labels fit" if labels else "without labels it means"
            own = f"write labels that only machines of {show(group['name'])} have (kubectl get nodes --show-labels)"
            text = f"{its} machines of {show(also[0])}, too, so that its servers would run there: {own}"
            yield Mistake(("cluster_node_groups", i), text)


def bounds(path, group):
    low, high = group["min"], group["max"]
    if low is not None and high is not None and low > high:
        yield Mistake((*path, "min"), f"{low} is more than max, {high}")


def pod_network(v, groups):
    network, plane = v["cluster_pod_network"], v["cluster_control_plane"]
    if not network:
        return
    nodes = sum(group["max"] or 0 for _, group in groups) + ((plane or {}).get("count") or 1)
    users = v["hub_max_users"] or 0
    held = ipaddress.ip_network(network).num_addresses // NODE_ADDRESSES
    wanted, why = max(
        (nodes, f"there can be {nodes} (max of all node groups, and the control plane)"),
        (-(-users // NODE_PODS), f"{users} users (hub_max_users) need {-(-users // NODE_PODS)}"),
    )
    if held < wanted:
        text = f"{network} holds {held} machines of {NODE_ADDRESSES} addresses each, but {why}: write a larger one"
        yield Mistake(("cluster_pod_network",), text)


def place(path, profile, v):
    """(index of the node group on which PROFILE runs or None, mistakes)."""
    name, groups = profile["node_group"], v["cluster_node_groups"] or []
    if name is None:
        return 0 if v.sound(*path, "node_group") else None, []
    names = [group and group["name"] for group in groups]
    if names.count(name) == 1:
        return names.index(name), []
    if not groups or None in names or name in names:  # it may be the one that cannot be read
        return None, []
    text = f"{show(name)} is not in cluster_node_groups{nearest(name, names)}"
    return None, [Mistake((*path, "node_group"), text)]


def fit(path, profile, group):
    """Whether one machine of GROUP can hold one server."""
    called = f"node group {show(group['name'])}"
    wanted, there = profile["gpus"], group["gpus"]
    if wanted and there == 0:
        text = f"{called} has no GPUs: name another node_group, or set gpus there"
        yield Mistake((*path, "gpus"), text)
    elif wanted and there and wanted > there:
        text = f"{wanted} is more than a machine in {called} has, {there}"
        yield Mistake((*path, "gpus"), text)
    elif wanted == 0 and there:
        text = f"{called} has GPUs, which this profile would block unused: set gpus, or name another node_group"
        yield Mistake((*path, "node_group") if profile["node_group"] else path, text)
    for what, write in (("cpu", "{:g}".format), ("memory", format_size)):
        if profile[what] and group[what] and profile[what] > group[what]:
            text = f"{write(profile[what])} is more than a machine in {called} has, {write(group[what])}"
            yield Mistake((*path, what), text)
    memory, guarantee = group["memory"], reserved_memory(profile)
    if memory and guarantee and 0.9 * memory < guarantee <= memory:
        text = (
            f"{format_size(guarantee)} hardly fits: a machine of {format_size(memory)} keeps about a tenth for itself"
        )
        what = "memory_guarantee" if profile["memory_guarantee"] else "memory"
        yield Mistake((*path, what), text, warning=True)


def warm(group, users):
    """Warm places are reservations: all of them must fit into the group at its largest."""
    wanted = [(i, profile) for i, profile in users if profile["warm"]]
    if not wanted or not group["max"]:
        return
    if sum(profile["warm"] / held(profile, group) for _, profile in wanted) > group["max"]:
        i, profile = wanted[-1]
        machines = f"{group['max']} machine{'' if group['max'] == 1 else 's'}"
        text = f"{profile['warm']} places do not fit into node group {show(group['name'])}, {machines} at most"
        yield Mistake(("hub_profiles", i, "warm"), f"{text}: write less, or raise its max")


def held(profile, group):
    """So many servers of PROFILE fit into one machine of GROUP; that none does is told elsewhere."""
    wants = {"cpu": profile["cpu_guarantee"], "memory": reserved_memory(profile), "gpus": profile["gpus"]}
    room = [group[what] // wanted for what, wanted in wants.items() if group[what] and wanted]
    return max(1, min([NODE_PODS, *room]))
