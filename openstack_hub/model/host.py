"""The part of the model that only platform host has."""

START_TIMEOUT = 120  # seconds for a server to start on one machine, with a cold disk


def hub_part(v):
    """Keys of the model; v: the parsed variables."""
    return {"start_timeout": START_TIMEOUT, "user_namespaces": v["hub_user_namespaces"]}


def profile_part(entry, v):
    """Keys of a profile; entry: its entry of hub_profiles."""
    return {}
