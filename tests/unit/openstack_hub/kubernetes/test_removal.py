"""What is deleted through the API, and what remains."""

import pytest
from api_samples import Cluster, service

from openstack_hub.kubernetes.client import Refused, Unreachable
from openstack_hub.kubernetes.removal import list_objects, remove, remove_all


def test_only_load_balancer_services_are_removed():
    services = [service(), service("ClusterIP", name="hub"), service("NodePort", name="port")]
    cluster = Cluster({"/api/v1/services": services})
    removed, left = remove(cluster, "services", None, deadline=0, pause=0)
    assert [one["name"] for one in removed] == ["jupyterhub/proxy-public"]
    assert (cluster.deleted, left) == (["proxy-public"], [])


def claim(name, component):
    return {"metadata": {"name": name, "namespace": "n", "uid": name, "labels": {"component": component}}, "spec": {}}


def test_homes_are_the_claims_of_users_and_of_the_hub():
    claims = [claim("claim-ann", "singleuser-storage"), claim("hub-db-dir", "hub"), claim("data", "database")]
    found = list_objects(Cluster({"/api/v1/namespaces/n/persistentvolumeclaims": claims}), "homes", "n")
    assert sorted(found) == ["claim-ann", "hub-db-dir"]


@pytest.mark.parametrize("error", [Unreachable("api: refused"), Refused("forbidden", 403)])
def test_an_object_that_cannot_be_deleted_remains_with_a_reason(error):
    cluster = Cluster({"/api/v1/services": [service()]})

    def refuse(path):
        raise error

    cluster.delete = refuse
    removed, left = remove(cluster, "services", None, deadline=0, pause=0)
    assert (removed, [one["reason"] for one in left]) == ([], [str(error)])


def test_objects_deleted_before_an_error_are_reported():
    pods = [{"metadata": {"name": "jupyter-ann", "namespace": "n", "uid": "jupyter-ann"}, "spec": {}}]
    cluster = Cluster({"/api/v1/services": [service()], "/api/v1/pods": pods})
    removed, remaining, error = remove_all(cluster, ["services", "servers"], None, 0, check=False)
    assert ([each["name"] for each in removed], remaining, error) == (
        ["jupyterhub/proxy-public", "n/jupyter-ann"],
        [],
        "",
    )
    cluster = Cluster({"/api/v1/services": [service()], "/api/v1/pods": Unreachable("timed out")})
    removed, remaining, error = remove_all(cluster, ["services", "servers"], None, 0, check=False)
    assert [each["name"] for each in removed] == ["jupyterhub/proxy-public"], "what is deleted is reported"
    assert (remaining, error) == ([], "the servers of the cluster could not be listed: timed out")


def test_check_mode_deletes_nothing():
    cluster = Cluster({"/api/v1/services": [service()]})
    removed, remaining, error = remove_all(cluster, ["services"], None, 0, check=True)
    assert ([each["name"] for each in removed], remaining, error) == (["jupyterhub/proxy-public"], [], "")
    assert cluster.deleted == []
