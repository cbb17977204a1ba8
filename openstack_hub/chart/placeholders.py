"""Placeholder pods: capacity kept free for the next servers of a profile, on its nodes and of its size."""

from openstack_hub.chart.hub import affinity
from openstack_hub.chart.images import PAUSE, mirrored
from openstack_hub.chart.names import LABELS, release
from openstack_hub.chart.quantities import cpu, memory

RESTRICTED = {
    "runAsNonRoot": True,
    "runAsUser": 65534,
    "runAsGroup": 65534,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def placeholder_sets(model):
    """Manifests, one for each profile with placeholders: apply these, and delete others with the labels LABELS."""
    return [stateful_set(profile, model) for profile in model["profiles"] if profile["placeholders"]]


def stateful_set(profile, model):
    """A StatefulSet of pods that request what a server of PROFILE requests, and are preempted by it."""
    name, image = f"placeholder-{profile['name']}", profile["image"] or model["images"]["user"]
    selector = {"openstack-hub/placeholder": profile["name"]}
    pause = model["images"]["pause"] or mirrored(PAUSE, model["registry_mirrors"])
    # Pulls the server's image, so that the node has it as well as the capacity.
    fetch = {"name": "image", "image": image, "command": ["/bin/sh", "-c", "true"], "securityContext": RESTRICTED}
    container = {"name": "pause", "image": pause, "resources": placeholder_resources(profile)}
    container |= {"securityContext": RESTRICTED}
    pod = {
        "priorityClassName": f"{release(model)}-user-placeholder-priority",
        "schedulerName": f"{release(model)}-user-scheduler",
        **affinity(profile["placement"]),
        "tolerations": profile["placement"]["tolerations"],
        # Without a grace period the preempted pod may be gone before the scheduler has noted that the preemption is
        # complete. The server then waits up to five minutes (kubernetes/kubernetes#141694 is a similar case).
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        **({"initContainers": [fetch]} if image else {}),
        "containers": [container],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": model["namespace"], "labels": LABELS},
        "spec": {
            "podManagementPolicy": "Parallel",
            "replicas": profile["placeholders"],
            "serviceName": name,
            "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": LABELS | selector}, "spec": pod},
        },
    }


def placeholder_resources(profile):
    """Requests and limits of a pause container that reserves a server's resources."""
    gpus = {profile["gpu_resource"]: str(profile["gpus"])} if profile["gpus"] else {}
    requests = {"cpu": cpu(profile["cpu_guarantee"]), "memory": memory(profile["memory_guarantee"])}
    return {"requests": requests | gpus, **({"limits": gpus} if gpus else {})}
