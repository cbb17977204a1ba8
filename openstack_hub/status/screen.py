"""How the hub is, on one screen: release, people, servers, machines, what waits, what differs, what to do next."""

import datetime

from openstack_hub.cloud.status import days, indented, one_line, since, steps
from openstack_hub.schema.units import format_size, format_time
from openstack_hub.status.drift import drift
from openstack_hub.status.machines import machines
from openstack_hub.status.servers import QUIET, people, profiles
from openstack_hub.status.steps import next_steps

WIDTH = 100
TOLD = 8  # lines of one kind; of more their number is said


def status(v, model, facts):
    """Lines for people. v: the parsed variables; model: the hub's; facts: as hub_facts returns them."""
    differs = drift(v, model, facts)
    parts = [head(model, facts), profiles(model, facts), machines(v, facts)]
    if waiting := [f"{pod['name']}: {_why(pod)}" for pod in facts.get("pods", ()) if not pod["ready"] and pod["why"]]:
        parts.append(["Waiting", *indented(some(waiting))])
    if differs:
        parts.append(["Differs from the variables", *indented(some(differs))])
    if facts["unanswered"]:
        parts.append(["No answer", *(f"  {part}: {one_line(words)}" for part, words in facts["unanswered"].items())])
    parts.append(steps(next_steps(model, facts, differs)))
    return [short(line) for part in parts if part for line in (*part, "")][:-1]


def head(model, facts):
    """The hub in a few lines."""
    time, given = datetime.datetime.fromisoformat(facts["asked"]["time"]), facts["certificates"]
    where = f" (namespace {model['namespace']})" if "namespace" in model else ""
    lines = [f"Hub {model['domain']}{where}"]
    if "release" in facts:
        lines.append(f"  {_release(facts['release'], time)}")
    if hub := facts.get("hub"):
        lines.append(f"  JupyterHub {hub['version']} answers; {people(hub, time)}")
    else:
        lines.append("  JupyterHub gives no answer")
    if homes := facts.get("homes"):
        lines.append(f"  Homes: {homes['count']}, {format_size(homes['bytes'])} in all")
    ends = {f"of {model['domain']}": given["hub"], "in the kubeconfig": given["kubeconfig"]}
    lines += [
        f"  Certificate {whose}: ends {end[:10]}, in {days(end, time)} days" for whose, end in ends.items() if end
    ]
    return [*lines, f"  Quiet: nothing has happened for {format_time(QUIET)}"] if facts.get("hub") else lines


def _release(release, time):
    if not release:
        return "Release: there is none yet"
    said = "" if release["status"] == "deployed" else f" ({one_line(release['description'])})"
    return (
        f"Release {release['status']}{said}, revision {release['revision']}, "
        f"changed {since(release['changed'], time)} ago; chart {release['chart']}"
    )


def _why(pod):
    """Without the pod's name, which stands before it."""
    return one_line(pod["why"].removeprefix(f"{pod['name']}: "))


def some(lines):
    more = len(lines) - TOLD
    return lines if more <= 0 else [*lines[:TOLD], f"and {more} more"]


def short(line):
    return line if len(line) <= WIDTH or line.startswith("  ansible-playbook") else f"{line[: WIDTH - 3].rstrip()}..."
