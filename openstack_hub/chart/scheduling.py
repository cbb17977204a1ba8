"""Where pods go, who makes room for whom, and which images are there already."""

from openstack_hub.chart.hub import affinity
from openstack_hub.chart.images import default_user_image, split
from openstack_hub.chart.quantities import resources

SCHEDULER = {"cpu": 0.01, "memory": 64 << 20, "memory_limit": 512 << 20}


def scheduling(model):
    """Placement of the chart's own pods, priorities, and the scheduler that fills machines before it wants another."""
    return {
        "userScheduler": {
            "resources": resources(SCHEDULER),
            "extraPodSpec": affinity(model["core_placement"]),
        },
        # Warm places are preempted by servers. Theirs are manifests of ours: the chart has one set, for one profile.
        "podPriority": {"enabled": True},
        "userPlaceholder": {"enabled": True, "replicas": 0},
        # Node groups say it, exactly; labels of the chart's own are on no node.
        "corePods": {"nodeAffinity": {"matchNodePurpose": "ignore"}},
        "userPods": {"nodeAffinity": {"matchNodePurpose": "ignore"}},
    }


def pre_puller(model):
    """Images are fetched while nobody waits: on new machines, not before an upgrade, which would wait for all of them.

    The same pod runs on all machines without GPUs. Images for GPUs are large and not for the others: warm places
    fetch them, or the first start.
    """
    named = {p["image"]: p["gpus"] for p in model["profiles"] if p["image"] and not p["gpus"]}
    named.pop(default_user_image(model), None)
    return {
        "hook": {"enabled": False},
        "continuous": {"enabled": True},
        "extraImages": {f"profile-{i}": split(image) for i, image in enumerate(sorted(named))},
    }
