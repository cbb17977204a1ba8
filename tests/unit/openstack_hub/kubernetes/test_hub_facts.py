"""Facts of a hub and its cluster, as numbers."""

import base64
import gzip
import json

import pytest
from api_samples import Cluster

from openstack_hub.kubernetes import object_drift
from openstack_hub.kubernetes.hub_facts import node_facts, quantities, read_homes, read_release, requested_resources


def test_sizes_are_numbers():
    assert quantities({"cpu": "100m", "memory": "8389184Ki", "nvidia.com/gpu": "2"}) == {
        "cpu": 0.1,
        "memory": 8389184 << 10,
        "gpus": 2,
    }
    assert quantities({"cpu": "1e3", "memory": "500M"}) == {"cpu": 1000, "memory": 5 * 10**8, "gpus": 0}
    parts = {"nvidia.com/gpu": "1", "nvidia.com/mig-1g.10gb": "3"}
    assert quantities(parts, {"nvidia.com/gpu", "nvidia.com/mig-1g.10gb"})["gpus"] == 4
    assert quantities({}) == {"cpu": 0, "memory": 0, "gpus": 0}


def node(status, **spec):
    conditions = [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": status}]
    status = {"conditions": conditions, "allocatable": {"cpu": "1900m", "memory": "4Gi", "nvidia.com/gpu": "1"}}
    return {"metadata": {"name": "a"}, "spec": spec, "status": status}


@pytest.mark.parametrize(("status", "ready"), [("True", True), ("False", False), ("Unknown", False)])
def test_a_silent_node_is_not_ready(status, ready):
    assert node_facts(node(status), [])["ready"] is ready


def test_requests_of_pods_reduce_what_is_free_on_a_node():
    pods = [{"cpu": 0.5, "memory": 1 << 30, "gpus": 0}, {"cpu": 1, "memory": 1 << 30, "gpus": 1}]
    facts = node_facts(node("True", unschedulable=True), pods)
    assert facts["free"] == {"cpu": 0.4, "memory": 2 << 30, "gpus": 0}
    assert facts["allocatable"] == {"cpu": 1.9, "memory": 4 << 30, "gpus": 1}
    assert facts["cordoned"] and not node_facts(node("True"), [])["cordoned"]


def test_homes_are_counted_with_their_size():
    claims = [{"spec": {"resources": {"requests": {"storage": size}}}} for size in ("1Gi", "500M")]
    api = Cluster({"/api/v1/namespaces/lab/persistentvolumeclaims": claims})
    assert read_homes(api, {"namespace": "lab"}) == {"homes": {"count": 2, "bytes": (1 << 30) + 5 * 10**8}}


def test_drift_is_searched_in_patches_and_additions_too(monkeypatch):
    text = {"version": 3, "info": {"status": "deployed", "last_deployed": "2027"}, "config": {"custom": {"hubkit": {}}}}
    text |= {"chart": {"metadata": {"version": "4.4.0"}}, "manifest": "kind: Service\nmetadata: {name: hub}\n"}
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(text).encode()))).decode()
    record = {"metadata": {"name": "r3", "labels": {"version": "3"}}, "data": {"release": packed}}
    path = "/api/v1/namespaces/lab/secrets"
    api, compared = Cluster({path: [record], f"{path}/r3": record}), []

    def find_drift(api, manifests, namespace):
        compared.extend(manifests)
        return [object_drift.Drift("Service/hub", "/p", ["spec.type"], {})]

    monkeypatch.setattr(object_drift, "find_drift", find_drift)
    patch = {"kind": "Service", "metadata": {"name": "hub"}, "spec": {"a": 1}}
    addition = {"kind": "StatefulSet", "metadata": {"name": "placeholder"}}
    settings = {"namespace": "lab", "release": "lab", "patches": [patch], "additions": [addition]}
    facts = read_release(api, settings)
    assert facts["drift"] == ["Service/hub: spec.type"] and compared == [patch, addition]
    assert (facts["release"]["revision"], facts["release"]["chart"], facts["release"]["model"]) == (3, "4.4.0", {})
    assert read_release(Cluster({path: []}), settings) == {"release": None, "drift": []}


def test_a_pod_requests_the_larger_of_containers_and_init_containers():
    def container(**requests):
        return {"resources": {"requests": requests}}

    spec = {
        "containers": [container(cpu="100m"), container(memory="1Gi", cpu="1")],
        "initContainers": [container(cpu="3")],
    }
    assert requested_resources(spec) == {"cpu": 3, "memory": 1 << 30, "gpus": 0}
    assert requested_resources({"containers": [{}]}) == {"cpu": 0, "memory": 0, "gpus": 0}
