"""Servers and placeholders by profile."""

import datetime

from openstack_hub.cloud.capacity import aligned
from openstack_hub.schema.units import counted

IDLE_AFTER = 15 * 60  # seconds without activity from which a server counts as idle


def usage_summary(hub, time):
    """Users and servers in one phrase."""
    servers = hub["servers"]
    starting = sum(not server["ready"] for server in servers)
    parts = [counted(hub["users"], "user"), counted(len(servers), "server")]
    parts += [f"{starting} of them starting"] if starting else []
    longest = max((idle_seconds(server, time) for server in servers), default=0)
    parts += (
        [f"{sum(idle_seconds(server, time) >= IDLE_AFTER for server in servers)} idle"] if longest >= IDLE_AFTER else []
    )
    return ", ".join(parts)


def idle_seconds(server, time):
    """Seconds without activity of a ready server; 0 if unknown."""
    if not server["ready"] or not server["last_activity"]:
        return 0
    return max(0, (time - datetime.datetime.fromisoformat(server["last_activity"])).total_seconds())


def profile_table(model, facts):
    """A table of the profiles, including those that only servers have; [] where neither hub nor cluster answered."""
    if "hub" not in facts and "pods" not in facts:
        return []
    time = datetime.datetime.fromisoformat(facts["asked"]["time"])
    servers = facts["hub"]["servers"] if "hub" in facts else None
    known, default = [profile["name"] for profile in model["profiles"]], model["profiles"][0]["name"]
    by_profile = {name: [] for name in known}
    for server in servers or ():
        by_profile.setdefault(server["profile"] or default, []).append(server)
    rows = [["profile", "servers", "starting", "idle", "placeholders"]]
    rows += [
        [name, *_servers(of_profile, servers, time), _placeholders(name, model, facts)]
        for name, of_profile in by_profile.items()
    ]
    return aligned(rows, texts=(0,))


def _servers(of_profile, servers, time):
    if servers is None:
        return ["?", "?", "?"]
    return [
        str(len(of_profile)),
        str(sum(not server["ready"] for server in of_profile)),
        str(sum(idle_seconds(server, time) >= IDLE_AFTER for server in of_profile)),
    ]


def _placeholders(name, model, facts):
    wanted = next((profile["placeholders"] for profile in model["profiles"] if profile["name"] == name), 0)
    if not wanted:
        return "-"
    if "pods" not in facts:
        return f"? of {wanted}"
    return f"{sum(pod['placeholder'] == name and pod['ready'] for pod in facts['pods'])} of {wanted}"
