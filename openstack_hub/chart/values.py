"""The chart's values, put together from the topics beside this file."""

from openstack_hub.chart.hub import hub
from openstack_hub.chart.images import images
from openstack_hub.chart.proxy import proxy
from openstack_hub.chart.scheduling import pre_puller, scheduling
from openstack_hub.chart.users import users


def chart_values(model, *, package, server_files, digest, sources, overrides):
    """The values of a release. Plain data, none of it secret.

    model: of platform kubernetes; package: hubkit as a zip, in base64; server_files: {path below JUPYTER_CONFIG_PATH
    in users' servers: text}; digest: a text that changes when secrets do; sources: the CIDRs from which Apache comes;
    overrides: hub_values_overrides, merged last. Raises ValueError when sources are empty: everybody might come then.
    """
    if not sources:
        raise ValueError(
            "hub_service.allowed_cidrs: no address of Apache's machine is known: write the networks that it comes "
            "from, like [192.0.2.7/32]"
        )
    values = {
        "custom": {"hubkit": model},
        "hub": {**hub(model, package, digest), "db": {"pvc": volume(model)}},
        "proxy": proxy(model, list(sources)),
        "singleuser": users(model, package, server_files),
        "scheduling": scheduling(model),
        "prePuller": pre_puller(model),
        "cull": {"enabled": False},  # hubkit's own
    }
    return merged(merged(values, images(model)), overrides)


def volume(model):
    """The hub's claim. Whose which home is stands on it, so that it outlives the release as the homes do."""
    return {"storageClassName": model["home"]["storage_class"], "annotations": {"helm.sh/resource-policy": "keep"}}


def merged(values, over):
    """VALUES with OVER laid on it as Helm does: maps key by key, anything else as a whole.

    But in lists of named things, such as volumes, what VALUES has stays beside what OVER adds.
    """
    if isinstance(values, dict) and isinstance(over, dict):
        return {**values, **{key: merged(values.get(key), entry) for key, entry in over.items()}}
    if isinstance(over, list) and _named(values):
        names = {entry.get("name") for entry in over if isinstance(entry, dict)}
        return [*(entry for entry in values if entry["name"] not in names), *over]
    return over


def _named(values):
    return isinstance(values, list) and all(isinstance(entry, dict) and "name" in entry for entry in values)
