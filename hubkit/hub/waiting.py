"""What a start is waiting for, in a user's words, from what the cluster says about his pod. Pure.

`pod` and `events` are plain objects of the Kubernetes API: the events of this pod and of his claim, oldest first.
"""

import json
import re
from datetime import datetime
from typing import NamedTuple

from . import images

ADMIN = "Please tell the administrators."
STORAGE_PATIENCE = 300  # seconds; volumes that cannot be mounted for so long will not be
SERVER_PATIENCE = 180  # what runs for so long and does not listen is no server
# Until the scheduler has made room where a place was kept warm, its "no" is not the last word.
SCHEDULER_PATIENCE = 5
CAUSES = (
    (r"Insufficient nvidia\.com/gpu", "all GPUs are in use"),
    (r"Insufficient (memory|cpu)|Too many pods", "all machines are full"),
    (r"volume node affinity conflict", "your storage cannot be reached from the machines that have room"),
    (r"max volume count", "the machines that have room cannot take more storage"),
)


class Stage(NamedTuple):
    """How far a start is (per cent), what is said about it, and whether waiting any longer is in vain."""

    percent: int
    message: str
    hopeless: bool = False


class Place(NamedTuple):
    """Where the server is to run: the profile's title, whether its machines may become more, minutes that one takes."""

    title: str
    grows: bool
    minutes: int


def stage(pod, events, place, now):
    """The Stage at NOW (an aware datetime) of POD, None before it is there, on PLACE."""
    if pod is None:
        return Stage(5, "Asking the cluster for your server")
    if goes(pod):
        return Stage(5, "The cluster took back the place of your server, it looks for another")
    if over := _over(pod):
        return Stage(5, f"The cluster ended your server while it started: {over}. {ADMIN}", True)
    if not pod["spec"].get("nodeName"):
        return _unscheduled(pod, events, place, _seconds(pod["metadata"]["creationTimestamp"], now))
    container = _container(pod)
    return _broken(container, now) or images.stage(Stage, container, events, place) or _mounting(pod, events, now)


def goes(pod):
    """Whether the cluster takes POD away. One that fails by itself is begun again where it is."""
    return "deletionTimestamp" in pod["metadata"] or bool(pod["status"].get("phase") == "Failed" and _reason(pod))


def cause(pod):
    """Why the cluster took POD away, in its own words."""
    return _reason(pod) or short(_condition(pod, "DisruptionTarget").get("message") or "its pod was deleted")


def late(stage, minutes):
    """What is said when STAGE was not left behind within MINUTES."""
    return f"{stage.message.rstrip('.')}. After {minutes} minutes the start was given up. Try again later. {ADMIN}"


def refused(status, body):
    """What is said when the API turned the pod or its claim down: STATUS of HTTP and its BODY, JSON or not."""
    try:
        said = json.loads(body)["message"]
    except (ValueError, KeyError, TypeError):
        said = f"status {status}"
    if "exceeded quota" in said:
        return f"The hub has used up what the cluster allows it ({short(said)}). Try again when servers were stopped."
    return f"The cluster refused to start your server ({short(said)}). {ADMIN}"


