"""Why pods do not run: from what the API says about them to a sentence with the variable to correct. Plain data."""

import re
from typing import NamedTuple

from hubkit.hub.images import MAX_ATTEMPTS, PERMANENT, PULL_ERRORS

COMPONENTS = {  # of the chart
    "hub": "the hub",
    "proxy": "the proxy",
    "user-scheduler": "the user scheduler",
    "continuous-image-puller": "the image puller",
    "hook-image-puller": "the image puller",
    "image-puller": "the wait for images",
}
IMAGE_KEYS = {
    "hub": "hub",
    "proxy": "proxy",
    "user-scheduler": "scheduler",
    "image-puller": "image_awaiter",
}  # hub_images
WRONG_IMAGE = f"{PERMANENT}|InvalidImageName|NeverPull"
WRONG_OBJECT = r"not found|couldn't find key|references non-existent|runAsNonRoot|invalid|non-numeric user"
START_ERRORS = (
    "CreateContainerError",
    "RunContainerError",
    "StartError",
    "CreateContainerConfigError",
    "ContainerCannotRun",
)
NOT_ALLOWED = (
    r"exceeded quota|must specify .*(limits|requests)|violates PodSecurity|is forbidden|admission webhook .* denied"
)
NOT_YET = r"service ?account"  # is created a moment after its namespace


class Diagnosis(NamedTuple):
    """text: a sentence without a full stop. lasting: whether waiting does not help. image: whether of an image."""

    text: str
    lasting: bool = False
    image: bool = False


def diagnose_deployment(deployment, replica_sets, pods, ask, images):
    """What keeps a Deployment from being rolled out: a Diagnosis, None when it is.

    replica_sets, pods: those of the namespace. ask: see diagnose_pod. images: {image: the variable that names it}.
    """
    name = component_name(deployment["metadata"]["labels"].get("component", ""))
    replicas, status = deployment["spec"].get("replicas", 1), deployment.get("status", {})
    observed = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    counts = ("replicas", "updatedReplicas", "availableReplicas")
    if observed and all(status.get(count, 0) == replicas for count in counts):
        return None
    for condition in status.get("conditions", []):
        if observed and condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            message = condition.get("message", "")
            lasting = bool(re.search(NOT_ALLOWED, message) and not re.search(NOT_YET, message))
            return Diagnosis(f"{name}: the cluster does not allow its pod: {message}{_advice(message)}", lasting)
    current = {replica_set["metadata"]["uid"] for replica_set in replica_sets if _is_current(replica_set, deployment)}
    own = [pod for pod in pods if current & _owners(pod)]
    diagnoses = [diagnosis for pod in own if (diagnosis := diagnose_pod(pod, ask, images, name))]
    starting = Diagnosis(f"{name}: " + ("is starting" if own else "its previous pod is still terminating"))
    return max(diagnoses, key=lambda diagnosis: diagnosis.lasting, default=starting)


def _is_current(replica_set, deployment):
    key = "deployment.kubernetes.io/revision"
    revisions = [each["metadata"].get("annotations", {}).get(key) for each in (replica_set, deployment)]
    return deployment["metadata"]["uid"] in _owners(replica_set) and revisions[0] == revisions[1]


def _owners(thing):
    return {owner["uid"] for owner in thing["metadata"].get("ownerReferences", ())}


def component_name(component):
    """A component of the chart as messages name it."""
    return COMPONENTS.get(component, component)


def _advice(message):
    if "quota" in message:
        return " (raise the quota, or ask for less: kubectl describe quota)"
    return " (hub_values_overrides may ask for it)" if "PodSecurity" in message else ""


def diagnose_pod(pod, ask, images, name=None):
    """What keeps a pod from being ready: a Diagnosis, None when it is.

    ask(kind, name) returns the events of an object, oldest first; ask("log", name, container) a container's last lines.
    name: how the message names the pod; by default after its component.
    """
    metadata, status = pod["metadata"], pod.get("status", {})
    component, pod_name = metadata.get("labels", {}).get("component", ""), metadata["name"]
    name = name or component_name(component)
    if metadata.get("deletionTimestamp"):
        return Diagnosis(f"{name}: is terminating")
    conditions = {condition["type"]: condition for condition in status.get("conditions", [])}
    if conditions.get("Ready", {}).get("status") == "True" or status.get("phase") == "Succeeded":
        return None
    for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        if diagnosis := _diagnose_container(container, component, pod_name, ask, images):
            return diagnosis._replace(text=f"{name}: {diagnosis.text}")
    if status.get("phase") == "Failed":
        return Diagnosis(f"{name}: has failed: {status.get('message') or status.get('reason') or 'no reason is given'}")
    if conditions.get("PodScheduled", {}).get("status") == "False":
        return Diagnosis(f"{name}: {_unscheduled(pod, conditions['PodScheduled'].get('message', ''), ask)}")
    return Diagnosis(f"{name}: {_not_ready(ask('Pod', pod_name))}")


