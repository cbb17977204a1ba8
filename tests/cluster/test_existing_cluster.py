"""Teardown of a site whose cluster existed before: the site's network and machine are removed, the cluster is not."""

import json
import time

import pytest
from cluster_state import magnum_requests
from fixtures import clusters, create_by_hand

# Its API does not answer: that is reported, and is no failure.
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "given", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "given", "user": {"token": "none"}}],
    "contexts": [{"name": "given", "context": {"cluster": "given", "user": "given"}}],
    "current-context": "given",
}


@pytest.mark.slow
def test_destroy_keeps_a_cluster_that_it_did_not_create(testbed, site, tmp_path):
    name = site.openstack["cluster_name"]
    create_by_hand(testbed, name)
    site.set(
        cluster_kubeconfig=str(tmp_path / "kubeconfig"),
        cluster_kubernetes_version=None,
        cluster_image=None,
        cluster_node_groups=site.openstack["cluster_node_groups"][:1],
        cloud_network={"name": name, "cidr": "10.20.0.0/24"},
    )
    (tmp_path / "kubeconfig").write_text(json.dumps(KUBECONFIG))
    assert site.play("cloud").changed
    began = time.time()
    refused = site.play("destroy")
    assert refused.rc != 0
    assert f"This deletes network and instance of site {name}" in refused.output.replace("\n        ", " ")
    check = site.play("destroy", "--check", extra={"destroy_cluster": name})
    run = site.play("destroy", extra={"destroy_cluster": name})
    assert (run.rc, run.changed) == (0, ["Delete network, instance, security group and DNS record"]), run.message
    assert check.changed == run.changed
    assert site.play("destroy", extra={"destroy_cluster": name}).changed == []
    assert not magnum_requests(testbed, began)
    assert [cluster.name for cluster in clusters(testbed, name)] == [name]
    assert not list(testbed.connect().network.networks(name=name))
