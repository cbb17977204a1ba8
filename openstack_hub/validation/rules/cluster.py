"""Node groups, and whether they can hold the servers of the profiles (platform kubernetes)."""

import ipaddress
import re

from openstack_hub.model.kubernetes import reserved_memory
from openstack_hub.schema.units import counted, format_size
from openstack_hub.validation.problems import Problem, nearest, show
from openstack_hub.validation.rules import duplicate_name, duplicates, entries
from openstack_hub.validation.rules.magnum import magnum_problems
from openstack_hub.validation.rules.profiles import QUANTITIES

NODE_ADDRESSES = 256  # kube-controller-manager gives each node a /24 of the pod network
NODE_PODS = 110 - 25  # the kubelet's limit minus what the system runs on each node
SYSTEM_NAMESPACES = re.compile(
    r"default|kube-.*|.*-system|calico-apiserver|tigera-operator|cattle-.*|cert-manager|ingress-nginx|monitoring"
    r"|gpu-operator|node-feature-discovery"
)
USABLE_MEMORY = 0.9  # share of a node's memory; kubelet and system reserve about a tenth


def cluster_problems(v):
    yield from magnum_problems(v)
    namespace = v["hub_namespace"]
    if namespace and SYSTEM_NAMESPACES.fullmatch(namespace):
        text = f"{show(namespace)} is a namespace of the cluster itself, and the hub's must contain nothing else"
        yield Problem(("hub_namespace",), f"{text}: write for example jupyterhub")
    groups = entries(v["cluster_node_groups"])
    for i, group in groups:
        yield from size_problems(("cluster_node_groups", i), group)
    for i, name in duplicates(groups, "name"):
        yield Problem(("cluster_node_groups", i, "name"), duplicate_name(name, "node group"))
    yield from pod_network_problems(v, groups)
    if v["cluster_kubeconfig"] and v.is_valid("cluster_node_groups"):
        yield from label_overlap_problems(groups)
    profiles, all_placed = {i: [] for i, _ in groups}, True
    for i, profile in entries(v["hub_profiles"]):
        path = ("hub_profiles", i)
        index, problems = node_group_of(path, profile, v)
        yield from problems
        if index in profiles:
            profiles[index].append((i, profile))
            yield from fit_problems(path, profile, v["cluster_node_groups"][index])
        else:
            all_placed = False
    misplaced = [p for i, group in groups if group["gpus"] == 0 for _, p in profiles[i] if p["gpus"]]
    for i, group in groups:
        yield from placeholder_problems(group, profiles[i])
        if group["gpus"] and not profiles[i] and all_placed and not misplaced:
            text = (
                f"no profile uses the GPUs of node group {show(group['name'])}: set its name as node_group of a profile"
            )
            yield Problem(("cluster_node_groups", i, "gpus"), text, warning=True)


def label_overlap_problems(groups):
    """On an existing cluster the labels alone, and whether there are GPUs, decide which nodes belong to a group."""
    for i, group in groups:
        labels = group["labels"].items()
        others = [
            other["name"]
            for j, other in groups
            if j != i and bool(other["gpus"]) == bool(group["gpus"]) and labels <= other["labels"].items()
        ]
        if others:
            cause = "its labels also match" if labels else "without labels it includes"
            text = f"{cause} nodes of {show(others[0])}, where its servers could be scheduled"
            hint = f"add labels that only nodes of {show(group['name'])} have (kubectl get nodes --show-labels)"
            yield Problem(("cluster_node_groups", i), f"{text}: {hint}")


def size_problems(path, group):
    low, high = group["min"], group["max"]
    if low is not None and high is not None and low > high:
        yield Problem((*path, "min"), f"{low} is more than max, {high}: lower min or raise max")


