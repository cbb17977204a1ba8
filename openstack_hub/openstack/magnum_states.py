"""What Magnum's states mean, and what it says about a failure."""


def working(status):
    """Whether Magnum is at work on what has this STATUS. What was deleted still shows until its row is gone."""
    return str(status).endswith("_IN_PROGRESS") or status == "DELETE_COMPLETE"


def vanishing(status):
    return status in ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")


def failed(status):
    return str(status).endswith("_FAILED")


def reasons(cluster, groups=()):
    """Everything that Magnum says about a failure, each once: [sentence, ...].

    cluster, groups: dicts as the API has them. `faults` holds the reasons of failed node groups.
    """
    said = [(None, cluster.get("status_reason")), *(cluster.get("faults") or {}).items()]
    said += [(group["name"], group.get("status_reason")) for group in groups if failed(group.get("status"))]
    if cluster.get("health_status") == "UNHEALTHY":
        said += [(what, why) for what, why in (cluster.get("health_status_reason") or {}).items() if why != "ok"]
    told, found = set(), []
    for what, why in said:
        if why and (why := " ".join(str(why).split())) not in told:
            told.add(why)
            found.append(f"{what}: {why}" if what else why)
    return found or ["Magnum gives no reason; its conductor's log has more"]


def same(one, other):
    """Whether two values of the API are the same: labels and counts come back as strings."""
    return str(one if one is not None else "") == str(other if other is not None else "")
