"""How the cluster is, on one screen: what Magnum says, what differs from the variables, and what to do next."""

import datetime

from openstack_hub.cloud import access
from openstack_hub.cloud.capacity import aligned, capacity
from openstack_hub.cloud.drift import drift
from openstack_hub.cloud.machines import WEB, nodegroups, now, wanted
from openstack_hub.schema.units import format_time

RENEW = 30  # days before its end in which a certificate is told
RUN = "ansible-playbook -i SITE playbooks/"


def status(v, facts):
    """Lines for people."""
    if barred := list(access.barred(v, facts)):
        return [f"Nothing is known of cluster {v['cluster_name']}.", "", *steps([mistake.text for mistake in barred])]
    told = [*head(v, facts), "", *groups(v, facts)] if facts.get("cluster") else head(v, facts)
    differs = drift(v, facts)
    parts = [told]
    if facts.get("flavors"):
        parts.append(["Capacity", *indented(capacity(v, facts))])
    if differs:
        parts.append(["Differs from the variables", *(f"  {sentence}" for sentence in differs)])
    parts.append(steps(next_steps(v, facts, differs)))
    return [line for part in parts for line in (*part, "")][:-1]


def indented(lines):
    return [f"  {line}".rstrip() for line in lines]


def steps(sentences):
    return ["What to do", *(f"  {sentence}" for sentence in sentences)]


def head(v, facts):
    """The cluster in a few lines."""
    cluster, where = facts.get("cluster"), f"cloud {v['cloud_name']}, project {facts['project']['name']}"
    if not cluster:
        return [f"Cluster {v['cluster_name']} ({where}): {_absence(facts)}"]
    time = datetime.datetime.fromisoformat(facts["asked"]["time"])
    health = f", {cluster['health_status']}" if cluster["health_status"] else ""
    lines = [
        f"Cluster {cluster['name']} ({where})",
        f"  {cluster['status']}{health}, made {since(cluster['created_at'], time)} ago, {cluster['uuid']}",
        f"  Kubernetes {cluster['coe_version'] or 'not told'}, wanted {v['cluster_kubernetes_version']}",
        f"  Template {cluster['template'] or 'not told'}",
        f"  API {cluster['api_address'] or 'has no address yet'}",
    ]
    lines += [f"  Reason: {one_line(cluster['status_reason'])}"] if cluster["status_reason"] else []
    if cluster["health_status"] == "UNHEALTHY" and cluster["health_status_reason"]:
        why = cluster["health_status_reason"]
        lines.append(f"  Health: {', '.join(f'{key} {value}' for key, value in why.items() if value != 'ok')}")
    if end := facts.get("kubeconfig"):
        lines.append(f"  kubeconfig: its certificate ends {end['end'][:10]}, in {days(end['end'], time)} days")
    return lines


def _absence(facts):
    if "magnum" not in facts:
        return "Magnum gives no answer"
    if len(facts["clusters"]) > 1:
        return f"there are {len(facts['clusters'])} of that name: {', '.join(facts['clusters'])}"
    return "it is just being made or removed" if facts["clusters"] else "there is none yet"


def since(start, time):
    """`3 days`, in the largest unit that is full."""
    seconds = max(0, int((time - _moment(start)).total_seconds()))
    unit = next((unit for unit in (86400, 3600, 60) if seconds >= unit), 1)
    return format_time(seconds // unit * unit)


def days(end, time):
    return (_moment(end) - time).days


def _moment(text):
    moment = datetime.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def groups(v, facts):
    """The node groups as Magnum has them, with what is wanted; those that are wanted and missing, too."""
    rows = [["node group", "now", "min", "max", "wanted", "status"]]
    there = {group["name"]: group for group in facts["cluster"]["node_groups"]}
    machines = [kind for kind in wanted(v) if kind.path != WEB]
    for kind, count in zip(machines, now(v, machines, facts), strict=True):
        spread = str(kind.low) if kind.low == kind.high else f"{kind.low} to {kind.high}"
        found = [there.pop(name) for name in nodegroups(kind) if name in there]
        for group in found:
            rows.append([kind.title, str(group["node_count"]), *bounds(group), spread, state(group)])
        if not found:
            rows.append([kind.title, str(count), "-", "-", spread, "not there"])
    for name, group in there.items():
        rows.append([name, str(group["node_count"]), *bounds(group), "-", state(group)])
    return aligned(rows, texts=(0, 5))


def bounds(group):
    return ["-" if group[key] is None else str(group[key]) for key in ("min_node_count", "max_node_count")]


def state(group):
    reason = group.get("status_reason")
    return f"{group['status']}: {one_line(reason)}" if reason else str(group["status"])


def one_line(words):
    """A service's WORDS, which may be many lines."""
    return " ".join(words.split())


def next_steps(v, facts, differs):
    """What to do, most urgent first."""
    cluster, found = facts.get("cluster"), []
    for service, words in facts["unanswered"].items():
        found.append(f"{access.SERVICES[service]} gives no answer ({words}): look again in some minutes.")
    if "magnum" not in facts:
        return found
    if not cluster:
        if len(facts["clusters"]) > 1:
            return [*found, "Delete all clusters of that name but one: openstack coe cluster delete UUID"]
        if facts["clusters"]:
            return [*found, "Look again in a minute."]
        return [*found, f"See what would be made: {RUN}plan.yml; make it: {RUN}cluster.yml"]
    state, failed = cluster["status"], [g for g in cluster["node_groups"] if str(g["status"]).endswith("_FAILED")]
    time = datetime.datetime.fromisoformat(facts["asked"]["time"])
    if state.startswith("DELETE"):
        return [*found, f"It is being removed; go on with it: {RUN}destroy.yml"]
    if state.endswith("IN_PROGRESS"):
        found.append(f"Magnum is at work; wait for its end: {RUN}cluster.yml")
    elif state == "CREATE_FAILED" or any(group["status"] == "CREATE_FAILED" for group in failed):
        found.append(f"When its reason is mended, make anew what failed: {RUN}cluster.yml -e cluster_recreate=true")
    elif failed or state.endswith("FAILED"):
        found.append(f"When its reason is mended, try again: {RUN}cluster.yml")
    elif differs:
        found.append(f"See what would be changed: {RUN}plan.yml; change it: {RUN}cluster.yml")
    elif "kubeconfig" in facts and (not facts["kubeconfig"] or days(facts["kubeconfig"]["end"], time) < RENEW):
        what = "Its certificate ends soon" if facts["kubeconfig"] else "There is no kubeconfig here"
        found.append(f"{what}; have a new one: {RUN}cluster.yml")
    return found or ["Nothing: all is as the variables say."]
