"""What to do next about a hub, most urgent first."""

import datetime

from openstack_hub.cloud.status import RENEW, RUN, days


def next_steps(model, facts, differs):
    """Sentences; one that nothing is to be done where that is so."""
    release, found = facts.get("release"), []
    time = datetime.datetime.fromisoformat(facts["asked"]["time"])
    away = {"cluster", "release", "nodes", "pods", "homes"} & set(facts["unanswered"])
    if away:
        found.append(
            "The cluster gives no answer, or not on everything: look at the kubeconfig, and again in a minute."
        )
    if "release" in facts and not release:
        return [*found, f"Install the hub: {RUN}hub.yml, then {RUN}web.yml"]
    if release and release["status"] != "deployed":
        found.append(f"Its last change did not succeed, or is still going on; make it again: {RUN}hub.yml")
    elif differs:
        found.append(f"Bring the hub to the variables: {RUN}hub.yml (first see what: --check --diff)")
    if "hub" in facts["unanswered"]:
        found.append(f"See how far one comes from outside: {RUN}verify.yml; set up Apache anew: {RUN}web.yml")
    if any(pod["why"] for pod in facts.get("pods", ())):
        found.append("See what waits above: most of it ends by itself when a machine is there.")
    end = facts["certificates"]["hub"]
    if not end:
        found.append("hub_certificate.file cannot be read: see validate.yml")
    elif days(end, time) < RENEW:
        found.append(f"Put a new certificate into hub_certificate.file, then {RUN}web.yml")
    return found or ["Nothing: the hub is as the variables say."]
