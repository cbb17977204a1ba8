"""The state of the hub on one screen: release, users, servers, nodes, waiting pods, drift, what to do next."""

import datetime

from openstack_hub.cloud.status import days_left, elapsed, indented, one_line, steps_section
from openstack_hub.schema.units import format_size, format_time
from openstack_hub.status.drift import drift
from openstack_hub.status.nodes import node_table
from openstack_hub.status.servers import IDLE_AFTER, profile_table, usage_summary
from openstack_hub.status.steps import next_steps

WIDTH = 100
MAX_LINES = 8  # of a list; of more only their number is shown


def status(v, model, facts):
    """Lines of text. v: the parsed variables; model: the hub's; facts: as hub_facts returns them."""
    differences = drift(v, model, facts) + facts.get("drift", [])
    parts = [hub_lines(model, facts), profile_table(model, facts), node_table(v, facts)]
    if waiting := [
        f"{pod['name']}: {_reason(pod)}" for pod in facts.get("pods", ()) if not pod["ready"] and pod["reason"]
    ]:
        parts.append(["Waiting", *indented(first_lines(waiting))])
    if differences:
        parts.append(["Drift from the variables", *indented(first_lines(differences))])
    if facts["unanswered"]:
        parts.append(
            ["No answer", *(f"  {part}: {one_line(message)}" for part, message in facts["unanswered"].items())]
        )
    parts.append(steps_section(next_steps(model, facts, differences)))
    return [truncate(line) for part in parts if part for line in (*part, "")][:-1]


def hub_lines(model, facts):
    """The hub in a few lines."""
    time, given = datetime.datetime.fromisoformat(facts["asked"]["time"]), facts["certificates"]
    where = f" (namespace {model['namespace']})" if "namespace" in model else ""
    lines = [f"Hub {model['domain']}{where}"]
    if "release" in facts:
        lines.append(f"  {_release(facts['release'], time)}")
    if hub := facts.get("hub"):
        lines.append(f"  JupyterHub {hub['version']} answers; {usage_summary(hub, time)}")
    else:
        lines.append("  JupyterHub does not answer")
    if homes := facts.get("homes"):
        lines.append(f"  Homes: {homes['count']}, {format_size(homes['bytes'])} in all")
    ends = {f"of {model['domain']}": given["hub"], "in the kubeconfig": given["kubeconfig"]}
    lines += [
        f"  Certificate {whose}: expires {end[:10]}, in {days_left(end, time)} days"
        for whose, end in ends.items()
        if end
    ]
    return [*lines, f"  Idle: no activity for {format_time(IDLE_AFTER)}"] if facts.get("hub") else lines


def _release(release, time):
    if not release:
        return "Release: none"
    details = "" if release["status"] == "deployed" else f" ({one_line(release['description'])})"
    return (
        f"Release {release['status']}{details}, revision {release['revision']}, "
        f"changed {elapsed(release['changed'], time)} ago; chart {release['chart']}"
    )


def _reason(pod):
    """The diagnosis without the pod's name, which the line begins with."""
    return one_line(pod["reason"].removeprefix(f"{pod['name']}: "))


def first_lines(lines):
    more = len(lines) - MAX_LINES
    return lines if more <= 0 else [*lines[:MAX_LINES], f"and {more} more"]


def truncate(line):
    return line if len(line) <= WIDTH or line.startswith("  ansible-playbook") else f"{line[: WIDTH - 3].rstrip()}..."
