"""What a cluster and a site leave behind in a project: whose it is, what goes, and in which order. Pure functions.

A resource is a dict: kind, id, name, description, and where its kind has it metadata.
How things are called follows from cloud-provider-openstack, the Cluster API provider and the two drivers of Magnum: the
cluster is its Magnum UUID or the name of its stack, by which no other cluster ever goes.
"""

import re

from openstack_hub.openstack.site_plan import MARK, mark

# In the order in which they can be removed, and the service that knows them.
KINDS = {
    "load balancer": "load-balancer",
    "DNS record": "dns",
    "machine": "compute",
    "public address": "network",
    "port": "network",
    "volume": "block-storage",
    "security group": "network",
    "router": "network",
    "subnet": "network",
    "network": "network",
}
SERVICES = {
    "load-balancer": "Octavia",
    "dns": "Designate",
    "compute": "Nova",
    "network": "Neutron",
    "block-storage": "Cinder",
}
VOLUME_OWNER = "cinder.csi.openstack.org/cluster"

# What Kubernetes makes for a Service of type LoadBalancer goes while the cluster still stands.
SERVICE = {
    "load balancer": (
        ("name", "kube_service_{id}_.+"),
        ("description", "Kubernetes external service .+ from cluster {id}"),
    ),
    "public address": (("description", "Floating IP for Kubernetes external service .+ from cluster {id}"),),
}
PROVIDER = ("description", "Created by cluster-api-provider-openstack cluster .+-{id}")
CLUSTER = {
    "load balancer": (("name", "k8s-clusterapi-cluster-.+-{id}-kubeapi"), PROVIDER),
    "machine": (("name", "{id}-.+"),),
    "public address": (PROVIDER,),
    "port": (PROVIDER,),
    "security group": (
        ("name", "k8s-cluster-.+-{id}-secgroup-(controlplane|worker|bastion)"),
        ("description", "Security Group for .+ Service LoadBalancer in cluster {id}"),
    ),
    "router": (("name", "k8s-clusterapi-cluster-.+-{id}"), PROVIDER),
    "subnet": (("name", "k8s-clusterapi-cluster-.+-{id}"), PROVIDER),
    "network": (("name", "k8s-clusterapi-cluster-.+-{id}"), PROVIDER),
}


def matches(resource, patterns, ids):
    return any(
        re.fullmatch(pattern.replace("{id}", re.escape(one)), resource.get(field) or "")
        for field, pattern in patterns.get(resource["kind"], ())
        for one in ids
    )


def whose(resource, site, ids):
    """Who made RESOURCE: "service" or "cluster" of one of IDS, "homes" (its volumes), "site" (role cloud), None."""
    metadata = resource.get("metadata") or {}
    if resource["kind"] == "volume":
        return "homes" if metadata.get(VOLUME_OWNER) in ids else None
    if resource["description"] == mark(site) or metadata.get(MARK) == site:
        return "site"
    for owner, patterns in (("service", SERVICE), ("cluster", CLUSTER)):
        if matches(resource, patterns, ids):
            return owner
    return None


def alike(resource, names):
    """Whether RESOURCE carries one of NAMES: it may belong here, but nothing says so for certain."""
    text = " ".join([resource["name"] or "", resource["description"] or "", *(resource.get("metadata") or {}).values()])
    return any(re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", text) for name in names)


def decide(resources, site, cluster, phase, keep):
    """(what goes, in its order; what remains, with the reason).

    cluster: {"name": ..., "ids": [...]}. phase: "before" or "after" Magnum deletes it. keep: "homes", "address".
    """
    wanted = {"before": ("service",), "after": ("service", "cluster", "homes", "site")}[phase]
    go, remain = [], []
    ids = [one for one in cluster["ids"] if one]  # an empty one would be part of every name
    for resource in sorted(resources, key=lambda resource: list(KINDS).index(resource["kind"])):
        owner = whose(resource, site, ids)
        if owner in wanted:
            reason = kept(resource, owner, keep)
            (remain if reason else go).append({**resource, "reason": reason} if reason else resource)
        elif phase == "after" and not owner and alike(resource, [site, cluster["name"]]):
            remain.append({**resource, "reason": doubt(cluster)})
    return go, remain


def kept(resource, owner, keep):
    """Why RESOURCE stays although it is ours."""
    if owner == "homes" and "homes" in keep:
        return "kept: it holds a home, or what Kubernetes has put on a disk"
    if owner == "site" and resource["kind"] in ("public address", "DNS record") and "address" in keep:
        return "kept: the next machine gets the same address"
    return None


def doubt(cluster):
    if cluster["ids"]:
        return "left alone: its name is like ours, but it bears neither our mark nor the cluster's id"
    return "left alone: its name is like ours, but Magnum no longer knows the cluster, so that its id is not known"
