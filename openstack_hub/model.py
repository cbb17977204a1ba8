"""From the variables of jupyterhub.yml to the one dict that every platform reads (docs/design.md, "the model")."""

from openstack_hub.errors import hub_errors
from openstack_hub.units import parse_size, parse_time


def clamp(low, value, high):
    """``value`` as a whole number, moved into [low, high]."""
    return max(low, min(high, int(value)))


def activity_interval(idle):
    """Seconds between two reports of a server: 1/40 of its idle life, so that the stop is late by 10 % at most."""
    return clamp(2, idle / 40, 300) if idle else 300


def _profile(entry, default_idle):
    idle = parse_time(entry.get("idle", default_idle))
    return {
        "name": entry["name"],
        "title": entry.get("title", entry["name"]),
        "description": entry.get("description", ""),
        "cpu": float(entry["cpu"]),
        "memory": parse_size(entry["memory"]),
        "cpu_guarantee": float(entry.get("cpu_guarantee", 0)),
        "memory_guarantee": parse_size(entry.get("memory_guarantee", 0)),
        "groups": list(entry.get("groups", [])),
        "idle": idle,
        "max_age": parse_time(entry.get("max_age", 0)),
        "activity_interval": activity_interval(idle),
    }


def hub_model(variables):
    """The model of a hub, without secrets.

    variables: the ``hub_*`` variables by name. Returns the dict of docs/design.md: sizes in bytes, times in seconds.
    Raises ValueError with every sentence of hub_errors when the variables are wrong.
    """
    if errors := hub_errors(variables):
        raise ValueError("\n".join(errors))
    domain, port = variables["hub_domain"], int(variables["hub_port"])
    profiles = [_profile(entry, variables["hub_idle"]) for entry in variables["hub_profiles"]]
    shortest = min((p["idle"] for p in profiles if p["idle"]), default=0)
    users = int(variables["hub_max_users"])
    return {
        "platform": variables["hub_platform"],
        "domain": domain,
        "port": port,
        "url": f"https://{domain}" + ("" if port == 443 else f":{port}"),
        "notice": variables["hub_notice"],
        "contact": {key: variables["hub_contact"].get(key, "") for key in ("email", "url")},
        "iam": {
            "name": variables["hub_iam_name"],
            "issuer": variables["hub_iam_issuer"],
            "client_id": variables["hub_iam_client_id"],
            "scopes": list(variables["hub_iam_scopes"]),
            "username_claim": variables["hub_iam_username_claim"],
            "groups_claim": variables["hub_iam_groups_claim"],
            "membership_url": variables["hub_iam_membership_url"],
        },
        "allowed_groups": list(variables["hub_allowed_groups"]),
        "admin_groups": list(variables["hub_admin_groups"]),
        "profiles": profiles,
        "home": {"size": parse_size(variables["hub_home"]["size"])},
        "max_users": users,
        # The culler looks as often as the most impatient profile needs; once a minute is enough for a day.
        "cull_interval": clamp(2, shortest / 40, 60) if shortest else 60,
        # The hub notes a token's use at this grain; it must stay below the servers' report interval.
        "activity_resolution": clamp(2, shortest / 40, 30) - 1 if shortest else 29,
        # A withdrawn membership takes effect within this time of the user's next request.
        "auth_refresh": 300,
        "start_timeout": 120,
        # JupyterHub's own default of 100 at once would let one machine thrash; 20 suits 100 users, 100 suits 3000.
        "concurrent_starts": clamp(10, users / 5, 100),
    }
