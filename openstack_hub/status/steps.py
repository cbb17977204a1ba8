"""What to do next about a hub, most urgent first."""

import datetime

from openstack_hub.cloud.status import RENEW, RUN, days_left


def next_steps(model, facts, differences):
    """Sentences; if there is nothing to do, one that says so."""
    release, steps = facts.get("release"), []
    time = datetime.datetime.fromisoformat(facts["asked"]["time"])
    away = {"cluster", "release", "nodes", "pods", "homes"} & set(facts["unanswered"])
    if away:
        steps.append(
            "The cluster does not answer, or not completely: check the kubeconfig, then run this again in a minute."
        )
    if "release" in facts and not release:
        return [*steps, f"Install the hub: {RUN}hub.yml, then {RUN}web.yml"]
    if release and release["status"] != "deployed":
        steps.append(f"The last change failed or has not finished; run it again: {RUN}hub.yml")
    elif differences:
        steps.append(f"Apply the variables: {RUN}hub.yml (preview with --check --diff)")
    if "hub" in facts["unanswered"]:
        steps.append(f"Test the service from outside: {RUN}verify.yml; set up Apache again: {RUN}web.yml")
    if any(pod["reason"] for pod in facts.get("pods", ())):
        steps.append("See the waiting pods above: most start by themselves once a node is available.")
    end = facts["certificates"]["hub"]
    if not end:
        steps.append("hub_certificate.file cannot be read: run validate.yml")
    elif days_left(end, time) < RENEW:
        steps.append(f"Write a new certificate to hub_certificate.file, then {RUN}web.yml")
    return steps or ["Nothing: the hub matches the variables."]
