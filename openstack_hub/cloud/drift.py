"""Drift between the cluster and the variables, as sentences."""

from openstack_hub.cloud.instances import match_node_groups, matching


def drift(v, facts):
    """Sentences; none when there is no cluster to compare with."""
    cluster = facts.get("cluster")
    if not cluster:
        return []
    sentences = []
    existing, wants = cluster["coe_version"], v["cluster_kubernetes_version"]
    if existing and existing.lstrip("v") != wants.lstrip("v"):
        sentences.append(f"cluster_kubernetes_version is {wants}, the cluster has {existing}")
    pairs, undeclared = match_node_groups(v, facts)
    for instances, existing in pairs:
        if not existing:
            sentences.append(f"node group {instances.title} does not exist")
        elif instances.number is None:
            sentences += control_plane_drift(instances, existing[0], facts)
        else:
            sentences += node_group_drift(instances, existing[0], v["cluster_node_groups"][instances.number], facts)
            sentences += [
                f"node group {group['name']} still exists in addition to its successor" for group in existing[1:]
            ]
    others = [group["name"] for group in undeclared if not group["is_default"]]
    return sentences + [f"node group {name} is not in cluster_node_groups" for name in others]


def same_resource(one, other, resources):
    """Whether two names or ids mean one of RESOURCES."""
    return one == other or any(resource in matching(other, resources) for resource in matching(one, resources))


def control_plane_drift(instances, group, facts):
    if group["node_count"] != instances.low:
        yield f"cluster_control_plane.count is {instances.low}, the cluster has {group['node_count']}"
    if not same_resource(instances.flavor, group["flavor_id"], facts.get("flavors")):
        yield f"cluster_control_plane.flavor is {instances.flavor}, the cluster has {group['flavor_id']}"


def node_group_drift(instances, group, wants, facts):
    prefix = f"node group {instances.title}"
    if not same_resource(instances.flavor, group["flavor_id"], facts.get("flavors")):
        yield f"{prefix}: flavor is {instances.flavor}, its nodes have {group['flavor_id']}"
    if wants["image"] and not same_resource(instances.image, group["image_id"], facts.get("images")):
        yield f"{prefix}: image is {instances.image}, its nodes have {group['image_id']}"
    for key, want in (("min", instances.low), ("max", instances.high)):
        existing = group[f"{key}_node_count"]
        if existing != want:
            yield f"{prefix}: {key} is {want}, Magnum has {'none' if existing is None else existing}"
    if not instances.low <= group["node_count"] <= instances.high:
        yield f"{prefix}: {group['node_count']} nodes are not {instances.low} to {instances.high}"
