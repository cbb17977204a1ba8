"""From a node group to what a pod can select on: labels and taints of its nodes, under every known driver of Magnum."""

import re

from openstack_hub.openstack.magnum_api import DEFAULT_WORKER, node_group_names

LABEL = "openstack-hub/node-group"  # ours, for drivers that give nodes the labels asked for
GPU = "nvidia.com/gpu"
# KubeSpawner takes the list as a whole, so it must contain what the chart tolerates by default.
DEDICATED = [
    {"key": key, "operator": "Equal", "value": "user", "effect": "NoSchedule"}
    for key in ("hub.jupyter.org/dedicated", "hub.jupyter.org_dedicated")
]


def placement(group, index, given=False, selector=None):
    """Where servers in GROUP may run, as KubeSpawner takes it: {"node_affinity_required": [...], "tolerations": [...]}.

    group: an entry of cluster_node_groups; index: its place there; given: the cluster is that of cluster_kubeconfig,
    where the group's own `labels` select its nodes; selector: {label: value} that its nodes must have as well. Terms
    are alternatives; all expressions of a term must match.
    """
    if given:
        terms = [[_is(key, value) for key, value in _labels(group).items()]]
        if not _gpus(group):  # a label of NVIDIA's feature discovery; nodes without the label are not excluded
            terms[0].append({"key": f"{GPU}.present", "operator": "NotIn", "values": ["true"]})
    else:
        terms = [[_is(key, *values)] for key, values in driver_labels(group, index).items()]
    terms = [[*term, *(_is(key, value) for key, value in (selector or {}).items())] for term in terms]
    return {
        "node_affinity_required": [{"matchExpressions": term} for term in terms if term],
        "tolerations": [*DEDICATED, *tolerations(group)],
    }


def tolerations(group):
    """Tolerations of the taints of GROUP, and of one that marks nodes with GPUs, named after what they offer."""
    keys = dict.fromkeys((GPU, group.get("gpu_resource", GPU))) if _gpus(group) else ()
    return [
        *({"key": key, "operator": "Exists"} for key in keys),
        *(_toleration(taint) for taint in group.get("taints") or ()),
    ]


def _toleration(taint):
    same = {"operator": "Exists"} if taint["value"] is None else {"operator": "Equal", "value": taint["value"]}
    return {"key": taint["key"], **same, "effect": taint["effect"]}


def driver_labels(group, index):
    """{label: values} of which each node of GROUP has one, and other nodes none: each driver has its own label."""
    names = group_names(group, index)
    return {
        "capi.stackhpc.com/node-group": [_sanitized(name) for name in names],  # magnum-capi-helm
        "node.cluster.x-k8s.io/nodegroup": names,  # magnum-cluster-api
        "magnum.openstack.org/nodegroup": names,  # Magnum's Heat driver, up to 2025
        LABEL: [group["name"]],
    }


def group_names(group, index):
    """What Magnum may call GROUP: the first is its own group; a further one whose flavor was changed is NAME-b."""
    return node_group_names(DEFAULT_WORKER if index == 0 else group["name"])


def node_labels(group):
    """Labels to ask Magnum for (since 1.14; drivers may ignore them)."""
    return {**_labels(group), LABEL: group["name"]}


def node_taints(group, index):
    """Taints to ask Magnum for: GROUP's own, and one that keeps others off machines with GPUs.

    Not on the first group: the hub and the system's pods run there.
    """
    if not index:
        return []
    own = [{key: taint[key] for key in ("key", "value", "effect") if taint[key]} for taint in group.get("taints") or ()]
    gpu = {"key": _gpu_taint(group), "value": "present", "effect": "NoSchedule"}
    is_set = any((taint["key"], taint["effect"]) == (gpu["key"], gpu["effect"]) for taint in own)
    return [gpu, *own] if _gpus(group) and not is_set else own


def _gpu_taint(group):
    """The key of the taint: NVIDIA's resources, also parts of a GPU, have one in common."""
    resource = group.get("gpu_resource", GPU)
    return GPU if resource.partition("/")[0] == GPU.partition("/")[0] else resource


def _is(key, *values):
    return {"key": key, "operator": "In", "values": list(values)}


def _labels(group):
    return group.get("labels") or {}


def _gpus(group):
    return bool(group.get("gpus"))


def _sanitized(name):
    """As magnum-capi-helm names a group's nodes."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
