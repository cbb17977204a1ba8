"""From the node groups that are there to those that are wanted: pure functions over what the API says."""

from openstack_hub.openstack.magnum_states import failed, reasons, same, vanishing
from openstack_hub.openstack.poll import Impossible

WORKER = "default-worker"
OTHER = "-b"  # a group whose flavor changes gets a successor under its name with this, or without it again
ZERO, LABELS = (1, 10), (1, 14)  # microversions that know groups of 0 machines, labels and taints of nodes
BROKEN = ("CREATE_FAILED", "DELETE_FAILED")
FIXED = {"flavor_id": "flavor", "image_id": "image"}


def literally(_field, have, want):
    return same(have, want)


def plan(groups, wanted, alike=literally, version=LABELS, *, replace=False, recreate=False, image=None):
    """What leads from GROUPS to WANTED: [(what, sentence, group, argument), ...], to be done one after the other.

    groups: dicts of the API, without the control plane's. wanted: [{"name", "title", "flavor_id", "image_id" or None,
    "min", "max", "node_labels", "node_taints"}]; title is the operator's name, name the one in Magnum.
    alike(field, have, want): whether two values mean the same. version: Magnum's, (1, 14). image: what groups without
    an image of their own have to follow; None: nothing. Raises Impossible with a sentence for each thing that cannot be
    done.
    """
    groups = [group for group in groups if not vanishing(group["status"])]
    there = {group["name"]: group for group in groups}
    todo, mistakes, kept = [], [], set()
    for want in wanted:
        title, names = want["title"], [want["name"]] if want["name"] == WORKER else [want["name"], want["name"] + OTHER]
        have = [there[name] for name in names if name in there]
        kept.update(group["name"] for group in have)
        broken = [group for group in have if group["status"] in BROKEN and not group["is_default"]]
        have = [group for group in have if group not in broken]
        fitting = [group for group in have if not differing(group, want, alike)]
        group = (fitting or have or [None])[0]
        rest = [removal(other, title) for other in have if other is not group]
        gone = [removal(other, title) for other in broken]
        if fitting:
            own = group["is_default"] or want["image_id"]
            follow = image and not own and not alike("image_id", group["image_id"], image)
            todo += [*changes(group, want, version, follow), *rest, *gone]
        elif broken and not recreate:
            mistakes += [failure(group, title) for group in broken]
        elif group is None:
            todo += [*gone, creation(want, want["name"], want["min"])]
        elif replace and group["name"] != WORKER:
            other = next(name for name in names if name != group["name"])  # what has this name makes room
            todo += [*gone, *rest, creation(want, other, clamp(group["node_count"], want)), removal(group, title)]
        else:
            why = "; ".join(f"{FIXED[f]} is {have}, wanted is {new}" for f, have, new in differing(group, want, alike))
            mistakes.append(f"node group {title}: {why}. {way_out(group)}")
    if mistakes:
        raise Impossible("\n".join(mistakes))
    unlisted = [group for group in groups if group["name"] not in kept and not group["is_default"]]
    return todo + [removal(group, group["name"]) for group in unlisted]


def differing(group, want, alike):
    """[(field, there, wanted)] of what Magnum cannot change. Without an image of its own a group has the cluster's."""
    fields = [field for field in FIXED if want[field]]
    return [(f, group.get(f), want[f]) for f in fields if not alike(f, group.get(f), want[f])]


def way_out(group):
    if group["name"] == WORKER:
        return (
            "The first node group is Magnum's own and keeps what it was made with: write the old value, "
            "put the new one into a further group and let profiles name that"
        )
    return (
        "Magnum cannot change it: write the old value, or allow with cluster_node_groups_replace: true that a new "
        "group is made and this one removed (servers on it are stopped)"
    )


def creation(want, name, count):
    sentence = f"create node group {want['title']} ({want['flavor_id']}, {span(want)})"
    return "create", sentence, None, {"name": name, "count": clamp(count, want), "want": want}


def removal(group, title):
    return "remove", f"remove node group {title} ({group['flavor_id']}, {machines(group['node_count'])})", group, None


