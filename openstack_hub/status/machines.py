"""The cluster's machines by node group: how many there are, and what is free on them."""

from openstack_hub.cloud.capacity import aligned
from openstack_hub.kubernetes.placement import placement
from openstack_hub.schema.units import SIZES


def machines(v, facts):
    """A table of the node groups; [] where there is no cluster, or it does not say."""
    if "nodes" not in facts:
        return []
    groups, left = v["cluster_node_groups"], list(facts["nodes"])
    rows = [["node group", "now", "min", "max", "ready", "free CPUs", "free memory", "free GPUs"]]
    for index, group in enumerate(groups):
        where = placement(group, index, bool(v["cluster_kubeconfig"]))["node_affinity_required"]
        mine = [node for node in left if fits(node["labels"], where)]
        left = [node for node in left if node not in mine]
        rows.append([group["name"], str(len(mine)), str(group["min"]), str(group["max"]), *_row(mine)])
    if left:
        rows.append(["others", str(len(left)), "-", "-", *_row(left)])
    return aligned(rows, texts=(0,))


def _row(nodes):
    """What is free where servers may be started."""
    usable = [node for node in nodes if node["ready"] and not node["closed"]]
    cpu, memory, gpus = (sum(max(0, node["free"][key]) for node in usable) for key in ("cpu", "memory", "gpus"))
    return [str(len(usable)), f"{cpu:.1f}", f"{memory / SIZES['G']:.1f}G", str(gpus)]


def fits(labels, terms):
    """Whether a machine with these labels is meant by node selector TERMS; none mean every machine."""
    return not terms or any(
        all(_holds(labels, expression) for expression in term["matchExpressions"]) for term in terms
    )


def _holds(labels, expression):
    there = labels.get(expression["key"]) in expression["values"]
    return there if expression["operator"] == "In" else not there
