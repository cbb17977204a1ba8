"""What a start is waiting for, in the words of the waiting page, from what Kubernetes reports. Pure functions.

`pod` and `events` are plain objects of the Kubernetes API: events of this pod and of its user's claim, oldest first.
"""

import json
import re
from datetime import datetime

from . import images
from .stages import ADMIN, Stage

STORAGE_TIMEOUT = 300  # seconds; a volume that cannot be mounted for so long will not be
SERVER_TIMEOUT = 180  # seconds; a container that runs for so long without listening is not a server
# Preemption of placeholder pods may still make room, so an early "unschedulable" is not final.
SCHEDULER_TIMEOUT = 5
UNSCHEDULABLE = (
    (r"Insufficient nvidia\.com/gpu", "all GPUs are in use"),
    (r"Insufficient (memory|cpu)|Too many pods", "all nodes are full"),
    (r"volume node affinity conflict", "your storage cannot be reached from the nodes that have room"),
    (r"max volume count", "the nodes that have room cannot attach more volumes"),
)


def stage(pod, events, target, now):
    """The Stage at NOW (an aware datetime) of POD, None before it exists, for TARGET."""
    if pod is None:
        return Stage(5, "Asking the cluster for your server")
    if is_evicted(pod):
        return Stage(5, "Your server was evicted; finding another node")
    if reason := _exit_reason(pod):
        return Stage(5, f"Your server stopped while it was starting: {reason}. {ADMIN}", True)
    if not pod["spec"].get("nodeName"):
        return _unscheduled_stage(pod, events, target, _seconds_since(pod["metadata"]["creationTimestamp"], now))
    container = _container(pod)
    image_stage = images.stage(container, events, target)
    return _container_stage(container, now) or image_stage or _volume_stage(pod, events, now)


def is_evicted(pod):
    """Whether POD is deleted or evicted. A container that fails by itself is restarted on its node."""
    failed = pod["status"].get("phase") == "Failed"
    return "deletionTimestamp" in pod["metadata"] or bool(failed and _status_reason(pod))


def eviction_reason(pod):
    """Why POD was evicted, as Kubernetes says it."""
    return _status_reason(pod) or shorten(_condition(pod, "DisruptionTarget").get("message") or "its pod was deleted")


def timeout_message(stage, minutes):
    """The message when a start was still in STAGE after MINUTES."""
    return f"{stage.message.rstrip('.')}. The start timed out after {minutes} minutes. Try again later. {ADMIN}"


def rejection_message(status, body):
    """The message when the API rejected the pod or its claim with HTTP STATUS and BODY (JSON or not)."""
    try:
        text = json.loads(body)["message"]
    except (ValueError, KeyError, TypeError):
        text = f"status {status}"
    if "exceeded quota" in text:
        return f"The hub has reached its quota in the cluster ({shorten(text)}). Try again when other servers stop."
    return f"The cluster rejected your server ({shorten(text)}). {ADMIN}"


def shorten(text):
    """TEXT on one line of at most 301 characters; the end is kept, because it names the cause."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= 300 else f"…{line[-300:]}"


def event_time(event):
    """When EVENT was last seen, as a text that sorts."""
    series = event.get("series") or {}
    times = event.get("lastTimestamp"), series.get("lastObservedTime"), event.get("eventTime")
    return next(filter(None, times), event["metadata"]["creationTimestamp"])


def _seconds_since(timestamp, now):
    return max(0, (now - datetime.fromisoformat(timestamp)).total_seconds())


def _elapsed(seconds):
    minutes = int(seconds // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'} so far" if minutes else "less than a minute so far"


def _latest_event(events, *reasons):
    return next((event for event in reversed(events) if event.get("reason") in reasons), None)


def _condition(pod, condition_type):
    return next((c for c in pod["status"].get("conditions") or [] if c["type"] == condition_type), {})


def _container(pod):
    statuses = pod["status"].get("containerStatuses") or []
    return next((status for status in statuses if status["name"] == "notebook"), {})


def _status_reason(pod):
    return shorten(": ".join(filter(None, (pod["status"].get("reason"), pod["status"].get("message")))))


def _exit_reason(pod):
    if pod["status"].get("phase") not in ("Failed", "Succeeded"):
        return None
    return _termination_reason((_container(pod).get("state") or {}).get("terminated") or {"message": "its pod ended"})


def _unscheduled_stage(pod, events, target, waited):
    scheduler_message = _condition(pod, "PodScheduled").get("message") or ""
    if failure := _latest_event(events, "ProvisioningFailed"):
        cause = shorten(failure["message"])
        permanent = bool(re.search(r"quota|exceed", cause, re.IGNORECASE)) or waited > STORAGE_TIMEOUT
        return Stage(15, f"Your storage could not be created: {cause}. {ADMIN}", permanent)
    if re.search(r"unbound immediate|persistentvolumeclaim .*not found", scheduler_message) or (
        not scheduler_message and _latest_event(events, "Provisioning", "ExternalProvisioning")
    ):
        return Stage(15, "Creating your storage")
    scaling = _latest_event(events, "TriggeredScaleUp", "NotTriggerScaleUp")
    if pod["status"].get("nominatedNodeName"):
        return Stage(28, "Removing placeholder pods to make room for you")
    if not scheduler_message or (waited < SCHEDULER_TIMEOUT and not scaling):
        return Stage(10, f"Finding a node with room for {target.title}")
    cause = next((message for pattern, message in UNSCHEDULABLE if re.search(pattern, scheduler_message)), "")
    if scaling and scaling["reason"] == "NotTriggerScaleUp":
        return _no_scale_up_stage(scaling["message"], cause, target, waited)
    scales_up = scaling or target.scales_up
    return _scale_up_stage(cause, target, waited) if scales_up else _full_stage(cause, target, waited)


def _scale_up_stage(cause, target, waited):
    percent = 12 + min(13, int(13 * waited / 60 / target.minutes))
    if waited > 60 * target.minutes:
        duration = f"this takes longer than the usual {target.minutes} minutes"
    else:
        duration = f"this takes about {target.minutes} minutes"
    because = f" because {cause}" if cause else ""
    return Stage(percent, f"Adding a node for you{because}; {duration} ({_elapsed(waited)})")


def _full_stage(cause, target, waited):
    return Stage(
        12,
        f"{target.title} is busy: {cause or 'it has no node'}, and no more can be added. Your server starts as soon as "
        f"there is room ({_elapsed(waited)}). Another profile may start at once.",
    )


def _no_scale_up_stage(message, cause, target, waited):
    """What the autoscaler's MESSAGE means: "pod didn't trigger scale-up: 1 max node group size reached, …"."""
    if re.search(r"max (node group size|cluster .*limit) reached", message):
        return _full_stage(cause, target, waited)
    if "backoff" in message:
        return Stage(12, f"The cloud could not add a node; retrying ({_elapsed(waited)})")
    # Also reported while a node that was requested earlier is being added.
    return _scale_up_stage(cause, target, waited) if target.scales_up else _full_stage(cause, target, waited)


