"""What Magnum's API fixes: microversions, names of node groups, states; and what it says about a failure."""

# Microversions, by what they bring.
NODE_GROUPS, EMPTY_NODE_GROUPS, NODE_LABELS = (1, 9), (1, 10), (1, 14)
NEWEST_USED = NODE_LABELS
# Node groups that Magnum creates with each cluster.
DEFAULT_MASTER, DEFAULT_WORKER = "default-master", "default-worker"
# Ends the name of a node group that replaces another because its flavor or image changed.
SUCCESSOR_SUFFIX = "-b"
# Label of the clusters that were created here; labels never change.
OWNER_LABEL, OWNER = "managed_by", "openstack-hub"
# States in which a cluster or a node group must be deleted and created again.
BROKEN = ("CREATE_FAILED", "DELETE_FAILED")


def node_group_names(name):
    """The names in Magnum of the node group NAME: its replacement has the suffix, the next one the name again."""
    return [name] if name == DEFAULT_WORKER else [name, name + SUCCESSOR_SUFFIX]


def in_progress(status):
    """Whether Magnum is at work on what has this STATUS. What was deleted shows until its database row is gone."""
    return str(status).endswith("_IN_PROGRESS") or status == "DELETE_COMPLETE"


def being_deleted(status):
    return status in ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")


def has_failed(status):
    return str(status).endswith("_FAILED")


def failure_reasons(cluster, groups=()):
    """Everything that Magnum says about a failure, each once: [sentence, ...].

    cluster, groups: dicts of the API. `faults` holds the reasons of failed node groups.
    """
    messages = [(None, cluster.get("status_reason")), *(cluster.get("faults") or {}).items()]
    messages += [(group["name"], group.get("status_reason")) for group in groups if has_failed(group.get("status"))]
    if cluster.get("health_status") == "UNHEALTHY":
        health = (cluster.get("health_status_reason") or {}).items()
        messages += [(part, reason) for part, reason in health if reason != "ok"]
    reasons = {}  # reason -> sentence
    for part, text in messages:
        reason = " ".join(str(text or "").split())
        if reason and reason not in reasons:
            reasons[reason] = f"{part}: {reason}" if part else reason
    return list(reasons.values()) or ["Magnum gives no reason; its conductor's log has more"]


def is_same(one, other):
    """Whether two values of the API are the same: labels and counts come back as strings."""
    return str(one if one is not None else "") == str(other if other is not None else "")
