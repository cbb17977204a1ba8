"""Where Apache reaches a hub in a cluster."""

from openstack_hub.kubernetes.client import Refused

READER = "openstack-hub-web"  # ServiceAccount of Apache's machine
TYPES = {"LoadBalancer": "load_balancer", "NodePort": "node_port"}


def load_balancer_urls(service):
    """URLs of a Service of type LoadBalancer; none while it has no address. service: as the API returns it."""
    port = next(port["port"] for port in service["spec"]["ports"])
    suffix = "" if port == 80 else f":{port}"
    addresses = (service.get("status", {}).get("loadBalancer") or {}).get("ingress") or []
    hosts = [entry.get("ip") or entry.get("hostname") for entry in addresses]
    return [f"http://{f'[{host}]' if ':' in host else host}{suffix}/" for host in hosts if host]


def pending_reason(service, events):
    """Why the load balancer has no address yet: the newest warning about it, else the newest event."""
    name = service["metadata"]["name"]
    ordered = sorted(events, key=lambda event: (event["type"] == "Warning", event.get("lastTimestamp") or ""))
    message = (
        f"{ordered[-1]['reason']}: {' '.join(ordered[-1]['message'].split())}"
        if ordered
        else "the cluster says nothing about it"
    )
    return (
        f"the load balancer of Service {name} has no address yet: {message}. If the cluster has no load balancers, "
        "set hub_service: {type: node_port} and run hub.yml again"
    )


def find_backends(api, namespace, name):
    """{"type", "backends", "pending", "reader"} of Service NAME. Raises Refused, also for a Service of another type."""
    path = f"/api/v1/namespaces/{namespace}"
    service = api.get(f"{path}/services/{name}")
    service_type = service["spec"]["type"]
    if service_type not in TYPES:
        raise Refused(f"Service {name} is of type {service_type}, so Apache cannot reach it: run hub.yml again")
    urls = load_balancer_urls(service) if service_type == "LoadBalancer" else []
    accounts = api.items(f"{path}/serviceaccounts", metadata=True)
    reader = READER in {account["metadata"]["name"] for account in accounts}
    pending = ""
    if service_type == "LoadBalancer" and not urls:
        selector = f"involvedObject.kind=Service,involvedObject.name={name}"
        pending = pending_reason(service, api.items(f"{path}/events", fieldSelector=selector))
    return {"type": TYPES[service_type], "backends": urls, "pending": pending, "reader": reader}
