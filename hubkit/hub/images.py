"""The stage of a start whose image is being pulled. Pure functions."""

import re

from .stages import ADMIN, Stage

PULL_ERRORS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError")
# Errors that a retry does not fix: a registry's answer, or a wrong name. Anything else may be the network.
PERMANENT = (
    "not found|manifest unknown|denied|unauthorized|authentication|invalid reference|couldn't parse|no match for"
)
MAX_ATTEMPTS = 3


def stage(container, events, target):
    """The Stage of a pod whose image is being pulled or has just been pulled; None for others.

    CONTAINER is its status, EVENTS the pod's, oldest first.
    """
    waiting = (container.get("state") or {}).get("waiting") or {}
    if waiting.get("reason") in PULL_ERRORS:
        return _pull_error_stage(container, waiting, events, target)
    for event in reversed(events):
        if event.get("reason") == "Pulling":
            return Stage(50, "Pulling the image of your server; a large one takes some minutes")
        if event.get("reason") in ("Pulled", "Created", "Started"):
            return Stage(75, "Setting up your server")
    return None


def _cause(text):
    """The last part of TEXT: the parts before it name the image and the components involved."""
    return re.split(r'": |desc = ', " ".join(text.split()))[-1][-300:] or "no reason given"


def _pull_error_stage(container, waiting, events, target):
    failures = [e for e in events if e.get("reason") == "Failed" and "pull" in e["message"]]
    text = failures[-1]["message"] if failures else waiting.get("message") or ""
    cause = f"{container.get('image', '')}: {_cause(text)}"
    wrong_name = waiting["reason"] in ("InvalidImageName", "ErrImageNeverPull")
    if wrong_name or re.search(PERMANENT, text) or sum(e.get("count") or 1 for e in failures) >= MAX_ATTEMPTS:
        return Stage(50, f"The image of {target.title} cannot be pulled ({cause}). {ADMIN}", True)
    return Stage(50, f"The image could not be pulled yet; retrying ({cause})")
