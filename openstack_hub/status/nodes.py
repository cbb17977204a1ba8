"""The cluster's nodes by node group: their number and free resources."""

from openstack_hub.cloud.capacity import aligned
from openstack_hub.kubernetes.placement import placement
from openstack_hub.schema.units import SIZES


def node_table(v, facts):
    """A table of the node groups; [] where there is no cluster, or it did not answer."""
    if "nodes" not in facts:
        return []
    groups, left = v["cluster_node_groups"], list(facts["nodes"])
    rows = [["node group", "now", "min", "max", "ready", "free CPUs", "free memory", "free GPUs"]]
    for index, group in enumerate(groups):
        where = placement(group, index, bool(v["cluster_kubeconfig"]))["node_affinity_required"]
        of_group = [node for node in left if selected(node["labels"], where)]
        left = [node for node in left if node not in of_group]
        rows.append([group["name"], str(len(of_group)), str(group["min"]), str(group["max"]), *_row(of_group)])
    if left:
        rows.append(["others", str(len(left)), "-", "-", *_row(left)])
    return aligned(rows, texts=(0,))


def _row(nodes):
    """The free resources of the nodes on which servers may start."""
    usable = [node for node in nodes if node["ready"] and not node["cordoned"]]
    cpu, memory, gpus = (sum(max(0, node["free"][key]) for node in usable) for key in ("cpu", "memory", "gpus"))
    return [str(len(usable)), f"{cpu:.1f}", f"{memory / SIZES['G']:.1f}G", str(gpus)]


def selected(labels, terms):
    """Whether node selector TERMS select a node with these LABELS; no terms select every node."""
    return not terms or any(
        all(_matches(labels, expression) for expression in term["matchExpressions"]) for term in terms
    )


def _matches(labels, expression):
    is_in = labels.get(expression["key"]) in expression["values"]
    return is_in if expression["operator"] == "In" else not is_in
