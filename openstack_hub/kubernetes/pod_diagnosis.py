"""Why pods do not run: from what the API says about them to sentences with the variable to look at. Plain data."""

import re
from typing import NamedTuple

PARTS = {
    "hub": "the hub",
    "proxy": "the node proxy",
    "user-scheduler": "the scheduler of users' servers",
    "continuous-image-puller": "the fetching of images",
    "hook-image-puller": "the fetching of images",
    "image-puller": "the wait for images",
}
KEYS = {
    "hub": "hub",
    "proxy": "proxy",
    "user-scheduler": "scheduler",
    "image-puller": "image_awaiter",
}  # whose image is which of hub_images
PULLING = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError")
WRONG_IMAGE = (
    r"not found|manifest unknown|denied|unauthorized|authentication required|InvalidImageName|NeverPull|no match"
)
WRONG_OBJECT = r"not found|couldn't find key|references non-existent|runAsNonRoot|invalid|non-numeric user"
STARTING = (
    "CreateContainerError",
    "RunContainerError",
    "StartError",
    "CreateContainerConfigError",
    "ContainerCannotRun",
)
NOT_ALLOWED = (
    r"exceeded quota|must specify .*(limits|requests)|violates PodSecurity|is forbidden|admission webhook .* denied"
)
NOT_YET = r"service ?account"  # is made a moment after its namespace
TRIES = 3  # after so many a thing that may pass is taken for one that does not


class Trouble(NamedTuple):
    """text: a sentence without a full stop. lasting: whether waiting cannot mend it. image: whether of an image."""

    text: str
    lasting: bool = False
    image: bool = False


def deployment_trouble(deployment, replica_sets, pods, ask, images):
    """What keeps a Deployment from being rolled out: a Trouble, None when it is.

    replica_sets, pods: those of the namespace. ask: see pod_trouble. images: {image: the variable that names it}.
    """
    component = deployment["metadata"]["labels"].get("component", "")
    what, wanted, status = part(component), deployment["spec"].get("replicas", 1), deployment.get("status", {})
    seen = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    if seen and all(status.get(f"{kind}eplicas", 0) == wanted for kind in ("r", "updatedR", "availableR")):
        return None
    for condition in status.get("conditions", []):
        if seen and condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            said = condition.get("message", "")
            refused = re.search(NOT_ALLOWED, said) and not re.search(NOT_YET, said)
            return Trouble(f"{what}: the cluster does not allow its pod: {said}{_rule(said)}", bool(refused))
    current = {found["metadata"]["uid"] for found in replica_sets if _current(found, deployment)}
    mine = [pod for pod in pods if current & {owner["uid"] for owner in pod["metadata"].get("ownerReferences", ())}]
    troubles = [trouble for pod in mine if (trouble := pod_trouble(pod, ask, images, what))]
    waiting = Trouble(f"{what}: " + ("the one that is to be replaced is still ending" if not mine else "is starting"))
    return max(troubles, key=lambda trouble: trouble.lasting, default=waiting)


def _current(replica_set, deployment):
    metadata, key = replica_set["metadata"], "deployment.kubernetes.io/revision"
    return deployment["metadata"]["uid"] in {
        owner["uid"] for owner in metadata.get("ownerReferences", ())
    } and metadata.get("annotations", {}).get(key) == deployment["metadata"].get("annotations", {}).get(key)


def part(component):
    """A component of the chart in our words."""
    return PARTS.get(component, component)


def _rule(said):
    if "quota" in said:
        return " (raise the quota, or ask for less: kubectl describe quota)"
    return " (hub_values_overrides may ask for it)" if "PodSecurity" in said else ""


def pod_trouble(pod, ask, images, what=None):
    """What keeps a pod from being ready: a Trouble, None when it is.

    ask(kind, name) gives the events of an object, oldest first; ask("log", name, container) a container's last lines.
    what: whose pod it is; absent, its component.
    """
    metadata, status = pod["metadata"], pod.get("status", {})
    component, name = metadata.get("labels", {}).get("component", ""), metadata["name"]
    what = what or part(component)
    if metadata.get("deletionTimestamp"):
        return Trouble(f"{what}: is ending")
    conditions = {condition["type"]: condition for condition in status.get("conditions", [])}
    if conditions.get("Ready", {}).get("status") == "True" or status.get("phase") == "Succeeded":
        return None
    for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        if trouble := _container_trouble(container, component, name, ask, images):
            return trouble._replace(text=f"{what}: {trouble.text}")
    if status.get("phase") == "Failed":
        return Trouble(f"{what}: has failed: {status.get('message') or status.get('reason') or 'no reason is given'}")
    if conditions.get("PodScheduled", {}).get("status") == "False":
        return Trouble(f"{what}: {_unscheduled(pod, conditions['PodScheduled'].get('message', ''), ask)}")
    return Trouble(f"{what}: {_not_ready(ask('Pod', name))}")