def pod_network_problems(v, groups):
    network, control_plane = v["cluster_pod_network"], v["cluster_control_plane"]
    if not network:
        return
    nodes = sum(group["max"] or 0 for _, group in groups) + ((control_plane or {}).get("count") or 1)
    users = v["hub_max_users"] or 0
    capacity = ipaddress.ip_network(network).num_addresses // NODE_ADDRESSES
    nodes_for_users = -(-users // NODE_PODS)
    needed, reason = max(
        (nodes, f"there can be {nodes} (max of all node groups, and the control plane)"),
        (nodes_for_users, f"{users} users (hub_max_users) need {nodes_for_users}"),
    )
    if capacity < needed:
        text = f"{network} has room for {capacity} nodes of {NODE_ADDRESSES} addresses each, but {reason}"
        yield Problem(("cluster_pod_network",), f"{text}: write a larger network")


def node_group_of(path, profile, v):
    """(index of the node group on which PROFILE runs or None, [Problem])."""
    name, groups = profile["node_group"], v["cluster_node_groups"] or []
    if name is None:
        return 0 if v.is_valid_at(*path, "node_group") else None, []
    names = [group and group["name"] for group in groups]
    if names.count(name) == 1:
        return names.index(name), []
    if not groups or None in names or name in names:  # it may be the one that could not be parsed
        return None, []
    owner = next((group["name"] for group in groups if name == group["flavor"]), None)
    hint = f": that is a flavor, write its node group, {owner}" if owner else nearest(name.lower(), names)
    text = f"{show(name)} is not in cluster_node_groups{hint}"
    return None, [Problem((*path, "node_group"), text)]


def fit_problems(path, profile, group):
    """Whether a node of GROUP can hold a server of PROFILE."""
    title = f"node group {show(group['name'])}"
    needed, available = profile["gpus"], group["gpus"]
    if needed and available == 0:
        text = f"{title} has no GPUs: set node_group to one that has, or set gpus of the node group"
        yield Problem((*path, "gpus"), text)
    elif needed and available and needed > available:
        yield Problem((*path, "gpus"), f"{needed} is more than a node of {title} has, {available}: lower it")
    elif needed == 0 and available:
        text = f"{title} has GPUs, which servers without GPUs would block: set gpus, or set node_group to another"
        yield Problem((*path, "node_group") if profile["node_group"] else path, text)
    for key, write in QUANTITIES:
        if profile[key] and group[key] and profile[key] > group[key]:
            text = f"{write(profile[key])} is more than a node of {title} has, {write(group[key])}: lower it"
            yield Problem((*path, key), text)
    memory, guarantee = group["memory"], reserved_memory(profile)
    if memory and guarantee and USABLE_MEMORY * memory < guarantee <= memory:
        text = (
            f"{format_size(guarantee)} may not fit: a node of {format_size(memory)} reserves about a tenth for itself"
        )
        key = "memory_guarantee" if profile["memory_guarantee"] else "memory"
        yield Problem((*path, key), f"{text}; lower it", warning=True)


def placeholder_problems(group, profiles):
    """Placeholder pods reserve resources: all of them must fit into the group at its maximum."""
    reserving = [(i, profile) for i, profile in profiles if profile["placeholders"]]
    if not reserving or not group["max"]:
        return
    if sum(profile["placeholders"] / servers_per_node(profile, group) for _, profile in reserving) > group["max"]:
        i, profile = reserving[-1]
        nodes = counted(group["max"], "node")
        text = f"{profile['placeholders']} placeholder pods do not fit into the {nodes} of node group"
        hint = "lower placeholders, or raise max of the node group"
        yield Problem(("hub_profiles", i, "placeholders"), f"{text} {show(group['name'])}: {hint}")


def servers_per_node(profile, group):
    """The number of servers of PROFILE that fit on a node of GROUP; 1 if none fits, which fit_problems reports."""
    needs = {"cpu": profile["cpu_guarantee"], "memory": reserved_memory(profile), "gpus": profile["gpus"]}
    fitting = [group[key] // needed for key, needed in needs.items() if group[key] and needed]
    return max(1, min([NODE_PODS, *fitting]))
