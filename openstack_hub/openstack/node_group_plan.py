"""Actions that lead from the existing node groups to the desired ones: pure functions over what the API returns."""

from openstack_hub.openstack.errors import ImpossibleChange
from openstack_hub.openstack.magnum_api import (
    BROKEN,
    DEFAULT_WORKER,
    EMPTY_NODE_GROUPS,
    NODE_LABELS,
    being_deleted,
    failure_reasons,
    has_failed,
    is_same,
    node_group_names,
)
from openstack_hub.schema.units import counted

FIXED_FIELDS = {"flavor_id": "flavor", "image_id": "image"}
BOUNDS = {"min_node_count": "min", "max_node_count": "max"}


def plan_node_groups(
    groups,
    desired,
    is_equivalent=lambda field, old, new: is_same(old, new),
    version=NODE_LABELS,
    *,
    replace=False,
    recreate=False,
    image=None,
):
    """[(action, sentence, group, argument), ...] from GROUPS to DESIRED, to be done one after the other.

    groups: dicts of the API, without the control plane's. desired: [{"name", "title", "flavor_id", "image_id" or None,
    "min", "max", "node_labels", "node_taints"}]; title is the operator's name, name the one in Magnum.
    is_equivalent(field, old, new): whether two values mean the same. version: Magnum's microversion. image: what groups
    without an image of their own are upgraded to, or None. Raises ImpossibleChange with a sentence for each thing that
    cannot be done.
    """
    groups = [group for group in groups if not being_deleted(group["status"])]
    by_name = {group["name"]: group for group in groups}
    actions, errors, listed = [], [], set()
    for want in desired:
        title, names = want["title"], node_group_names(want["name"])
        existing = [by_name[name] for name in names if name in by_name]
        listed.update(group["name"] for group in existing)
        broken = [group for group in existing if group["status"] in BROKEN and not group["is_default"]]
        existing = [group for group in existing if group not in broken]
        matching = [group for group in existing if not differences(group, want, is_equivalent)]
        group = (matching or existing or [None])[0]
        others = [removal(other, title) for other in existing if other is not group]
        removals = [removal(other, title) for other in broken]
        if matching:
            own_image = group["is_default"] or want["image_id"]
            outdated = image and not own_image and not is_equivalent("image_id", group["image_id"], image)
            actions += [*changes(group, want, version, outdated), *others, *removals]
        elif broken and not recreate:
            errors += [failure_message(group, title) for group in broken]
        elif group is None:
            actions += [*removals, creation(want, want["name"], want["min"])]
        elif replace and group["name"] != DEFAULT_WORKER:
            free_name = next(name for name in names if name != group["name"])
            successor = creation(want, free_name, clamp(group["node_count"], want))
            actions += [*removals, *others, successor, removal(group, title)]
        else:
            differing = "; ".join(
                f"{FIXED_FIELDS[field]} is {old}, {new} is wanted"
                for field, old, new in differences(group, want, is_equivalent)
            )
            errors.append(f"node group {title}: {differing}. {way_out(group)}")
    if errors:
        raise ImpossibleChange("\n".join(errors))
    unlisted = [group for group in groups if group["name"] not in listed and not group["is_default"]]
    return actions + [removal(group, group["name"]) for group in unlisted]


def differences(group, want, is_equivalent):
    """[(field, existing, desired)] of what Magnum cannot change. A group without its own image has the cluster's."""
    fields = [field for field in FIXED_FIELDS if want[field]]
    return [(f, group.get(f), want[f]) for f in fields if not is_equivalent(f, group.get(f), want[f])]


def way_out(group):
    if group["name"] == DEFAULT_WORKER:
        return (
            "Magnum created the first node group with the cluster and cannot change it: write the old value, "
            "add a group with the new flavor and set it as node_group of the profiles"
        )
    return (
        "Magnum cannot change it: write the old value, or allow with cluster_node_groups_replace: true that a new "
        "group is created and this one removed (servers on it are stopped)"
    )


def creation(want, name, count):
    sentence = f"create node group {want['title']} ({want['flavor_id']}, {bounds_text(want)})"
    return "create", sentence, None, {"name": name, "count": clamp(count, want), "want": want}


def removal(group, title):
    return (
        "remove",
        f"remove node group {title} ({group['flavor_id']}, {counted(group['node_count'], 'node')})",
        group,
        None,
    )


