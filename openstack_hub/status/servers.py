"""Servers by profile, and the places that are kept ready for the next ones."""

import datetime

from openstack_hub.cloud.capacity import aligned

QUIET = 15 * 60  # seconds without activity after which a server is called quiet


def people(hub, time):
    """Users and servers in one phrase."""
    servers = hub["servers"]
    starting = sum(not server["ready"] for server in servers)
    parts = [_count(hub["users"], "user"), _count(len(servers), "server")]
    parts += [f"{starting} of them starting"] if starting else []
    longest = max((quiet(server, time) for server in servers), default=0)
    parts += [f"{sum(quiet(server, time) >= QUIET for server in servers)} quiet"] if longest >= QUIET else []
    return ", ".join(parts)


def quiet(server, time):
    """Seconds since something happened in a ready server; 0 where that is not known."""
    if not server["ready"] or not server["last_activity"]:
        return 0
    return max(0, (time - datetime.datetime.fromisoformat(server["last_activity"])).total_seconds())


def profiles(model, facts):
    """A table of the profiles, those of servers alone included; [] where nobody says anything of them."""
    if "hub" not in facts and "pods" not in facts:
        return []
    time = datetime.datetime.fromisoformat(facts["asked"]["time"])
    servers = facts["hub"]["servers"] if "hub" in facts else None
    known, default = [profile["name"] for profile in model["profiles"]], model["profiles"][0]["name"]
    of = {name: [] for name in known}
    for server in servers or ():
        of.setdefault(server["profile"] or default, []).append(server)
    rows = [["profile", "servers", "starting", "quiet", "warm places"]]
    rows += [[name, *_servers(mine, servers, time), _warm(name, model, facts)] for name, mine in of.items()]
    return aligned(rows, texts=(0,))


def _servers(mine, servers, time):
    if servers is None:
        return ["?", "?", "?"]
    return [
        str(len(mine)),
        str(sum(not server["ready"] for server in mine)),
        str(sum(quiet(server, time) >= QUIET for server in mine)),
    ]


def _warm(name, model, facts):
    wanted = next((profile["warm"] for profile in model["profiles"] if profile["name"] == name), 0)
    if not wanted:
        return "-"
    if "pods" not in facts:
        return f"? of {wanted}"
    return f"{sum(pod['warm'] == name and pod['ready'] for pod in facts['pods'])} of {wanted}"


def _count(number, word):
    return f"{number} {word}{'' if number == 1 else 's'}"
