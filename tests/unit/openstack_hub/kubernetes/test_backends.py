"""The addresses at which Apache reaches a hub on Kubernetes."""

import pytest
from api_samples import Cluster, service

from openstack_hub.kubernetes.backends import find_backends, load_balancer_urls, pending_reason
from openstack_hub.kubernetes.client import Refused


@pytest.mark.parametrize(
    ("ingress", "port", "urls"),
    [
        (None, 80, []),
        ([{"ip": "10.0.0.9"}], 80, ["http://10.0.0.9/"]),
        (
            [{"ip": "2001:db8::1"}, {"hostname": "lb.example.org"}],
            8080,
            ["http://[2001:db8::1]:8080/", "http://lb.example.org:8080/"],
        ),
    ],
)
def test_urls_of_a_load_balancer(ingress, port, urls):
    assert load_balancer_urls(service(ingress=ingress, port=port)) == urls


def test_a_pending_load_balancer_shows_its_last_event():
    ensuring = {"type": "Normal", "reason": "EnsuringLoadBalancer", "message": "Ensuring", "lastTimestamp": "3"}
    quota = {"type": "Warning", "reason": "SyncLoadBalancerFailed", "message": "Quota\nexceeded", "lastTimestamp": "2"}
    assert "SyncLoadBalancerFailed: Quota exceeded. " in pending_reason(service(), [quota, ensuring])
    assert "the cluster says nothing about it" in pending_reason(service(), [])
    where = "/api/v1/namespaces/n"
    api = Cluster({f"{where}/services/s": service(), f"{where}/events": [ensuring], f"{where}/serviceaccounts": []})
    assert "EnsuringLoadBalancer" in find_backends(api, "n", "s")["pending"]
    api.answers["/api/v1/namespaces/n/services/s"] = service("NodePort")
    assert find_backends(api, "n", "s") == {"type": "node_port", "backends": [], "pending": "", "reader": False}
    api.answers["/api/v1/namespaces/n/services/s"] = service("ClusterIP")
    with pytest.raises(Refused, match="of type ClusterIP"):
        find_backends(api, "n", "s")
