"""From a profile to a pod: what KubeSpawner's traits are for it. Pure."""

import json

GPU = "nvidia.com/gpu"
HOME = "/home/jovyan"  # where the chart mounts a user's claim


def overrides(profile, model):
    """{trait: value}: all that PROFILE of MODEL decides about a pod, so that nothing stays of the profile before it.

    None stands for what the chart has set. `volumes` and `volume_mounts` come beside the chart's own.
    """
    volumes, volume_mounts = _storage(profile)
    return {
        "image": profile["image"] or model["images"].get("user"),
        # Of both always both, never 0: Kubernetes takes an absent request for the limit.
        "cpu_limit": profile["cpu"],
        "cpu_guarantee": profile["cpu_guarantee"],
        "mem_limit": profile["memory"],
        "mem_guarantee": profile["memory_guarantee"],
        "extra_resource_limits": {GPU: str(profile["gpus"])} if profile["gpus"] else {},
        "node_affinity_required": profile["placement"]["node_affinity_required"],
        "tolerations": profile["placement"]["tolerations"],
        "volumes": volumes,
        "volume_mounts": volume_mounts,
        **(_root() if profile["sudo"] else _restricted()),
    }


def environment(profile):
    """What PROFILE adds to a server's environment, as strings."""
    return {
        # Images disagree about the home of their user, and root's is another one.
        "HOME": HOME,
        "HUBKIT_REPOSITORIES": json.dumps(profile["repositories"]),
        # Many images ask for all GPUs, and a machine that has some would hand them out without counting.
        **({} if profile["gpus"] else {"NVIDIA_VISIBLE_DEVICES": "void"}),
        # Jupyter's images, started as root, make their user root's equal by this.
        **({"GRANT_SUDO": "yes"} if profile["sudo"] else {}),
    }


def _storage(profile):
    volumes, mounts = {}, {}
    for mount in profile["mounts"]:
        name, read_only = f"mount-{mount['name']}", mount["read_only"]
        nfs = {"server": mount["server"], "path": literal(mount["export"]), "readOnly": read_only}
        volumes[name] = {"name": name, "nfs": nfs}
        mounts[name] = {"name": name, "mountPath": literal(mount["path"]), "readOnly": read_only}
    if profile["shared_memory"]:
        memory = {"medium": "Memory", "sizeLimit": str(profile["shared_memory"])}
        volumes["shared-memory"] = {"name": "shared-memory", "emptyDir": memory}
        mounts["shared-memory"] = {"name": "shared-memory", "mountPath": "/dev/shm"}
    return volumes, mounts


def literal(text):
    """TEXT for a trait in which KubeSpawner fills in {username} and the like."""
    return text.replace("{", "{{").replace("}", "}}")


def _restricted():
    """What the Pod Security Standard "restricted" asks for."""
    return {
        "uid": None,
        "allow_privilege_escalation": False,
        "pod_security_context": _pod_security(runAsNonRoot=True),
        "container_security_context": {"capabilities": {"drop": ["ALL"]}},
    }


def _root():
    """Root within the container: what "baseline" still allows."""
    return {
        "uid": 0,
        "allow_privilege_escalation": True,
        "pod_security_context": _pod_security(),
        "container_security_context": {},
    }


def _pod_security(**more):
    # A home with many files is not gone through at each start to set its group.
    return {"seccompProfile": {"type": "RuntimeDefault"}, "fsGroupChangePolicy": "OnRootMismatch", **more}
