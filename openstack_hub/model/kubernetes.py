"""What the model has on platform kubernetes alone."""

from openstack_hub.chart.images import mirrored
from openstack_hub.kubernetes.placement import placement

# Kubernetes takes an absent request for the limit, so that there is always one.
LEAST_CPU = 0.01
LEAST_MEMORY = 16 << 20


def kubernetes(v):
    """Keys of the model beside those of every platform; v: the parsed variables."""
    mirrors = v["hub_registry_mirrors"]
    return {
        "namespace": v["hub_namespace"],
        "node_minutes": v["cluster_node_minutes"],
        "images": {key: mirrored(image, mirrors) for key, image in v["hub_images"].items()},
        "registry_mirrors": mirrors,
        "service": {key: v["hub_service"][key] for key in ("type", "node_port")},
        "core_placement": where(v, None, gpus=0),
    }


def profile(entry, v):
    """The same for a profile; entry: its entry of hub_profiles."""
    return {
        "cpu_guarantee": max(entry["cpu_guarantee"], LEAST_CPU),
        "memory_guarantee": max(reserved_memory(entry), LEAST_MEMORY),
        "image": mirrored(entry["image"], v["hub_registry_mirrors"]),
        "mounts": [mount for mount in v["hub_mounts"] if mount["name"] in entry["mounts"]],
        "repositories": entry["repositories"],
        "placement": where(v, entry["node_group"], entry["gpus"]),
    }


def reserved_memory(entry):
    """Bytes of a machine that a server of the profile ENTRY takes: all of its memory, unless the admin says less."""
    return entry["memory"] if entry["memory_guarantee"] is None else entry["memory_guarantee"]


def where(v, name, gpus):
    """The placement of what runs in the node group NAME, or in the first one."""
    groups, given = v["cluster_node_groups"], bool(v["cluster_kubeconfig"])
    if not groups:  # a cluster that exists, as it is
        return placement({"name": "", "gpus": gpus}, 0, given)
    names = [group["name"] for group in groups]
    index = names.index(name) if name else 0
    return placement(groups[index], index, given)
