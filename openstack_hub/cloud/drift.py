"""What differs between the cluster and the variables, in words."""

from openstack_hub.cloud.machines import WEB, called, nodegroups, wanted


def drift(v, facts):
    """Sentences; none when there is no cluster to compare with."""
    cluster = facts.get("cluster")
    if not cluster:
        return []
    found = []
    there, wants = cluster["coe_version"], v["cluster_kubernetes_version"]
    if there and there.lstrip("v") != wants.lstrip("v"):
        found.append(f"cluster_kubernetes_version is {wants}, the cluster has {there}")
    groups = {group["name"]: group for group in cluster["node_groups"]}
    for kind in wanted(v):
        if kind.path == WEB:
            continue
        there = [groups.pop(name) for name in nodegroups(kind) if name in groups]
        if not there:
            found.append(f"node group {kind.title} is not there")
        elif kind.number is None:
            found += plane(kind, there[0], facts)
        else:
            found += worker(kind, there[0], v["cluster_node_groups"][kind.number], facts)
            found += [f"node group {group['name']} stands beside its successor" for group in there[1:]]
    strange = [name for name, group in groups.items() if not group["is_default"]]
    return found + [f"node group {name} is not in cluster_node_groups" for name in strange]


def same(one, other, things):
    """Whether two names or ids mean one of THINGS."""
    return one == other or any(thing in called(other, things) for thing in called(one, things))


def plane(kind, group, facts):
    if group["node_count"] != kind.low:
        yield f"cluster_control_plane.count is {kind.low}, the cluster has {group['node_count']}"
    if not same(kind.flavor, group["flavor_id"], facts.get("flavors")):
        yield f"cluster_control_plane.flavor is {kind.flavor}, the cluster has {group['flavor_id']}"


def worker(kind, group, wants, facts):
    called_so = f"node group {kind.title}"
    if not same(kind.flavor, group["flavor_id"], facts.get("flavors")):
        yield f"{called_so}: flavor is {kind.flavor}, its machines have {group['flavor_id']}"
    if wants["image"] and not same(kind.image, group["image_id"], facts.get("images")):
        yield f"{called_so}: image is {kind.image}, its machines have {group['image_id']}"
    for key, want in (("min", kind.low), ("max", kind.high)):
        there = group[f"{key}_node_count"]
        if there != want:
            yield f"{called_so}: {key} is {want}, Magnum has {'none' if there is None else there}"
    if not kind.low <= group["node_count"] <= kind.high:
        yield f"{called_so}: {group['node_count']} machines are not {kind.low} to {kind.high}"
