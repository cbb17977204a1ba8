"""KubeSpawner's traits for a profile. Pure functions."""

import json

HOME = "/home/jovyan"  # where the chart mounts a user's claim
EXTENDED = ("volumes", "volume_mounts", "extra_pod_config")


def overrides(profile, model):
    """{trait: value} for a pod of PROFILE: always the same traits, so that nothing remains of an earlier profile.

    None stands for the chart's value. Those of EXTENDED are added to the chart's own.
    """
    volumes, volume_mounts = _storage(profile)
    return {
        "image": profile["image"] or model["images"].get("user"),
        # Always both limits and requests, never 0: Kubernetes uses the limit where a request is missing.
        "cpu_limit": profile["cpu"],
        "cpu_guarantee": profile["cpu_guarantee"],
        "mem_limit": profile["memory"],
        "mem_guarantee": profile["memory_guarantee"],
        "extra_resource_limits": {profile["gpu_resource"]: str(profile["gpus"])} if profile["gpus"] else {},
        "node_affinity_required": profile["placement"]["node_affinity_required"],
        "tolerations": profile["placement"]["tolerations"],
        "volumes": volumes,
        "volume_mounts": volume_mounts,
        "extra_pod_config": {"runtimeClassName": profile["runtime_class"]} if profile["runtime_class"] else {},
        **(_root() if profile["sudo"] else _restricted()),
    }


def environment(profile):
    """Environment variables that PROFILE adds to a server's, as strings."""
    return {
        # Kubernetes would replace $(NAME)
        **{name: value.replace("$", "$$") for name, value in profile["environment"].items()},
        # Images differ in the home of their user, and root has another one.
        "HOME": HOME,
        "HUBKIT_REPOSITORIES": json.dumps(profile["repositories"]),
        # Many images request all GPUs, and a node with GPUs would provide them without counting.
        **({} if profile["gpus"] else {"NVIDIA_VISIBLE_DEVICES": "void"}),
        # Makes Jupyter's images, when started as root, give their user sudo.
        **({"GRANT_SUDO": "yes"} if profile["sudo"] else {}),
    }


def _storage(profile):
    volumes, mounts = {}, {}
    for mount in profile["mounts"]:
        name, read_only = f"mount-{mount['name']}", mount["read_only"]
        volumes[name] = {"name": name, **_source(mount)}
        mounts[name] = {"name": name, "mountPath": literal(mount["path"]), "readOnly": read_only}
    if profile["shared_memory"]:
        memory = {"medium": "Memory", "sizeLimit": str(profile["shared_memory"])}
        volumes["shared-memory"] = {"name": "shared-memory", "emptyDir": memory}
        mounts["shared-memory"] = {"name": "shared-memory", "mountPath": "/dev/shm"}
    return volumes, mounts


def _source(mount):
    """The part of a volume that says where the storage of MOUNT is."""
    read_only = mount["read_only"]
    if mount["claim"]:
        return {"persistentVolumeClaim": {"claimName": mount["claim"], "readOnly": read_only}}
    if mount["size"]:
        return {"emptyDir": {"sizeLimit": str(mount["size"])}}
    return {"nfs": {"server": mount["server"], "path": literal(mount["export"]), "readOnly": read_only}}


def literal(text):
    """TEXT for a trait in which KubeSpawner replaces {username} and the like."""
    return text.replace("{", "{{").replace("}", "}}")


def _restricted():
    """What the Pod Security Standard "restricted" requires."""
    return {
        "uid": None,
        "allow_privilege_escalation": False,
        "pod_security_context": _pod_security(runAsNonRoot=True),
        "container_security_context": {"capabilities": {"drop": ["ALL"]}},
    }


def _root():
    """Root within the container, which "baseline" allows."""
    return {
        "uid": 0,
        "allow_privilege_escalation": True,
        "pod_security_context": _pod_security(),
        "container_security_context": {},
    }


def _pod_security(**more):
    # Do not change the group of every file in a home at each start.
    return {"seccompProfile": {"type": "RuntimeDefault"}, "fsGroupChangePolicy": "OnRootMismatch", **more}
