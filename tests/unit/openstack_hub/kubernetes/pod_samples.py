"""Pods and their owners as the Kubernetes API returns them."""

IMAGES = {
    "registry.example.org/hub:1": "hub_images.hub",
    "registry.example.org/gpu:1": "image of profile gpu in hub_profiles",
}


def waiting(reason, message="", **more):
    return {"state": {"waiting": {"reason": reason, "message": message}}, **more}


def ended(status, reason="Error", **more):
    return {"state": {"terminated": {"exitCode": status, "reason": reason}}, **more}


def pod(*containers, component="hub", init=(), conditions=(), claims=(), phase="Pending", **metadata):
    """A pod; its containers as waiting() and ended() make them, conditions as (type, status, message)."""

    def named(states):
        common = {"name": component, "image": "registry.example.org/hub:1", "ready": False, "restartCount": 0}
        return [common | state for state in states]

    return {
        "metadata": {
            "name": f"{component}-x",
            "uid": "pod",
            "labels": {"component": component},
            "ownerReferences": [{"uid": "set"}],
            **metadata,
        },
        "spec": {"volumes": [{"persistentVolumeClaim": {"claimName": claim}} for claim in claims]},
        "status": {
            "phase": phase,
            "conditions": [{"type": kind, "status": status, "message": why} for kind, status, why in conditions],
            "initContainerStatuses": named(init),
            "containerStatuses": named(containers),
        },
    }


def deployment(available=0, conditions=(), component="hub", observed=1):
    return {
        "metadata": {
            "name": component,
            "uid": "deployment",
            "generation": 1,
            "labels": {"component": component},
            "annotations": {"deployment.kubernetes.io/revision": "2"},
        },
        "spec": {"replicas": 1},
        "status": {
            "observedGeneration": observed,
            "replicas": 1,
            "updatedReplicas": 1,
            "availableReplicas": available,
            "conditions": [{"type": kind, "status": "True", "message": why} for kind, why in conditions],
        },
    }


def replica_set(revision="2", uid="set"):
    return {
        "metadata": {
            "uid": uid,
            "ownerReferences": [{"uid": "deployment"}],
            "annotations": {"deployment.kubernetes.io/revision": revision},
        }
    }


def event(reason, message, count=1):
    return {"reason": reason, "message": message, "count": count}


def asking(events=(), log="", **others):
    """The function that gives events of the pod, the log's last lines, and events of others by name."""

    def ask(kind, name, container=None):
        return log if kind == "log" else others.get(name.replace("-", "_"), list(events))

    return ask