def _diagnose_container(status, component, pod, ask, images):
    """The Diagnosis of one container, None when it runs or has not got that far."""
    waiting, ended = status.get("state", {}).get("waiting", {}), status.get("state", {}).get("terminated")
    ended = ended or (status.get("lastState", {}).get("terminated") if status.get("restartCount") else None)
    reason, image, events = waiting.get("reason", ""), status["image"], ask("Pod", pod)
    if reason in PULL_ERRORS:
        message, count = _latest(events, "Failed", "image")
        message = message or waiting.get("message", "")
        lasting = bool(re.search(WRONG_IMAGE, f"{reason} {message}")) or count >= MAX_ATTEMPTS
        advice = _image_advice(image, component, images)
        return Diagnosis(f"its image {image} cannot be pulled: {message or reason}. {advice}", lasting, image=True)
    if reason in START_ERRORS:
        message = waiting.get("message", reason)
        lasting = bool(re.search(WRONG_OBJECT, message)) or _latest(events, "Failed", "")[1] >= MAX_ATTEMPTS
        return Diagnosis(f"its container {status['name']} cannot be created: {message}", lasting)
    if ended and ended.get("exitCode") and not status.get("ready"):
        unable = ended.get("reason") in START_ERRORS  # its program does not exist, or may not run
        lasting = unable or reason == "CrashLoopBackOff" or status.get("restartCount", 0) >= MAX_ATTEMPTS
        text = f"its container {status['name']} exited with exit code {ended['exitCode']}{' repeatedly' * lasting}"
        return Diagnosis(f"{text}: {_exit_reason(ended, unable, status['name'], pod, ask)}", lasting)
    return None


def _exit_reason(ended, unable, name, pod, ask):
    if unable:
        return ended.get("message", ended["reason"])
    if ended.get("reason") == "OOMKilled":
        return "it exceeded its memory limit"
    return ask("log", pod, name) or "its log is empty"


def _latest(events, reason, word):
    """(message, count) of the last event of REASON with WORD in it."""
    matching = [event for event in events if event.get("reason") == reason and word in event.get("message", "")]
    specific = [event for event in matching if not re.match("Error: |Back-off", event["message"])] or matching
    return (specific[-1]["message"], max(event.get("count") or 1 for event in specific)) if matching else ("", 0)


def _image_advice(image, component, images):
    """Which variable names the image."""
    if image in images:
        return f"Correct {images[image]}"
    key = IMAGE_KEYS.get(component)
    other = f"; hub_images.{key} names another" if key else ""
    return f"It is the chart's own: hub_registry_mirrors says where images come from{other}"


def _unscheduled(pod, message, ask):
    claims = [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"].get("volumes", ())
        if "persistentVolumeClaim" in volume
    ]
    if "ersistentVolumeClaim" in message or "persistentvolumeclaim" in message:
        reasons = [event["message"] for claim in claims for event in ask("PersistentVolumeClaim", claim)[-1:]]
        return f"waits for its volume: {'; '.join(reasons) or message} (hub_home.storage_class names the storage class)"
    if any(event.get("reason") == "TriggeredScaleUp" for event in ask("Pod", pod["metadata"]["name"])):
        return "a node is being added for it"
    return f"cannot be scheduled: {message} (cluster_node_groups says which nodes there are)"


def _not_ready(events):
    messages = {event.get("reason"): event.get("message", "") for event in events}
    for reason in ("FailedMount", "FailedAttachVolume"):
        if reason in messages:
            return f"its volumes cannot be mounted: {messages[reason]}"
    if "FailedCreatePodSandBox" in messages and "Created" not in messages:
        return f"its node cannot create it: {messages['FailedCreatePodSandBox']}"
    if "Unhealthy" in messages:
        return f"runs, but does not answer yet: {messages['Unhealthy']}"
    if "Pulling" in messages and "Pulled" not in messages:
        return f"its image is being pulled ({messages['Pulling']})"
    return "is starting"


def occurrence(event):
    """What distinguishes an event from the same one that happened again."""
    return event["metadata"]["uid"], event.get("count")


def refusal(event):
    """A sentence about pods that a controller, such as a hook's, could not create."""
    return "{kind} {name}: ".format(**event["involvedObject"]) + event["message"]


def image_variables(model):
    """{image: the variable that names it} of a hub's model."""
    variables = {
        image: f"image of profile {entry['name']} in hub_profiles"
        for entry in model["profiles"]
        if (image := entry.get("image"))
    }
    return variables | {image: f"hub_images.{key}" for key, image in model.get("images", {}).items() if image}
