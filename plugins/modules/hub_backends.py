#!/usr/bin/python
"""Ask a Kubernetes cluster once where Apache reaches the hub. Changes nothing."""

DOCUMENTATION = """
module: hub_backends
short_description: Where Apache reaches a hub on Kubernetes
description:
  - Looks at the Service through which the hub is reached. Of a load balancer it returns the address; of node ports the
    port, because which machine answers changes while the hub runs.
  - A load balancer without an address is RV(pending), with what the cluster says about it; ask again with C(until).
options:
  kubeconfig: {description: Path of the cluster's kubeconfig., type: path, required: true}
  namespace: {description: The hub's namespace., type: str, required: true}
  service: {description: Name of the Service., type: str, default: proxy-public}
requirements: [kubernetes]
author: [openstack-hub]
"""

EXAMPLES = """
- name: Ask the cluster where the hub is
  hub_backends:
    kubeconfig: .kube/config
    namespace: jupyterhub
  register: hub
  until: not hub.pending
  retries: 180
  delay: 5
"""

RETURN = """
type: {description: C(load_balancer) or C(node_port); empty when the Service is not there., type: str, returned: always}
backends: {description: "Addresses of the load balancer, as URLs.", type: list, elements: str, returned: always}
reader: {description: "Whether a machine of Apache's may read where a hub of node ports is.", type: bool,
         returned: always}
pending: {description: "Why there is nothing to connect with yet, or empty.", type: str, returned: always}
server: {description: Address of the cluster's API., type: str, returned: always}
ca: {description: "The API's CA in PEM; empty for those that the machine trusts.", type: str, returned: always}
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.kubernetes.client import MISSING, Api, Refused, Unreachable

READER = "openstack-hub-web"  # ServiceAccount
TYPES = {"LoadBalancer": "load_balancer", "NodePort": "node_port"}


def backends(service):
    """URLs of a Service of type LoadBalancer; none while it has no address. service: as the API gives it."""
    port = next(port["port"] for port in service["spec"]["ports"])
    suffix = "" if port == 80 else f":{port}"
    given = (service.get("status", {}).get("loadBalancer") or {}).get("ingress") or []
    hosts = [entry.get("ip") or entry.get("hostname") for entry in given]
    return [f"http://{f'[{host}]' if ':' in host else host}{suffix}/" for host in hosts if host]


def why(service, events):
    """Why the load balancer has no address yet: the newest warning about it, else the newest event."""
    name = service["metadata"]["name"]
    told = sorted(events, key=lambda event: (event["type"] == "Warning", event.get("lastTimestamp") or ""))
    said = (
        f"{told[-1]['reason']}: {' '.join(told[-1]['message'].split())}"
        if told
        else "the cluster says nothing about it"
    )
    return (
        f"the load balancer of Service {name} has no address yet: {said}. A cluster without load balancers never gives "
        "one: write hub_service: {type: node_port} then, and run hub.yml again"
    )


def found(api, namespace, name):
    """{"type", "backends", "pending", "reader"}. Raises Refused, also when that Service leads nowhere."""
    where = f"/api/v1/namespaces/{namespace}"
    service = api.get(f"{where}/services/{name}")
    kind = service["spec"]["type"]
    if kind not in TYPES:
        raise Refused(f"Service {name} is of type {kind}, through which Apache cannot reach it: run hub.yml again")
    urls = backends(service) if kind == "LoadBalancer" else []
    accounts = api.items(f"{where}/serviceaccounts", metadata=True)
    reader = READER in {account["metadata"]["name"] for account in accounts}
    if kind == "NodePort" or urls:
        return {"type": TYPES[kind], "backends": urls, "pending": "", "reader": reader}
    about = f"involvedObject.kind=Service,involvedObject.name={name}"
    return {
        "type": TYPES[kind],
        "backends": [],
        "reader": reader,
        "pending": why(service, api.items(f"{where}/events", fieldSelector=about)),
    }


def main():
    module = AnsibleModule(
        {
            "kubeconfig": {"type": "path", "required": True},
            "namespace": {"type": "str", "required": True},
            "service": {"type": "str", "default": "proxy-public"},
        },
        supports_check_mode=True,
    )
    if MISSING:
        module.fail_json(msg="the Python package kubernetes is missing: install requirements.txt", exception=MISSING)
    asked, result = module.params, {"type": "", "backends": [], "pending": "", "reader": False, "server": "", "ca": ""}
    try:
        api = Api(asked["kubeconfig"])
        result |= {"server": api.server, "ca": Path(api.ca_file).read_text() if api.ca_file else ""}
        result |= found(api, asked["namespace"], asked["service"])
        error = ""
    except Refused as refusal:
        error = f"{asked['service']} in namespace {asked['namespace']}: {refusal}"
        error += ". Run hub.yml first" if refusal.status == 404 else ""
    except Unreachable as trouble:
        error = f"the cluster gives no answer: {trouble}"
    if error and not module.check_mode:  # what a run makes before it comes here is not there in a check
        module.fail_json(msg=error, **result)
    module.exit_json(**result | {"pending": error or result["pending"], "msg": error or result["pending"]})


if __name__ == "__main__":
    main()