def changes(group, want, version, follow=False):
    """What turns an existing group into the wanted one: its count only ever moves into the bounds.

    follow: whether it has an image that the others were upgraded from.
    """
    title, todo, count = want["title"], [], clamp(group["node_count"], want)
    if failed(group["status"]) and count == group["node_count"] and not widened(group, count):
        # Else what follows is another try.
        sentence = f"ask node group {title} to try its last update again, which failed: {'; '.join(reasons(group))}"
        todo.append(("resize", sentence, group, count))
    if follow:
        todo.append(("upgrade", f"upgrade node group {title} after the others", group, None))
    if count != group["node_count"]:
        todo.append(("resize", f"resize node group {title} to {machines(count)}", group, count))
    patch = {field: want[key] for field, key in BOUNDS.items() if group.get(field) != want[key]}
    parts = [span(want)] if patch else []
    for field in ("node_labels", "node_taints") if version >= LABELS else ():
        have, new = plain(group.get(field)), plain(want[field])
        if have != new and (have or new):  # none may be told as nothing
            patch[field] = new
            parts.append(f"{field.replace('_', ' ')} {told(new)}")
    if patch:
        todo.append(("patch", f"set node group {title}: {', '.join(parts)}", group, patch))
    return todo


BOUNDS = {"min_node_count": "min", "max_node_count": "max"}


def widened(group, count):
    """Bounds that let the group have COUNT machines, as a patch; {} when it may already.

    The bounds must hold its present count, too, which an autoscaler may have moved out of them.
    """
    low, high = group.get("min_node_count") or 0, group.get("max_node_count") or None
    if count >= low and (high is None or count <= high):
        return {}
    least, most = sorted((count, group["node_count"]))
    patch = {"min_node_count": least} if least < low else {}
    return patch | ({"max_node_count": most} if high is not None and most > high else {})


def plain(value):
    """Labels or taints as the API shows them, for comparing: strings, in one order."""
    if isinstance(value, dict):
        return {key: str(each) for key, each in sorted(value.items())}
    return sorted(({key: str(each) for key, each in taint.items() if each} for taint in value or []), key=str)


def told(value):
    if isinstance(value, dict):
        return " ".join(f"{key}={each}" for key, each in value.items()) or "none"
    return " ".join(f"{t['key']}={t.get('value', '')}:{t['effect']}" for t in value) or "none"


def clamp(count, want):
    return min(max(count, want["min"]), want["max"])


def span(want):
    return f"{want['min']} to {machines(want['max'])}"


def machines(count):
    return f"{count} machine" + "s" * (count != 1)


def failure(group, title):
    why = "; ".join(reasons(group))
    way = "Mend the cause, then run again: the update is tried once more"
    if group["status"] in BROKEN and not group["is_default"]:
        way = "Mend the cause, then run again with -e cluster_recreate=true: the group is removed and made anew"
    return f"node group {title} is {group['status']}: {why}. {way}"


def unsupported(wanted, version):
    """Sentences about what this Magnum is too old for."""
    speaks = f"Magnum of this cloud speaks {version[0]}.{version[1]}"
    for want in wanted:
        if version < LABELS and (want["node_labels"] or want["node_taints"]):
            yield f"cluster_node_groups, {want['title']}: its nodes get no labels and taints, that needs 1.14; {speaks}"
        if version < ZERO and want["min"] == 0:
            yield f"cluster_node_groups, {want['title']}: begins with one machine, none needs 1.10; {speaks}"


def describe(group):
    """One line about a group, while something goes on."""
    up = f", {len(group['node_addresses'])} up" if group.get("node_addresses") is not None else ""
    why = f": {group['status_reason']}" if group.get("status_reason") else ""
    return f"{group['name']} {group['status']}, {machines(group['node_count'])}{up}{why}"


def lagging(groups, old):
    """Groups that still have one of the OLD images, from which the default group was upgraded already.

    Drivers that keep no image per group leave the default group's as it was, too: nothing lags there.
    """
    worker = next((group for group in groups if group["name"] == WORKER), None)
    if not worker or worker["image_id"] in old:
        return []
    return [group for group in groups if not group["is_default"] and group["image_id"] in old]
