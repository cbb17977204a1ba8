"""Objects that were changed in the cluster are found, named and restored."""

import copy

import pytest

from openstack_hub.kubernetes import object_drift
from openstack_hub.kubernetes.client import Refused

POLICY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "singleuser", "labels": {"app": "jupyterhub"}},
    "spec": {"podSelector": {}, "ingress": [{"from": [{"podSelector": {"a": "b"}}]}]},
}
PATH = "/apis/networking.k8s.io/v1/namespaces/lab/networkpolicies/singleuser"


class Server:
    """An API server: objects by path, with a default and metadata that it writes itself."""

    def __init__(self, *manifests):
        self.objects, self.conflicts, self.immutable, self.requests = {}, 0, (), []
        for manifest in manifests:
            path = object_drift.object_path(manifest, "lab")
            self.objects[path] = self.stored(manifest) | {"status": {"seen": 1}}
            self.objects[path]["metadata"] |= {"uid": "u", "resourceVersion": "1", "managedFields": [{}]}

    def stored(self, body):
        body = copy.deepcopy(body)
        if "spec" in body:
            body["spec"].setdefault("policyTypes", ["Ingress"])
        return body

    def get(self, path):
        if path not in self.objects:
            raise Refused("not found", 404)
        return copy.deepcopy(self.objects[path])

    def replace(self, path, body, dry_run=False):
        assert "managedFields" not in body["metadata"]
        self.requests.append(("replace", path, dry_run))
        same = body["metadata"]["resourceVersion"] == self.objects[path]["metadata"]["resourceVersion"]
        if self.conflicts or not same:
            self.conflicts = max(0, self.conflicts - 1)
            raise Refused("the object has been modified", 409)
        if any(self.objects[path].get(key) != body.get(key) for key in self.immutable):
            raise Refused("roleRef: cannot change roleRef", 422)
        if not dry_run:
            self.objects[path] = self.stored(body)
        return self.stored(body)

    def create(self, path, body):
        self.requests.append(("create", path, False))
        assert set(body["metadata"]) <= {"name", "labels", "annotations"}
        body["metadata"] = body["metadata"] | {"resourceVersion": "1"}
        self.objects[f"{path}/{body['metadata']['name']}"] = self.stored(body)

    def delete(self, path):
        self.requests.append(("delete", path, False))
        del self.objects[path]


def find(server, *manifests):
    return object_drift.find_drift(server, manifests, "lab")


def test_defaults_of_the_api_server_are_no_drift():
    assert find(Server(POLICY), POLICY) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda spec: spec["ingress"].append({}), "spec.ingress"),
        (lambda spec: spec["ingress"][0]["from"].append({"ipBlock": {"cidr": "0.0.0.0/0"}}), "spec.ingress[0].from"),
        (lambda spec: spec["ingress"][0].update({"from": []}), "spec.ingress[0].from"),
        (lambda spec: spec.update(podSelector={"matchLabels": {"no": "pod"}}), "spec.podSelector.matchLabels"),
        (lambda spec: spec.pop("ingress"), "spec.ingress"),
        (lambda spec: spec.update(policyTypes=[]), "spec.policyTypes"),
        (lambda spec: spec.update(egress=[{}]), "spec.egress"),
    ],
)
def test_a_changed_policy_is_named_with_its_field_and_restored(change, field):
    server = Server(POLICY)
    before = copy.deepcopy(server.objects[PATH]["spec"])
    change(server.objects[PATH]["spec"])
    (drift,) = find(server, POLICY)
    assert str(drift) == f"NetworkPolicy/singleuser: {field}"
    assert all(dry_run for *_, dry_run in server.requests), "the search is a dry run"
    object_drift.restore(server, drift)
    assert server.objects[PATH]["spec"] == before
    assert find(server, POLICY) == []


def test_labels_of_the_manifest_are_restored_and_others_kept():
    server = Server(POLICY)
    server.objects[PATH]["metadata"]["labels"] = {"app": "other", "mine": "stays"}
    (drift,) = find(server, POLICY)
    assert drift.fields == ["metadata.labels.app"]
    object_drift.restore(server, drift)
    assert server.objects[PATH]["metadata"]["labels"] == {"app": "jupyterhub", "mine": "stays"}


