"""The part of the model that only platform kubernetes has."""

from openstack_hub.chart.images import mirrored
from openstack_hub.kubernetes.placement import GPU, placement
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
        "service": {key: v["hub_service"][key] for key in ("type", "node_port", "address", "annotations")},
        "user_scheduler": v["hub_user_scheduler"],
        "node_selector": v["hub_node_selector"],
        "core_placement": group_placement(v, None, gpus=0),
    }


def profile_part(entry, v):
    """Keys of a profile; entry: its entry of hub_profiles."""
    return {
        "cpu_guarantee": max(entry["cpu_guarantee"], MIN_CPU),
        "memory_guarantee": max(reserved_memory(entry), MIN_MEMORY),
        "image": mirrored(entry["image"], v["hub_registry_mirrors"]),
        "repositories": entry["repositories"],
        "gpu_resource": gpu_resource(v, entry),
        "runtime_class": entry["runtime_class"],
        "placement": group_placement(v, entry["node_group"], entry["gpus"], entry["node_selector"]),
    }


def reserved_memory(entry):
    """Bytes that a server of the profile ENTRY reserves on its node: all of its memory, unless the admin says less."""
    return entry["memory"] if entry["memory_guarantee"] is None else entry["memory_guarantee"]


def gpu_resource(v, entry):
    """What Kubernetes calls the GPUs of the profile ENTRY."""
    group = node_group(v, entry["node_group"])[1] or {"gpu_resource": GPU}
    return entry["gpu_resource"] or group["gpu_resource"]


def group_placement(v, name, gpus, selector=()):
    """The placement of pods in the node group NAME, or in the first one; SELECTOR: labels that its nodes need too."""
    index, group = node_group(v, name)
    group = group or {"name": "", "gpus": gpus}  # an existing cluster without node groups: any node
    return placement(group, index, bool(v["cluster_kubeconfig"]), v["hub_node_selector"] | dict(selector))


def node_group(v, name):
    """(place in cluster_node_groups, the node group NAME or the first one); (0, None) if there are none."""
    groups = v["cluster_node_groups"]
    if not groups:
        return 0, None
    index = [group["name"] for group in groups].index(name) if name else 0
    return index, groups[index]
