"""What the modules about a hub in a cluster make of its API's words."""

import pytest

from openstack_hub.kubernetes.client import Refused, Unreachable
from openstack_hub.kubernetes.hub_facts import quantity, requested


def service(kind="LoadBalancer", port=80, ingress=None, name="proxy-public"):
    status = {"loadBalancer": {"ingress": ingress} if ingress else {}}
    return {
        "metadata": {"name": name, "namespace": "jupyterhub", "uid": name},
        "spec": {"type": kind, "ports": [{"port": port}]},
        "status": status,
    }


class Cluster:
    """Answers from a table of paths; an exception is raised. Deletes take effect at the next look."""

    def __init__(self, answers):
        self.answers, self.deleted = answers, []

    def _at(self, path):
        answer = self.answers[path]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def get(self, path):
        return self._at(path)

    def items(self, path, **query):
        return [item for item in self._at(path) if item.get("metadata", {}).get("uid") not in self.deleted]

    def delete(self, path):
        self.deleted.append(path.rpartition("/")[2])


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
def test_addresses_of_a_load_balancer(load, ingress, port, urls):
    assert load("modules/hub_backends").backends(service(ingress=ingress, port=port)) == urls


def test_why_a_load_balancer_is_pending(load):
    module = load("modules/hub_backends")
    ensuring = {"type": "Normal", "reason": "EnsuringLoadBalancer", "message": "Ensuring", "lastTimestamp": "3"}
    quota = {"type": "Warning", "reason": "SyncLoadBalancerFailed", "message": "Quota\nexceeded", "lastTimestamp": "2"}
    assert "SyncLoadBalancerFailed: Quota exceeded. " in module.why(service(), [quota, ensuring])
    assert "the cluster says nothing about it" in module.why(service(), [])
    where = "/api/v1/namespaces/n"
    api = Cluster({f"{where}/services/s": service(), f"{where}/events": [ensuring], f"{where}/serviceaccounts": []})
    assert "EnsuringLoadBalancer" in module.found(api, "n", "s")["pending"]
    api.answers["/api/v1/namespaces/n/services/s"] = service("NodePort")
    assert module.found(api, "n", "s") == {"type": "node_port", "backends": [], "pending": "", "reader": False}
    api.answers["/api/v1/namespaces/n/services/s"] = service("ClusterIP")
    with pytest.raises(Refused, match="of type ClusterIP"):
        module.found(api, "n", "s")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("100m", 0.1),
        ("2", 2),
        ("1.5", 1.5),
        ("16Gi", 16 << 30),
        ("500M", 5e8),
        ("1e3", 1000),
        ("8389184Ki", 8389184 << 10),
    ],
)
def test_quantities(text, number):
    assert quantity(text) == number


def test_what_a_pod_holds():
    def container(**requests):
        return {"resources": {"requests": requests}}

    spec = {
        "containers": [container(cpu="100m"), container(memory="1Gi", cpu="1")],
        "initContainers": [container(cpu="3")],
    }
    assert requested(spec) == {"cpu": 3, "memory": 1 << 30, "gpus": 0}
    assert requested({"containers": [{}]}) == {"cpu": 0, "memory": 0, "gpus": 0}


def test_only_what_is_meant_goes(load):
    module = load("modules/hub_removal")
    services = [service(), service("ClusterIP", name="hub"), service("NodePort", name="port")]
    cluster = Cluster({"/api/v1/services": services})
    removed, left = module.remove(cluster, "services", None, deadline=0, pause=0)
    assert [one["name"] for one in removed] == ["jupyterhub/proxy-public"]
    assert (cluster.deleted, left) == (["proxy-public"], [])


def claim(name, component):
    return {"metadata": {"name": name, "namespace": "n", "uid": name, "labels": {"component": component}}, "spec": {}}


def test_homes_are_users_claims_and_the_hubs_own(load):
    module = load("modules/hub_removal")
    claims = [claim("claim-ann", "singleuser-storage"), claim("hub-db-dir", "hub"), claim("data", "database")]
    found = module.listed(Cluster({"/api/v1/namespaces/n/persistentvolumeclaims": claims}), "homes", "n")
    assert sorted(found) == ["claim-ann", "hub-db-dir"]


@pytest.mark.parametrize("error", [Unreachable("api: refused"), Refused("forbidden", 403)])
def test_what_cannot_be_removed_says_why(load, error):
    module = load("modules/hub_removal")
    cluster = Cluster({"/api/v1/services": [service()]})

    def refuse(path):
        raise error

    cluster.delete = refuse
    removed, left = module.remove(cluster, "services", None, deadline=0, pause=0)
    assert (removed, [one["reason"] for one in left]) == ([], [str(error)])