def _termination_reason(terminated):
    """Why a container ended, from its status TERMINATED, whose message is the end of the container's log."""
    if terminated.get("reason") == "OOMKilled":
        return "it needed more memory than the profile has"
    lines = (terminated.get("message") or "").strip().splitlines()
    return shorten(lines[-1]) if lines else f"exit code {terminated.get('exitCode')}"


def _container_stage(container, now):
    """The Stage of a container that runs, cannot be created, or keeps ending; None before there is one."""
    state = container.get("state") or {}
    waiting = state.get("waiting") or {}
    terminated = state.get("terminated") or (container.get("lastState") or {}).get("terminated")
    if waiting.get("reason") in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError"):
        return Stage(75, f"Your server cannot run: {shorten(waiting.get('message') or '')}. {ADMIN}", True)
    if terminated and (container.get("restartCount", 0) > 1 or waiting.get("reason") == "CrashLoopBackOff"):
        return Stage(85, f"Your server stopped while it was starting: {_termination_reason(terminated)}. {ADMIN}", True)
    listens = container.get("ready") or "running" not in state
    if not listens and _seconds_since(state["running"]["startedAt"], now) > SERVER_TIMEOUT:
        minutes = SERVER_TIMEOUT // 60
        return Stage(85, f"JupyterLab started, but did not answer within {minutes} minutes. {ADMIN}", True)
    return Stage(85, "JupyterLab is starting") if "running" in state or terminated else None


def _volume_stage(pod, events, now):
    """The Stage of a pod that is scheduled but has no container yet."""
    scheduled = _condition(pod, "PodScheduled").get("lastTransitionTime") or pod["metadata"]["creationTimestamp"]
    event = _latest_event(events, "FailedAttachVolume", "FailedMount", "SuccessfulAttachVolume")
    if not event:
        return Stage(30, "Your server is scheduled; mounting your storage")
    if event["reason"] == "SuccessfulAttachVolume":
        return Stage(45, "Your storage is attached; setting up your server")
    if "Multi-Attach" in event["message"]:
        return Stage(35, "Your storage is still attached to another node, which detaches it within a few minutes")
    volume = _volume_name(pod, event["message"])
    failed = _seconds_since(scheduled, now) > STORAGE_TIMEOUT
    advice = ADMIN if failed else "Retrying."
    return Stage(35, f"{volume} cannot be mounted: {_mount_error(event['message'])}. {advice}", failed)


def _mount_error(message):
    """The mount program's own error in the kubelet's MESSAGE, without paths and hints."""
    output = message.rpartition("Output:")[2]
    return shorten(re.sub(r"mount(\.\w+)?: |/\S+: |dmesg\(1\).*", "", output, flags=re.DOTALL))


def _volume_name(pod, message):
    """The volume that MESSAGE is about: `MountVolume.SetUp failed for volume "mount-archive" : …`."""
    name = re.search(r'volume "([^"]+)"', message)
    volume = next((v for v in pod["spec"].get("volumes") or [] if name and v["name"] == name[1] and "nfs" in v), None)
    return f"{volume['nfs']['server']}:{volume['nfs']['path']}" if volume else "Your storage"
