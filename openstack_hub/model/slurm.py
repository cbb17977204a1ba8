"""The part of the model that only platform slurm has."""

from openstack_hub.model import derived


def hub_part(v):
    """Keys of the model; v: the parsed variables."""
    return {
        "partitions": v["slurm_partitions"],
        "pam": v["hub_pam"],
        "start_timeout": derived.start_timeout(v["cluster_node_minutes"]),
    }


def profile_part(entry, v):
    """Keys of a profile; entry: its entry of hub_profiles."""
    return {}
