"""Networks: whether they overlap, and whom those that may connect admit (platform kubernetes)."""

import ipaddress

from openstack_hub.validation.problems import Problem

SERVICES = "10.254.0.0/16"  # Magnum's default of the label service_cluster_ip_range
USELESS = tuple(
    map(ipaddress.ip_network, ("127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::1/128", "fe80::/10", "ff00::/8"))
)
PODS = ("cluster_pod_network",)
NODES = ("cloud_network", "cidr")
LEAST_LENGTH = 8  # of a network of pods or nodes: a larger one contains addresses of others


def networks_problems(v):
    nodes = _network((v["cloud_network"] or {}).get("cidr"))
    pods = _network(v["cluster_pod_network"])
    for path, network in ((PODS, pods), (NODES, nodes)):
        unusable = list(own_network_problems(path, network)) if network else []
        yield from unusable or service_network_problems(path, network, v, (pods, nodes))
    if nodes and pods and nodes.version == pods.version and nodes.overlaps(pods):
        text = f"{nodes} overlaps with {pods} of the pods (cluster_pod_network): write another network"
        yield Problem(NODES, f"{text}, such as {_apart(nodes, [pods])}")
    if pods and pods.version == 6 and not v["cluster_kubeconfig"] and v.is_valid("cluster_kubeconfig"):
        text = f"{pods} is IPv6, but Magnum's drivers give pods IPv4 addresses: write for example 10.100.0.0/16"
        yield Problem(PODS, text)
    yield from open_networks(v)


def own_network_problems(path, network):
    if network.prefixlen < LEAST_LENGTH or any(network.overlaps(other) for other in _same_version(network, USELESS)):
        text = f"{network} contains addresses that are not free to use: write a private network"
        yield Problem(path, f"{text}, such as {'10.100.0.0/16' if path == PODS else '10.20.0.0/24'}")
    elif network.num_addresses < 16 and path == NODES:
        text = f"{network} has {network.num_addresses} addresses, of which the cloud needs several itself"
        yield Problem(path, f"{text}: write a larger network, such as 10.20.0.0/24")


def service_network_problems(path, network, v, taken):
    """An overlap with the addresses of Services, which nobody sees: their traffic would get lost."""
    if v["cluster_kubeconfig"] or v["cluster_labels"] is None or not network:
        return
    label = v["cluster_labels"].get("service_cluster_ip_range")
    services = _network(label or SERVICES)
    if services and network.version == services.version and network.overlaps(services):
        who = "cluster_labels puts" if label else "drivers of Magnum put"
        text = f"{network} overlaps with {services}, where {who} Services: write another network"
        other = _apart(network, [services, *(each for each in taken if each not in (None, network))])
        yield Problem(path, f"{text}, such as {other}", warning=not label)


def open_networks(v):
    """Networks that may connect and are everybody."""
    for name, whom in (
        ("cloud_ssh_allowed_cidrs", "may try to sign in by SSH: write the networks from which you connect"),
        ("cluster_api_allowed_cidrs", "can reach the cluster's API: write the networks from which you connect"),
    ):
        for i, cidr in _open(v[name]):
            yield Problem((name, i), f"{cidr} is the whole internet, which {whom}", warning=True)
    service = v["hub_service"] or {}
    for i, cidr in _open(service.get("allowed_cidrs")):
        text = (
            f"{cidr} is the whole internet, which could reach the hub without HTTPS: write the address of Apache's host"
        )
        yield Problem(("hub_service", "allowed_cidrs", i), f"{text}, such as 192.0.2.7/32")


def _open(cidrs):
    return [(i, cidr) for i, cidr in enumerate(cidrs or []) if cidr and _network(cidr).prefixlen == 0]


def _network(cidr):
    """The network CIDR, None without or if it is none."""
    try:
        return ipaddress.ip_network(cidr) if cidr else None
    except ValueError:
        return None


def _same_version(network, others):
    return [other for other in others if other.version == network.version]


def _apart(network, taken):
    """A private network of about the size of NETWORK that does not overlap with those of TAKEN."""
    found = [
        f"{start}/{max(network.prefixlen, 16)}" for start in ("10.20.0.0", "10.200.0.0", "172.20.0.0", "192.168.0.0")
    ]
    apart = (cidr for cidr in found if not any(map(_network(cidr).overlaps, _same_version(_network(cidr), taken))))
    return next(apart, found[-1])
