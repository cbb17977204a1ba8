"""A simulated cloud load balancer: Services of type LoadBalancer get an address of the network."""

import contextlib
import json

from kubernetes_testbed.api import MERGE, is_ready
from kubernetes_testbed.network import enter
from kubernetes_testbed.podman import Failed, run

EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"


def update(cluster):
    """
    Put the address of each Service of type LoadBalancer on a worker that can serve it; remove other addresses.

    The address is on the worker's eth0; kube-proxy does the rest, loadBalancerSourceRanges included. When the worker is
    removed, the address moves to another one. The cluster's folder keeps the assignments.
    """
    file = cluster.folder / "balancer.json"
    assigned = json.loads(file.read_text()) if file.exists() else {}
    before = json.dumps(assigned)
    services = desired(cluster.api("GET", "/api/v1/services")["items"])
    running = cluster.real_nodes() if services or assigned else {}
    for key in set(assigned) - set(services):
        _remove_address(cluster, assigned.pop(key), running)
        cluster.network.release(cluster.owner(f"service/{key}"))
    ready = ready_nodes(cluster.nodes()) & set(running) if services else set()
    for key, service in services.items():
        address = cluster.network.allocate(cluster.owner(f"service/{key}"))
        old = assigned.get(key)
        node = choose(ready & endpoints(cluster, service), old and old["node"])
        new = node and {"address": address, "node": node, "process": running[node]}
        if new != old:
            if old:
                _remove_address(cluster, old, running)
            assigned.pop(key, None)
            if new:
                run(*enter(new["process"]), "ip", "addr", "replace", f"{address}/32", "dev", "eth0")
                cluster.network.announce(address, at=cluster.network.owners()[cluster.owner(node)])
                assigned[key] = new
        _write_status(cluster, key, service, address)
    if json.dumps(assigned) != before:
        new = file.with_suffix(".new")
        new.write_text(json.dumps(assigned, indent=1) + "\n")
        new.replace(file)


def desired(services):
    """{namespace/name: Service} of the Services that the cloud serves."""
    return {
        f"{service['metadata']['namespace']}/{service['metadata']['name']}": service
        for service in services
        if service["spec"]["type"] == "LoadBalancer"
        and "loadBalancerClass" not in service["spec"]
        and "deletionTimestamp" not in service["metadata"]
    }


def ready_nodes(nodes):
    """Names of the nodes that a load balancer may send to."""
    return {n["metadata"]["name"] for n in nodes if is_ready(n) and EXCLUDED not in n["metadata"].get("labels", {})}


def choose(candidates, former):
    """The node for an address: the FORMER one while it is a candidate; None if there is no candidate."""
    return former if former in candidates else min(candidates, default=None)


def endpoints(cluster, service):
    """Names of the nodes that can serve: all, but those with a ready pod where traffic stays on its node."""
    if service["spec"].get("externalTrafficPolicy") != "Local":
        return set(cluster.names())
    meta = service["metadata"]
    path = f"/apis/discovery.k8s.io/v1/namespaces/{meta['namespace']}/endpointslices"
    slices = cluster.api("GET", f"{path}?labelSelector=kubernetes.io/service-name={meta['name']}")["items"]
    found = [endpoint for each in slices for endpoint in each.get("endpoints") or []]
    return {endpoint.get("nodeName") for endpoint in found if endpoint["conditions"].get("ready")}


def _remove_address(cluster, assigned, running):
    """Remove an address from a worker's container, if that is still the same one."""
    if running.get(assigned["node"]) == assigned["process"]:
        with contextlib.suppress(Failed):
            run(*enter(assigned["process"]), "ip", "addr", "del", f"{assigned['address']}/32", "dev", "eth0")


def _write_status(cluster, key, service, address):
    ingress = [{"ip": address}]
    if [{"ip": entry.get("ip")} for entry in service["status"]["loadBalancer"].get("ingress", [])] != ingress:
        namespace, name = key.split("/")
        path = f"/api/v1/namespaces/{namespace}/services/{name}/status"
        cluster.api("PATCH", path, {"status": {"loadBalancer": {"ingress": ingress}}}, MERGE)
