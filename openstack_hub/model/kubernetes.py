"""The part of the model that only platform kubernetes has."""

from openstack_hub.chart.images import mirrored
from openstack_hub.kubernetes.placement import placement
from openstack_hub.model import derived

# Kubernetes takes an absent request for the limit, so that there is always one.
MIN_CPU = 0.01
MIN_MEMORY = 16 << 20


def hub_part(v):
    """Keys of the model; v: the parsed variables."""
    mirrors = v["hub_registry_mirrors"]
    return {
        "namespace": v["hub_namespace"],
        "node_groups": v["cluster_node_groups"],
        "node_minutes": v["cluster_node_minutes"],
        "start_timeout": derived.start_timeout(v["cluster_node_minutes"]),
        "images": {key: mirrored(image, mirrors) for key, image in v["hub_images"].items()},
        "registry_mirrors": mirrors,
        "service": {key: v["hub_service"][key] for key in ("type", "node_port")},
        "core_placement": group_placement(v, None, gpus=0),
    }


def profile_part(entry, v):
    """Keys of a profile; entry: its entry of hub_profiles."""
    return {
        "cpu_guarantee": max(entry["cpu_guarantee"], MIN_CPU),
        "memory_guarantee": max(reserved_memory(entry), MIN_MEMORY),
        "image": mirrored(entry["image"], v["hub_registry_mirrors"]),
        "repositories": entry["repositories"],
        "placement": group_placement(v, entry["node_group"], entry["gpus"]),
    }


def reserved_memory(entry):
    """Bytes that a server of the profile ENTRY reserves on its node: all of its memory, unless the admin says less."""
    return entry["memory"] if entry["memory_guarantee"] is None else entry["memory_guarantee"]


def group_placement(v, name, gpus):
    """The placement of pods in the node group NAME, or in the first one."""
    groups, existing = v["cluster_node_groups"], bool(v["cluster_kubeconfig"])
    if not groups:  # an existing cluster without node groups: any node
        return placement({"name": "", "gpus": gpus}, 0, existing)
    names = [group["name"] for group in groups]
    index = names.index(name) if name else 0
    return placement(groups[index], index, existing)
