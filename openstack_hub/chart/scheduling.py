"""Placement and priorities of pods, and images that are pulled in advance."""

from openstack_hub.chart.hub import affinity, tolerations
from openstack_hub.chart.images import default_user_image, name_and_tag
from openstack_hub.chart.quantities import resources

SCHEDULER = {"cpu": 0.01, "memory": 64 << 20, "memory_limit": 512 << 20}


def scheduling_values(model):
    """Placement of the chart's own pods, priorities, and the scheduler that fills nodes before scaling up."""
    return {
        "userScheduler": {
            "enabled": model["user_scheduler"],
            "tolerations": tolerations(model["core_placement"]),
            "resources": resources(SCHEDULER),
            "extraPodSpec": affinity(model["core_placement"]),
        },
        # Servers preempt placeholders, which are our own manifests: the chart has one set of one size.
        "podPriority": {"enabled": True},
        "userPlaceholder": {"enabled": True, "replicas": 0},
        # The node groups define placement; no node has the chart's own labels.
        "corePods": {"nodeAffinity": {"matchNodePurpose": "ignore"}},
        "userPods": {"nodeAffinity": {"matchNodePurpose": "ignore"}},
    }


def pre_puller_values(model):
    """Pull images on new nodes in advance, but not before an upgrade, which would wait for all nodes.

    The same pod runs on all nodes without GPUs. Images for GPUs are large and not for other nodes: placeholders or the
    first server pull them.
    """
    ordinary = [profile for profile in model["profiles"] if not profile["gpus"]]
    named = {profile["image"]: True for profile in ordinary if profile["image"]}
    named.pop(default_user_image(model), None)
    return {
        "hook": {"enabled": False},
        "continuous": {"enabled": True},
        "extraTolerations": tolerations(*(profile["placement"] for profile in ordinary)),
        "extraImages": {f"profile-{i}": name_and_tag(image) for i, image in enumerate(sorted(named))},
    }