def short(text):
    """TEXT on one line, of bounded length, its end kept: there stands the cause."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= 300 else f"…{line[-300:]}"


def when(event):
    """The time at which EVENT was last seen, text that sorts."""
    series = event.get("series") or {}
    times = event.get("lastTimestamp"), series.get("lastObservedTime"), event.get("eventTime")
    return next(filter(None, times), event["metadata"]["creationTimestamp"])


def _seconds(stamp, now):
    return max(0, (now - datetime.fromisoformat(stamp)).total_seconds())


def _so_far(seconds):
    minutes = int(seconds // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'} so far" if minutes else "less than a minute so far"


def _last(events, *reasons):
    return next((event for event in reversed(events) if event.get("reason") in reasons), None)


def _condition(pod, kind):
    return next((c for c in pod["status"].get("conditions") or [] if c["type"] == kind), {})


def _container(pod):
    statuses = pod["status"].get("containerStatuses") or []
    return next((status for status in statuses if status["name"] == "notebook"), {})


def _reason(pod):
    return short(": ".join(filter(None, (pod["status"].get("reason"), pod["status"].get("message")))))


def _over(pod):
    if pod["status"].get("phase") not in ("Failed", "Succeeded"):
        return None
    return _words((_container(pod).get("state") or {}).get("terminated") or {"message": "its pod ended"})


def _unscheduled(pod, events, place, waited):
    said = _condition(pod, "PodScheduled").get("message") or ""
    if trouble := _last(events, "ProvisioningFailed"):
        why = short(trouble["message"])
        hopeless = bool(re.search(r"quota|exceed", why, re.IGNORECASE)) or waited > STORAGE_PATIENCE
        return Stage(15, f"Your storage could not be made: {why}. {ADMIN}", hopeless)
    if re.search(r"unbound immediate|persistentvolumeclaim .*not found", said) or (
        not said and _last(events, "Provisioning", "ExternalProvisioning")
    ):
        return Stage(15, "Your storage is being made")
    scaling = _last(events, "TriggeredScaleUp", "NotTriggerScaleUp")
    if pod["status"].get("nominatedNodeName"):
        return Stage(28, "A place that was kept ready is being cleared for you")
    if not said or (waited < SCHEDULER_PATIENCE and not scaling):
        return Stage(10, f"Looking for a machine with room for {place.title}")
    cause = next((words for pattern, words in CAUSES if re.search(pattern, said)), "")
    if scaling and scaling["reason"] == "NotTriggerScaleUp":
        return _refused_to_grow(scaling["message"], cause, place, waited)
    return _growing(cause, place, waited) if scaling or place.grows else _full(cause, place, waited)


def _growing(cause, place, waited):
    percent = 12 + min(13, int(13 * waited / 60 / place.minutes))
    if waited > 60 * place.minutes:
        usual = f"that takes longer than the usual {place.minutes} minutes"
    else:
        usual = f"that takes about {place.minutes} minutes"
    why = f", as {cause}" if cause else ""
    return Stage(percent, f"A machine is being added for you{why}; {usual} ({_so_far(waited)})")


def _full(cause, place, waited):
    why = cause or "it has no machine"
    return Stage(
        12,
        f"{place.title} is busy: {why}, and no more can be added. Your server starts as soon as there is room "
        f"({_so_far(waited)}). Another profile may start at once.",
    )


def _refused_to_grow(said, cause, place, waited):
    """What the autoscaler's SAID means: "pod didn't trigger scale-up: 1 max node group size reached, …"."""
    if re.search(r"max (node group size|cluster .*limit) reached", said):
        return _full(cause, place, waited)
    if "backoff" in said:
        return Stage(12, f"The cloud could not add a machine just now, it is tried again ({_so_far(waited)})")
    # Also said while a machine that it asked for before is on its way.
    return _growing(cause, place, waited) if place.grows else _full(cause, place, waited)


def _words(ended):
    """Why a container ended: ENDED is its `terminated`; the last lines of its log are the message."""
    if ended.get("reason") == "OOMKilled":
        return "it needed more memory than the profile has"
    lines = (ended.get("message") or "").strip().splitlines()
    return short(lines[-1]) if lines else f"exit status {ended.get('exitCode')}"


def _broken(container, now):
    """The Stage of a container that runs, cannot be made, or ends again and again; None before there is one."""
    state = container.get("state") or {}
    waiting = state.get("waiting") or {}
    ended = state.get("terminated") or (container.get("lastState") or {}).get("terminated")
    if waiting.get("reason") in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError"):
        return Stage(75, f"Your server cannot be run: {short(waiting.get('message') or '')}. {ADMIN}", True)
    if ended and (container.get("restartCount", 0) > 1 or waiting.get("reason") == "CrashLoopBackOff"):
        return Stage(85, f"Your server ended while it started: {_words(ended)}. {ADMIN}", True)
    listens = container.get("ready") or "running" not in state
    if not listens and _seconds(state["running"]["startedAt"], now) > SERVER_PATIENCE:
        minutes = SERVER_PATIENCE // 60
        return Stage(85, f"JupyterLab was started, but did not answer within {minutes} minutes. {ADMIN}", True)
    return Stage(85, "JupyterLab is starting") if "running" in state or ended else None


def _mounting(pod, events, now):
    """The Stage of a pod that has its machine, and of which no container is there yet."""
    found = _condition(pod, "PodScheduled").get("lastTransitionTime") or pod["metadata"]["creationTimestamp"]
    trouble = _last(events, "FailedAttachVolume", "FailedMount", "SuccessfulAttachVolume")
    if not trouble:
        return Stage(30, "A machine is found, your storage is being attached")
    if trouble["reason"] == "SuccessfulAttachVolume":
        return Stage(45, "Your storage is attached, your server is being set up")
    if "Multi-Attach" in trouble["message"]:
        return Stage(35, "Your storage is still attached to another machine, which lets go of it within some minutes")
    volume = _named(pod, trouble["message"])
    hopeless = _seconds(found, now) > STORAGE_PATIENCE
    more = ADMIN if hopeless else "It is tried again."
    return Stage(35, f"{volume} cannot be reached: {_mount_error(trouble['message'])}. {more}", hopeless)


def _mount_error(said):
    """The mount program's own words in what the kubelet SAID, without its paths and hints."""
    output = said.rpartition("Output:")[2]
    return short(re.sub(r"mount(\.\w+)?: |/\S+: |dmesg\(1\).*", "", output, flags=re.DOTALL))


def _named(pod, said):
    """The volume that SAID is about: `MountVolume.SetUp failed for volume "mount-archive" : …`."""
    name = re.search(r'volume "([^"]+)"', said)
    mount = next((v for v in pod["spec"].get("volumes") or [] if name and v["name"] == name[1] and "nfs" in v), None)
    return f"{mount['nfs']['server']}:{mount['nfs']['path']}" if mount else "Your storage"
