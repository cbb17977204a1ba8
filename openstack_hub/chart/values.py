"""The chart's values, merged from the modules of this package."""

from openstack_hub.chart.hub import hub_values
from openstack_hub.chart.images import image_values
from openstack_hub.chart.proxy import proxy_values
from openstack_hub.chart.scheduling import pre_puller_values, scheduling_values
from openstack_hub.chart.users import user_values


def chart_values(model, *, package, server_files, digest, sources, overrides):
    """The values of a release. Plain data, none of it secret.

    model: of platform kubernetes; package: hubkit as a zip, in base64; server_files: {path below JUPYTER_CONFIG_PATH
    in user servers: text}; digest: a text that changes with the secrets; sources: CIDRs of Apache's addresses;
    overrides: hub_values_overrides, merged last. Raises ValueError when sources are empty, because then the Service
    would be open to everybody.
    """
    if not sources:
        raise ValueError(
            "hub_service.allowed_cidrs: no address of Apache's machine is known: write the networks that it comes "
            "from, like [192.0.2.7/32]"
        )
    values = {
        "custom": {"hubkit": model},
        "hub": {**hub_values(model, package, digest), "db": {"pvc": volume(model)}},
        "proxy": proxy_values(model, list(sources)),
        "singleuser": user_values(model, package, server_files),
        "scheduling": scheduling_values(model),
        "prePuller": pre_puller_values(model),
        "cull": {"enabled": False},  # hubkit's own
    }
    return merged(merged(values, image_values(model)), overrides)


def volume(model):
    """The hub's claim. It records the owner of each home, so it is kept like the homes when the release is deleted."""
    return {"storageClassName": model["home"]["storage_class"], "annotations": {"helm.sh/resource-policy": "keep"}}


def merged(values, over):
    """VALUES with OVER merged into it as Helm does: maps key by key, anything else as a whole.

    In lists of named entries, such as volumes, the entries of VALUES are kept and those of OVER added.
    """
    if isinstance(values, dict) and isinstance(over, dict):
        return {**values, **{key: merged(values.get(key), entry) for key, entry in over.items()}}
    if isinstance(over, list) and _named(values):
        names = {entry.get("name") for entry in over if isinstance(entry, dict)}
        return [*(entry for entry in values if entry["name"] not in names), *over]
    return over


def _named(values):
    return isinstance(values, list) and all(isinstance(entry, dict) and "name" in entry for entry in values)