def changes(group, want, version, outdated=False):
    """Actions that turn an existing group into the desired one: its count is only ever moved into the bounds.

    outdated: whether it has an image from which the others were upgraded.
    """
    title, actions, count = want["title"], [], clamp(group["node_count"], want)
    if has_failed(group["status"]) and count == group["node_count"] and not widened_bounds(group, count):
        # In all other cases the actions that follow are the retry.
        sentence = f"retry the last update of node group {title}, which failed: {'; '.join(failure_reasons(group))}"
        actions.append(("resize", sentence, group, count))
    if outdated:
        actions.append(("upgrade", f"upgrade node group {title} after the others", group, None))
    if count != group["node_count"]:
        actions.append(("resize", f"resize node group {title} to {counted(count, 'node')}", group, count))
    patch = {field: want[key] for field, key in BOUNDS.items() if group.get(field) != want[key]}
    parts = [bounds_text(want)] if patch else []
    for field in ("node_labels", "node_taints") if version >= NODE_LABELS else ():
        old, new = normalized(group.get(field)), normalized(want[field])
        if old != new and (old or new):  # the API may show none as null
            patch[field] = new
            parts.append(f"{field.replace('_', ' ')} {labels_text(new)}")
    if patch:
        actions.append(("patch", f"set node group {title}: {', '.join(parts)}", group, patch))
    return actions


def widened_bounds(group, count):
    """A patch of bounds that lets the group have COUNT nodes; {} when it may already.

    The bounds must hold its present count, too, which an autoscaler may have moved out of them.
    """
    low, high = group.get("min_node_count") or 0, group.get("max_node_count") or None
    if count >= low and (high is None or count <= high):
        return {}
    least, most = sorted((count, group["node_count"]))
    patch = {"min_node_count": least} if least < low else {}
    return patch | ({"max_node_count": most} if high is not None and most > high else {})


def normalized(value):
    """Labels or taints for comparison: strings, in one order."""
    if isinstance(value, dict):
        return {key: str(each) for key, each in sorted(value.items())}
    return sorted(({key: str(each) for key, each in taint.items() if each} for taint in value or []), key=str)


def labels_text(value):
    if isinstance(value, dict):
        return " ".join(f"{key}={each}" for key, each in value.items()) or "none"
    return " ".join(f"{t['key']}={t.get('value', '')}:{t['effect']}" for t in value) or "none"


def clamp(count, want):
    return min(max(count, want["min"]), want["max"])


def bounds_text(want):
    return f"{want['min']} to {counted(want['max'], 'node')}"


def failure_message(group, title):
    way = "Fix the cause, then run again: the update is retried"
    if group["status"] in BROKEN and not group["is_default"]:
        way = "Fix the cause, then run again with -e cluster_recreate=true: the group is removed and created again"
    return f"node group {title} is {group['status']}: {'; '.join(failure_reasons(group))}. {way}"


def unsupported_settings(desired, version):
    """Sentences about settings for which this Magnum is too old."""
    speaks = f"Magnum of this cloud supports {version[0]}.{version[1]}"
    for want in desired:
        entry = f"cluster_node_groups, {want['title']}"
        if version < NODE_LABELS and (want["node_labels"] or want["node_taints"]):
            yield f"{entry}: its nodes get no labels and taints, which need {'.'.join(map(str, NODE_LABELS))}; {speaks}"
        if version < EMPTY_NODE_GROUPS and want["min"] == 0:
            needed = ".".join(map(str, EMPTY_NODE_GROUPS))
            yield f"{entry}: starts with one node, because a group without nodes needs {needed}; {speaks}"


def describe(group):
    """One progress line about a group."""
    up = f", {len(group['node_addresses'])} up" if group.get("node_addresses") is not None else ""
    reason = f": {group['status_reason']}" if group.get("status_reason") else ""
    return f"magnum: node group {group['name']} {group['status']}, {counted(group['node_count'], 'node')}{up}{reason}"


def outdated_groups(groups, old_images):
    """Groups that still have one of OLD_IMAGES, from which the default group was upgraded already.

    Drivers that keep no image per group leave the default group's as it was, too: nothing is outdated there.
    """
    worker = next((group for group in groups if group["name"] == DEFAULT_WORKER), None)
    if not worker or worker["image_id"] in old_images:
        return []
    return [group for group in groups if not group["is_default"] and group["image_id"] in old_images]