def test_annotations_of_controllers_are_no_drift():
    server = Server(POLICY)
    server.objects[PATH]["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "3"}
    assert find(server, POLICY) == []


def test_a_missing_object_is_created():
    server = Server()
    (drift,) = find(server, POLICY)
    assert (str(drift), drift.exists) == ("NetworkPolicy/singleuser is missing", False)
    object_drift.restore(server, drift)
    assert server.requests == [("create", PATH.rpartition("/")[0], False)]
    assert find(server, POLICY) == []


def test_data_of_a_secret_is_named_by_its_keys_only():
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hub"}, "data": {"values.yaml": "QUFB"}}
    server = Server(secret)
    server.objects["/api/v1/namespaces/lab/secrets/hub"]["data"] = {"values.yaml": "QkJC", "more": "Q0ND"}
    (drift,) = find(server, secret)
    assert str(drift) == "Secret/hub: data.more, data.values.yaml"


def test_an_object_with_an_immutable_field_is_created_again():
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "scheduler"},
        "roleRef": {"name": "scheduler"},
    }
    server = Server(binding)
    path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/scheduler"
    server.objects[path]["roleRef"], server.immutable = {"name": "cluster-admin"}, ("roleRef",)
    (drift,) = find(server, binding)
    assert drift.recreate and str(drift) == "ClusterRoleBinding/scheduler: roleRef: cannot change roleRef"
    object_drift.restore(server, drift)
    assert [what for what, *_ in server.requests[1:]] == ["delete", "create"]
    assert server.objects[path]["roleRef"] == {"name": "scheduler"}


def test_of_a_claim_only_its_existence_is_compared():
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "hub-db-dir"}, "spec": {}}
    server = Server(claim)
    server.objects["/api/v1/namespaces/lab/persistentvolumeclaims/hub-db-dir"]["spec"]["volumeName"] = "pvc-1"
    assert find(server, claim) == [] and server.requests == []


def test_a_rolling_restart_is_no_drift_but_other_annotations_of_pods_are():
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "hub"}}
    deployment["spec"] = {"replicas": 1, "template": {"metadata": {"annotations": {"checksum": "1"}}, "spec": {}}}
    server = Server(deployment)
    annotations = server.objects["/apis/apps/v1/namespaces/lab/deployments/hub"]["spec"]["template"]["metadata"]
    annotations["annotations"]["kubectl.kubernetes.io/restartedAt"] = "2027-01-01"
    assert find(server, deployment) == []
    annotations["annotations"]["other"] = "1"
    (drift,) = find(server, deployment)
    assert drift.fields == ["spec.template.metadata.annotations.other"]
    assert drift.body["spec"]["template"]["metadata"]["annotations"] == {
        "checksum": "1",
        "kubectl.kubernetes.io/restartedAt": "2027-01-01",
    }


def test_tokens_of_a_service_account_are_no_drift():
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "hub"}}
    server = Server(account)
    server.objects["/api/v1/namespaces/lab/serviceaccounts/hub"]["secrets"] = [{"name": "hub-token"}]
    assert find(server, account) == []
    server.objects["/api/v1/namespaces/lab/serviceaccounts/hub"]["automountServiceAccountToken"] = True
    assert [drift.fields for drift in find(server, account)] == [["automountServiceAccountToken"]]


def test_a_conflict_is_retried_twice():
    server = Server(POLICY)
    server.conflicts = 2
    assert find(server, POLICY) == []
    server.conflicts = 3
    with pytest.raises(Refused, match="has been modified"):
        find(server, POLICY)


def test_an_object_that_a_controller_changes_meanwhile_is_restored():
    server = Server(POLICY)
    server.objects[PATH]["spec"]["ingress"] = [{}]
    (drift,) = find(server, POLICY)
    server.objects[PATH]["metadata"] |= {"resourceVersion": "2", "labels": {"written-by": "controller"}}
    server.conflicts = 2
    object_drift.restore(server, drift)
    assert find(server, POLICY) == []
    assert server.objects[PATH]["metadata"]["labels"] == {"app": "jupyterhub", "written-by": "controller"}


def test_patches_are_merged_into_the_manifest_of_the_same_object():
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "proxy-public"},
        "spec": {"type": "NodePort"},
    }
    patch = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "proxy-public", "labels": {"a": "b"}}}
    patch["spec"] = {"externalTrafficPolicy": "Local"}
    merged = object_drift.merge([POLICY, service], [patch])
    assert merged[0] == POLICY
    assert merged[1]["spec"] == {"type": "NodePort", "externalTrafficPolicy": "Local"}
    assert merged[1]["metadata"]["labels"] == {"a": "b"}
    assert service["spec"] == {"type": "NodePort"}, "the manifest itself is not changed"
    assert object_drift.merge([POLICY], [patch]) == [POLICY]


@pytest.mark.parametrize(
    ("version", "kind", "path"),
    [
        ("v1", "Service", "/api/v1/namespaces/lab/services/x"),
        ("networking.k8s.io/v1", "Ingress", "/apis/networking.k8s.io/v1/namespaces/lab/ingresses/x"),
        ("policy/v1", "PodDisruptionBudget", "/apis/policy/v1/namespaces/lab/poddisruptionbudgets/x"),
        ("scheduling.k8s.io/v1", "PriorityClass", "/apis/scheduling.k8s.io/v1/priorityclasses/x"),
        ("v1", "Namespace", "/api/v1/namespaces/x"),
    ],
)
def test_the_api_path_of_an_object(version, kind, path):
    manifest = {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}}
    assert object_drift.object_path(manifest, "lab") == path


def test_a_manifests_own_namespace_takes_precedence():
    manifest = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "other"}}
    assert object_drift.object_path(manifest, "lab") == "/api/v1/namespaces/other/services/x"
