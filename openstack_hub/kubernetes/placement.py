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


def placement(group, index, given=False):
    """Where servers in GROUP may run, as KubeSpawner takes it: {"node_affinity_required": [...], "tolerations": [...]}.

    group: an entry of cluster_node_groups; index: its place there; given: the cluster is that of cluster_kubeconfig,
    where the group's own `labels` select its nodes. Terms are alternatives; all expressions of a term must match.
    """
    if given:
        terms = [[_is(key, value) for key, value in _labels(group).items()]]
        if not _gpus(group):  # a label of NVIDIA's feature discovery; nodes without the label are not excluded
            terms[0].append({"key": f"{GPU}.present", "operator": "NotIn", "values": ["true"]})
    else:
        terms = [[_is(key, *values)] for key, values in driver_labels(group, index).items()]
    tolerations = [{"key": GPU, "operator": "Exists"}] if _gpus(group) else []
    return {
        "node_affinity_required": [{"matchExpressions": term} for term in terms if term],
        "tolerations": [*DEDICATED, *tolerations],
    }


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
    """Taints to ask Magnum for: they keep others off machines with GPUs. Not on the first group: the hub runs there."""
    return [{"key": GPU, "value": "present", "effect": "NoSchedule"}] if index and _gpus(group) else []


def _is(key, *values):
    return {"key": key, "operator": "In", "values": list(values)}


def _labels(group):
    return group.get("labels") or {}


def _gpus(group):
    return bool(group.get("gpus"))


def _sanitized(name):
    """As magnum-capi-helm names a group's nodes."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
