"""Warm places: room kept for the next servers of a profile, on its machines and in its size."""

from openstack_hub.chart.hub import affinity
from openstack_hub.chart.images import PAUSE, mirrored
from openstack_hub.chart.names import LABELS, release
from openstack_hub.chart.quantities import cpu, memory
from openstack_hub.kubernetes.placement import GPU

HARMLESS = {
    "runAsNonRoot": True,
    "runAsUser": 65534,
    "runAsGroup": 65534,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def warm_places(model):
    """Manifests, one for each profile with warm places: apply these, delete others with the label LABELS."""
    return [warm(profile, model) for profile in model["profiles"] if profile["warm"]]


def warm(profile, model):
    """A StatefulSet of pods that hold what a server of PROFILE will want, and make room for it at once."""
    name, image = f"warm-{profile['name']}", profile["image"] or model["images"]["user"]
    chosen = {"openstack-hub/warm": profile["name"]}
    pause = model["images"]["pause"] or mirrored(PAUSE, model["registry_mirrors"])
    # The server's image, so that it is there as well as the room.
    fetch = {"name": "image", "image": image, "command": ["/bin/sh", "-c", "true"], "securityContext": HARMLESS}
    pod = {
        "priorityClassName": f"{release(model)}-user-placeholder-priority",
        "schedulerName": f"{release(model)}-user-scheduler",
        **affinity(profile["placement"]),
        "tolerations": profile["placement"]["tolerations"],
        "terminationGracePeriodSeconds": 0,
        "automountServiceAccountToken": False,
        **({"initContainers": [fetch]} if image else {}),
        "containers": [
            {"name": "pause", "image": pause, "resources": held(profile), "securityContext": HARMLESS},
        ],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": model["namespace"], "labels": LABELS},
        "spec": {
            "podManagementPolicy": "Parallel",
            "replicas": profile["warm"],
            "serviceName": name,
            "selector": {"matchLabels": chosen},
            "template": {"metadata": {"labels": LABELS | chosen}, "spec": pod},
        },
    }


def held(profile):
    """Requests and limits of a pause container that holds a server's room."""
    gpus = {GPU: str(profile["gpus"])} if profile["gpus"] else {}
    requests = {"cpu": cpu(profile["cpu_guarantee"]), "memory": memory(profile["memory_guarantee"])}
    return {"requests": requests | gpus, **({"limits": gpus} if gpus else {})}
