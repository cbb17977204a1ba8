"""Which resources of a project a cluster or a site has left behind, and in which order they can be removed.

Pure functions. A resource is a dict: kind, id, name, description, and metadata where its kind has it.
Names and descriptions are those of cloud-provider-openstack, the Cluster API provider and Magnum's two Cluster API
drivers. They hold the cluster's Magnum UUID or the name of its stack, which no other cluster ever gets.
"""

import re

from openstack_hub.openstack.site_plan import MARK, MARK_PREFIX, mark

# Kind -> service that knows it, in the order in which they can be removed.
KINDS = {
    "load balancer": "load-balancer",
    "DNS record": "dns",
    "instance": "compute",
    "floating IP": "network",
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
VOLUME_CLUSTER = "cinder.csi.openstack.org/cluster"

# Made by Kubernetes for a Service of type LoadBalancer: removed while the cluster still exists.
SERVICE_PATTERNS = {
    "load balancer": (
        ("name", "kube_service_{id}_.+"),
        ("description", "Kubernetes external service .+ from cluster {id}"),
    ),
    "floating IP": (("description", "Floating IP for Kubernetes external service .+ from cluster {id}"),),
}
PROVIDER = ("description", "Created by cluster-api-provider-openstack cluster .+-{id}")
CLUSTER_PATTERNS = {
    "load balancer": (("name", "k8s-clusterapi-cluster-.+-{id}-kubeapi"), PROVIDER),
    "instance": (("name", "{id}-.+"),),
    "floating IP": (PROVIDER,),
    "port": (PROVIDER,),
    "security group": (
        ("name", "k8s-cluster-.+-{id}-secgroup-(controlplane|worker|bastion)"),
        ("description", "Security Group for .+ Service LoadBalancer in cluster {id}"),
    ),
    "router": (("name", "k8s-clusterapi-cluster-.+-{id}"), PROVIDER),
    "subnet": (("name", "k8s-clusterapi-cluster-.+-{id}"), PROVIDER),
    "network": (("name", "k8s-clusterapi-cluster-.+-{id}"), PROVIDER),
}
# Scope -> owners whose resources it removes.
SCOPES = {"services": ("service",), "cluster": ("service", "cluster", "homes"), "site": ("site",)}


def select(resources, scope, name, ids=(), keep=()):
    """(resources to remove, in their order; resources that remain, each with its `reason`).

    scope: "services" or "cluster", with the cluster's NAME and IDS (its UUID and its stack); or "site", with the site's
    NAME. keep: "homes", "address".
    """
    ids = [one for one in ids if one]  # an empty one would be part of every name
    remove, remain = [], []
    for resource in sorted(resources, key=lambda resource: list(KINDS).index(resource["kind"])):
        resource_owner = owner(resource, name, ids)
        if resource_owner in SCOPES[scope]:
            reason = keep_reason(resource, resource_owner, keep)
        elif scope != "services" and not resource_owner and has_similar_name(resource, name):
            reason = doubt(scope, ids)
        else:
            continue
        if reason:
            remain.append({**resource, "reason": reason})
        else:
            remove.append(resource)
    return remove, remain


def owner(resource, site, ids):
    """Who made RESOURCE: "service" or "cluster" of one of IDS, "homes" (its volumes), "site" (role cloud for SITE),
    "other site" (role cloud for another), or None.
    """
    metadata, description = resource.get("metadata") or {}, resource["description"] or ""
    if resource["kind"] == "volume":
        return "homes" if metadata.get(VOLUME_CLUSTER) in ids else None
    if description == mark(site) or metadata.get(MARK) == site:
        return "site"
    if description.startswith(MARK_PREFIX) or MARK in metadata:
        return "other site"
    for maker, patterns in (("service", SERVICE_PATTERNS), ("cluster", CLUSTER_PATTERNS)):
        if matches(resource, patterns, ids):
            return maker
    return None


def matches(resource, patterns, ids):
    return any(
        re.fullmatch(pattern.replace("{id}", re.escape(one)), resource.get(field) or "")
        for field, pattern in patterns.get(resource["kind"], ())
        for one in ids
    )


def has_similar_name(resource, name):
    """Whether RESOURCE carries NAME: it may belong to it, but nothing proves that."""
    text = " ".join([resource["name"] or "", resource["description"] or "", *(resource.get("metadata") or {}).values()])
    return bool(re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", text))


def keep_reason(resource, resource_owner, keep):
    """Why RESOURCE is kept although it was made here, or None."""
    if resource_owner == "homes" and "homes" in keep:
        return "kept: it holds a home or other data of Kubernetes"
    if resource_owner == "site" and resource["kind"] in ("floating IP", "DNS record") and "address" in keep:
        return "kept: the next instance gets the same address"
    return None


def doubt(scope, ids):
    """Why a resource with a similar name is left alone."""
    if scope == "site":
        return "left alone: its name is similar, but it does not carry this site's mark"
    if ids:
        return "left alone: its name is similar, but it carries neither our mark nor the cluster's ID"
    return "left alone: its name is similar, but Magnum no longer knows the cluster, so its ID is unknown"
