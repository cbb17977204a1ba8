"""The node proxy's pod, and the service by which Apache reaches it."""

from openstack_hub.chart.hub import affinity
from openstack_hub.chart.names import LABELS
from openstack_hub.chart.quantities import resources
from openstack_hub.model import derived

IDLE = 3600  # seconds that a connection may be silent, as in Apache in front
LOAD_BALANCER = {  # for the cloud's controller of load balancers, Octavia's
    "service.beta.kubernetes.io/openstack-internal-load-balancer": "true",
    "loadbalancer.openstack.org/timeout-client-data": str(IDLE * 1000),
    "loadbalancer.openstack.org/timeout-member-data": str(IDLE * 1000),
}


def proxy(model, sources):
    """Values of node proxy and service; sources: CIDRs from which Apache comes."""
    return {
        "service": service(model["service"], sources),
        "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
        "chp": {
            "resources": resources(derived.proxy_resources(model["max_users"])),
            "extraPodSpec": affinity(model["core_placement"]),
            "networkPolicy": policy(model["service"], sources),
        },
    }


def service(said, sources):
    if said["type"] == "load_balancer":
        return {"type": "LoadBalancer", "annotations": LOAD_BALANCER, "loadBalancerSourceRanges": sources}
    return {"type": "NodePort", "nodePorts": {"http": said["node_port"]}}


def policy(said, sources):
    """Who reaches the node proxy, and whom it reaches: the hub and users' servers, by rules of the chart's.

    What comes through a load balancer comes from the balancer or from a node, so that the balancer has to tell.
    """
    balanced = said["type"] == "load_balancer"
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
    """What the chart's values cannot say of its service, as a manifest to be merged into it.

    Traffic to a node port keeps its sender's address only where the pod itself runs, and the policy asks for that.
    """
    local = model["service"]["type"] == "node_port"
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "proxy-public", "namespace": model["namespace"], "labels": LABELS},
        "spec": {"externalTrafficPolicy": "Local" if local else "Cluster"},
    }
