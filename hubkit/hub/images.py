"""How the image of a server gets to its machine, as a stage of its start. Pure."""

import re

FAILING = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError")
# What a registry, or the name itself, answers once and for all; anything else may be the network.
FINAL = r"not found|manifest unknown|denied|unauthorized|authentication|invalid reference|couldn't parse|no match for"
ATTEMPTS = 3


def stage(make, container, events, place):
    """The stage of a pod whose image is being fetched or has just come, made by MAKE; None for others.

    CONTAINER is its status, EVENTS the pod's, oldest first.
    """
    waiting = (container.get("state") or {}).get("waiting") or {}
    if waiting.get("reason") in FAILING:
        return _failing(make, container, waiting, events, place)
    for event in reversed(events):
        if event.get("reason") == "Pulling":
            return make(50, "The image of your server is being fetched; a large one takes some minutes")
        if event.get("reason") in ("Pulled", "Created", "Started"):
            return make(75, "Your server is being set up")
    return None


def _cause(said):
    """The last thing that SAID names: before it stand the image, and who told whom."""
    return re.split(r'": |desc = ', " ".join(said.split()))[-1][-300:] or "no reason is given"


def _failing(make, container, waiting, events, place):
    failures = [e for e in events if e.get("reason") == "Failed" and "pull" in e["message"]]
    said = failures[-1]["message"] if failures else waiting.get("message") or ""
    why = f"{container.get('image', '')}: {_cause(said)}"
    named = waiting["reason"] in ("InvalidImageName", "ErrImageNeverPull")
    if named or re.search(FINAL, said) or sum(e.get("count") or 1 for e in failures) >= ATTEMPTS:
        return make(50, f"The image of {place.title} cannot be fetched ({why}). Please tell the administrators.", True)
    return make(50, f"The image could not be fetched yet, it is tried again ({why})")
