"""The proxy's pod, and the Service through which Apache reaches it."""

from openstack_hub.chart.hub import affinity, tolerations
from openstack_hub.chart.names import LABELS
from openstack_hub.chart.quantities import resources
from openstack_hub.model import derived

IDLE_TIMEOUT = 3600  # seconds without traffic after which a connection is closed, as in Apache
INTERNAL = "service.beta.kubernetes.io/openstack-internal-load-balancer"
LOAD_BALANCER = {  # for the cloud's controller of load balancers, Octavia's
    INTERNAL: "true",
    "loadbalancer.openstack.org/timeout-client-data": str(IDLE_TIMEOUT * 1000),
    "loadbalancer.openstack.org/timeout-member-data": str(IDLE_TIMEOUT * 1000),
}


def proxy_values(model, sources):
    """Values of the proxy and its Service; sources: CIDRs of Apache's addresses."""
    return {
        "service": service_values(model["service"], sources),
        "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
        "chp": {
            "resources": resources(derived.proxy_resources(model["max_users"])),
            "extraPodSpec": affinity(model["core_placement"]),
            "tolerations": tolerations(model["core_placement"]),
            "networkPolicy": network_policy(model["service"], sources),
        },
    }


def service_values(settings, sources):
    if settings["type"] == "load_balancer":
        address = {"loadBalancerIP": settings["address"]} if settings["address"] else {}
        annotations = LOAD_BALANCER | settings["annotations"]
        return {"type": "LoadBalancer", "annotations": annotations, "loadBalancerSourceRanges": sources, **address}
    return {
        "type": "NodePort",
        "nodePorts": {"http": settings["node_port"]},
        "annotations": settings["annotations"],
    }


def network_policy(settings, sources):
    """The NetworkPolicy of the proxy; the chart's own rules let it reach the hub and user servers.

    Traffic through a load balancer has the address of the balancer or a node, so the balancer must filter it.
    """
    balanced = settings["type"] == "load_balancer"
    return {
        "allowedIngressPorts": ["http"] if balanced else [],
        "ingress": []
        if balanced
        else [{"ports": [{"port": "http"}], "from": [{"ipBlock": {"cidr": cidr}} for cidr in sources]}],
        "egressAllowRules": {
            "cloudMetadataServer": False,
            "dnsPortsCloudMetadataServer": False,
            "nonPrivateIPs": False,
            "privateIPs": False,
        },
    }


def service_patch(model):
    """A manifest to merge into the chart's Service, for what its values cannot set.

    Traffic to a node port keeps its source address only on the node of the pod, and the policy filters by it.
    """
    local = model["service"]["type"] == "node_port"
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "proxy-public", "namespace": model["namespace"], "labels": LABELS},
        "spec": {"externalTrafficPolicy": "Local" if local else "Cluster"},
    }
