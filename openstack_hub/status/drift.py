"""Drift between the release and the variables, as sentences."""

import hashlib

from openstack_hub.schema.units import format_size, format_time

SIZES = ("memory", "memory_guarantee", "size", "shared_memory")
TIMES = ("idle", "max_age", "time")
# Keys that follow from other settings, or from the version of this product.
DERIVED = (
    "url", "cull_interval", "activity_resolution", "activity_interval", "auth_refresh", "start_timeout",
    "concurrent_starts", "placement", "core_placement", "platform", "spawner",
)  # fmt: skip
NAMES = {"node_groups": "cluster_node_groups", "partitions": "slurm_partitions", "node_minutes": "cluster_node_minutes"}


def drift(v, model, facts):
    """Sentences; none when there is no release to compare with."""
    release = facts.get("release")
    if not release:
        return []
    sentences = []
    if v["hub_chart_version"].lstrip("v") != release["chart"].lstrip("v") and not v["hub_chart_path"]:
        sentences.append(f"hub_chart_version is {v['hub_chart_version']}, the release has {release['chart']}")
    if release["model"] is None:
        return [*sentences, "the release was not installed by openstack-hub"]
    sentences += compare(model, release["model"])
    if not sentences and model != release["model"]:
        sentences.append("derived settings: the release was installed by another version of openstack-hub")
    return sentences


def compare(desired, existing):
    """Sentences about the settings in which two models differ."""
    for key in [key for key in {**desired, **existing} if key not in DERIVED]:
        name, one, two = NAMES.get(key, f"hub_{key}"), desired.get(key), existing.get(key)
        if key in ("profiles", "node_groups"):
            yield from _compare_named(name, one or [], two or [])
        elif isinstance(one, dict) and isinstance(two, dict):
            yield from _compare_keys(name, one, two, "_" if key == "iam" else ".")
        elif one != two:
            yield f"{name} is {format_value(key, one)}, the release has {format_value(key, two)}"


def _compare_named(name, desired, existing):
    """Two lists of entries that have a name."""
    before = {entry["name"]: entry for entry in existing}
    for entry in desired:
        if entry["name"] in before:
            yield from _compare_keys(f"{name} {entry['name']}", entry, before.pop(entry["name"]), ": ")
        else:
            yield f"{name}: the release has no {entry['name']}"
    yield from (f"{name}: the release also has {other}" for other in before)


def _compare_keys(name, desired, existing, joint):
    for key in [key for key in {**desired, **existing} if key not in DERIVED]:
        if desired.get(key) != existing.get(key):
            one, two = format_value(key, desired.get(key)), format_value(key, existing.get(key))
            yield f"{name}{joint}{key} is {one}, the release has {two}"


def format_value(key, value):
    """VALUE of KEY as an admin would write it."""
    if value in (None, "", [], {}):
        return "not set"
    if key in SIZES and isinstance(value, int):
        return format_size(value)
    if key in TIMES and isinstance(value, int):
        return format_time(value) if value else "never"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if key == "ca":
        value = f"certificates {hashlib.sha256(value.encode()).hexdigest()[:8]}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
