"""The state of the cluster on one screen: Magnum's view, drift from the variables, and what to do next."""

import datetime

from openstack_hub.cloud import access
from openstack_hub.cloud.capacity import aligned, capacity
from openstack_hub.cloud.drift import drift
from openstack_hub.cloud.instances import match_node_groups
from openstack_hub.schema.units import format_time

RENEW = 30  # days before it expires from which a certificate is reported
RUN = "ansible-playbook -i SITE playbooks/"


def status(v, facts):
    """Lines of text."""
    if error := access.access_error(v, facts):
        return [f"The state of cluster {v['cluster_name']} is unknown.", "", *steps_section([error.text])]
    lines = (
        [*cluster_lines(v, facts), "", *node_group_table(v, facts)] if facts.get("cluster") else cluster_lines(v, facts)
    )
    differences = drift(v, facts)
    parts = [lines]
    if facts.get("flavors"):
        parts.append(["Capacity", *indented(capacity(v, facts))])
    if differences:
        parts.append(["Drift from the variables", *(f"  {sentence}" for sentence in differences)])
    parts.append(steps_section(next_steps(v, facts, differences)))
    return [line for part in parts for line in (*part, "")][:-1]


def indented(lines):
    return [f"  {line}".rstrip() for line in lines]


def steps_section(sentences):
    return ["What to do", *(f"  {sentence}" for sentence in sentences)]


def cluster_lines(v, facts):
    """The cluster in a few lines."""
    cluster, where = facts.get("cluster"), f"cloud {v['cloud_name']}, project {facts['project']['name']}"
    if not cluster:
        return [f"Cluster {v['cluster_name']} ({where}): {_absence(facts)}"]
    time = datetime.datetime.fromisoformat(facts["asked"]["time"])
    health = f", {cluster['health_status']}" if cluster["health_status"] else ""
    lines = [
        f"Cluster {cluster['name']} ({where})",
        f"  {cluster['status']}{health}, created {elapsed(cluster['created_at'], time)} ago, {cluster['uuid']}",
        f"  Kubernetes {cluster['coe_version'] or 'unknown'}, wanted {v['cluster_kubernetes_version']}",
        f"  Template {cluster['template'] or 'unknown'}",
        f"  API {cluster['api_address'] or 'has no address yet'}",
    ]
    lines += [f"  Reason: {one_line(cluster['status_reason'])}"] if cluster["status_reason"] else []
    if cluster["health_status"] == "UNHEALTHY" and cluster["health_status_reason"]:
        reasons = cluster["health_status_reason"]
        lines.append(f"  Health: {', '.join(f'{key} {value}' for key, value in reasons.items() if value != 'ok')}")
    if end := facts.get("kubeconfig"):
        lines.append(f"  kubeconfig: its certificate expires {end['end'][:10]}, in {days_left(end['end'], time)} days")
    return lines


def _absence(facts):
    if "magnum" not in facts:
        return "Magnum does not answer"
    if len(facts["clusters"]) > 1:
        return f"there are {len(facts['clusters'])} of that name: {', '.join(facts['clusters'])}"
    return "it is being created or deleted" if facts["clusters"] else "none exists yet"


def elapsed(start, time):
    """The time since START, in its largest whole unit, as `3 days`."""
    seconds = max(0, int((time - _moment(start)).total_seconds()))
    unit = next((unit for unit in (86400, 3600, 60) if seconds >= unit), 1)
    return format_time(seconds // unit * unit)


def days_left(end, time):
    return (_moment(end) - time).days


def _moment(text):
    moment = datetime.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def node_group_table(v, facts):
    """The node groups in Magnum with their desired sizes, including missing ones."""
    rows = [["node group", "now", "min", "max", "wanted", "status"]]
    pairs, undeclared = match_node_groups(v, facts)
    for instances, existing in pairs:
        spread = str(instances.low) if instances.low == instances.high else f"{instances.low} to {instances.high}"
        for group in existing:
            rows.append([instances.title, str(group["node_count"]), *bounds_cells(group), spread, status_text(group)])
        if not existing:
            rows.append([instances.title, "0", "-", "-", spread, "missing"])
    for group in undeclared:
        rows.append([group["name"], str(group["node_count"]), *bounds_cells(group), "-", status_text(group)])
    return aligned(rows, texts=(0, 5))


def bounds_cells(group):
    return ["-" if group[key] is None else str(group[key]) for key in ("min_node_count", "max_node_count")]


def status_text(group):
    reason = group.get("status_reason")
    return f"{group['status']}: {one_line(reason)}" if reason else str(group["status"])


def one_line(text):
    """The TEXT of a service, which may have several lines, as one."""
    return " ".join(text.split())


def next_steps(v, facts, differences):
    """What to do, most urgent first."""
    cluster, steps = facts.get("cluster"), []
    for service, message in facts["unanswered"].items():
        steps.append(f"{access.SERVICES[service]} does not answer ({message}): try again in a few minutes.")
    if "magnum" not in facts:
        return steps
    if not cluster:
        if len(facts["clusters"]) > 1:
            return [*steps, "Delete all clusters of that name but one: openstack coe cluster delete UUID"]
        if facts["clusters"]:
            return [*steps, "Try again in a minute."]
        return [*steps, f"Preview: {RUN}plan.yml; create the cluster: {RUN}cluster.yml"]
    state, failed = cluster["status"], [g for g in cluster["node_groups"] if str(g["status"]).endswith("_FAILED")]
    time = datetime.datetime.fromisoformat(facts["asked"]["time"])
    if state.startswith("DELETE"):
        return [*steps, f"It is being deleted; continue with: {RUN}destroy.yml"]
    if state.endswith("IN_PROGRESS"):
        steps.append(f"Magnum is working; wait until it is done: {RUN}cluster.yml")
    elif state == "CREATE_FAILED" or any(group["status"] == "CREATE_FAILED" for group in failed):
        steps.append(f"Fix the reason above, then recreate what failed: {RUN}cluster.yml -e cluster_recreate=true")
    elif failed or state.endswith("FAILED"):
        steps.append(f"Fix the reason above, then retry: {RUN}cluster.yml")
    elif differences:
        steps.append(f"Preview the changes: {RUN}plan.yml; apply them: {RUN}cluster.yml")
    elif "kubeconfig" in facts and (not facts["kubeconfig"] or days_left(facts["kubeconfig"]["end"], time) < RENEW):
        what = "Its certificate expires soon" if facts["kubeconfig"] else "There is no kubeconfig"
        steps.append(f"{what}; get a new one: {RUN}cluster.yml")
    return steps or ["Nothing: the cluster matches the variables."]