def _container_trouble(status, component, pod, ask, images):
    """The Trouble of one container, None when it runs or has not got that far."""
    waiting, ended = status.get("state", {}).get("waiting", {}), status.get("state", {}).get("terminated")
    ended = ended or (status.get("lastState", {}).get("terminated") if status.get("restartCount") else None)
    reason, image, events = waiting.get("reason", ""), status["image"], ask("Pod", pod)
    if reason in PULLING:
        said, times = _latest(events, "Failed", "image")
        said = said or waiting.get("message", "")
        lasting = bool(re.search(WRONG_IMAGE, f"{reason} {said}")) or times >= TRIES
        named = _whose(image, component, images)
        return Trouble(f"its image {image} cannot be fetched: {said or reason}. {named}", lasting, image=True)
    if reason in STARTING:
        said = waiting.get("message", reason)
        lasting = bool(re.search(WRONG_OBJECT, said)) or _latest(events, "Failed", "")[1] >= TRIES
        return Trouble(f"its container {status['name']} cannot be made: {said}", lasting)
    if ended and ended.get("exitCode") and not status.get("ready"):
        unable = ended.get("reason") in STARTING  # its program is not there, or may not run
        lasting = unable or reason == "CrashLoopBackOff" or status.get("restartCount", 0) >= TRIES
        said = f"its container {status['name']} ended with status {ended['exitCode']}{' again and again' * lasting}"
        return Trouble(f"{said}: {_last_words(ended, unable, status['name'], pod, ask)}", lasting)
    return None


def _last_words(ended, unable, name, pod, ask):
    if unable:
        return ended.get("message", ended["reason"])
    if ended.get("reason") == "OOMKilled":
        return "it needs more memory than it may have"
    return ask("log", pod, name) or "its log is empty"


def _latest(events, reason, word):
    """(message, how often) of the last event of REASON with WORD in it."""
    found = [event for event in events if event.get("reason") == reason and word in event.get("message", "")]
    telling = [event for event in found if not re.match("Error: |Back-off", event["message"])] or found
    return (telling[-1]["message"], max(event.get("count") or 1 for event in telling)) if found else ("", 0)


def _whose(image, component, images):
    """Which variable names the image."""
    if image in images:
        return f"Correct {images[image]}"
    key = KEYS.get(component)
    named = f"; hub_images.{key} names another" if key else ""
    return f"It is the chart's own: hub_registry_mirrors says where images come from{named}"


def _unscheduled(pod, said, ask):
    claims = [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"].get("volumes", ())
        if "persistentVolumeClaim" in volume
    ]
    if "ersistentVolumeClaim" in said or "persistentvolumeclaim" in said:
        told = [event["message"] for claim in claims for event in ask("PersistentVolumeClaim", claim)[-1:]]
        return f"waits for its volume: {'; '.join(told) or said} (hub_home.storage_class names the storage class)"
    if any(event.get("reason") == "TriggeredScaleUp" for event in ask("Pod", pod["metadata"]["name"])):
        return "a machine is being added for it"
    return f"no machine takes it: {said} (cluster_node_groups says which there are)"


def _not_ready(events):
    told = {event.get("reason"): event.get("message", "") for event in events}
    for reason in ("FailedMount", "FailedAttachVolume"):
        if reason in told:
            return f"its volumes cannot be attached: {told[reason]}"
    if "FailedCreatePodSandBox" in told and "Created" not in told:
        return f"its machine cannot make it: {told['FailedCreatePodSandBox']}"
    if "Unhealthy" in told:
        return f"runs, but does not answer yet: {told['Unhealthy']}"
    if "Pulling" in told and "Pulled" not in told:
        return f"its image is being fetched ({told['Pulling']})"
    return "is starting"


def occurrence(event):
    """What tells an event from the same one that happened again."""
    return event["metadata"]["uid"], event.get("count")


def refusal(event):
    """A sentence about pods that a set of pods, such as a hook's, could not make."""
    return "{kind} {name}: ".format(**event["involvedObject"]) + event["message"]


def image_variables(model):
    """{image: the variable that names it} of a hub's model."""
    found = {
        image: f"image of profile {entry['name']} in hub_profiles"
        for entry in model["profiles"]
        if (image := entry.get("image"))
    }
    return found | {image: f"hub_images.{key}" for key, image in model.get("images", {}).items() if image}
