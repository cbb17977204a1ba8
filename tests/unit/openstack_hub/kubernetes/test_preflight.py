"""Problems of cluster and Helm before a run."""

from datetime import UTC, datetime, timedelta

import pytest

from openstack_hub.kubernetes import preflight, programs
from openstack_hub.kubernetes.client import Refused, Unreachable

DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}


def storage(name, **annotations):
    return {"metadata": {"name": name, "annotations": annotations}}


@pytest.mark.parametrize(
    ("path", "version", "message"),
    [
        (None, "", "hub_helm: there is no program helm on the controller. Helm 3, version 3.14 or newer, is needed"),
        ("/bin/helm", "v4.1.4", "hub_helm: /bin/helm is v4.1.4. Helm 3, version 3.14 or newer, is needed"),
        ("/bin/helm", "v3.9.0+g7ceeda6", "hub_helm: /bin/helm is v3.9.0+g7ceeda6. Helm 3, version 3.14"),
        ("/bin/helm", "no such option", "hub_helm: /bin/helm does not print its version (no such option)"),
    ],
)
def test_a_missing_or_unsuitable_helm_is_reported(path, version, message):
    assert programs.helm_problem("helm", path, version).startswith(message)


@pytest.mark.parametrize("version", ["v3.14.0", "v3.20.2+g1"])
def test_helm_3_from_3_14_on_is_accepted(version):
    assert programs.helm_problem("helm", "/bin/helm", version) == ""


@pytest.mark.parametrize(
    ("name", "classes", "message"),
    [
        ("fast", [storage("slow"), storage("bulk")], "there is no storage class fast; the cluster has bulk, slow"),
        (None, [storage("slow")], "no storage class is the cluster's default, so write the name of one"),
        (None, [], "the cluster has none: ask its operator for one"),
    ],
)
def test_a_missing_storage_class_is_reported(name, classes, message):
    assert message in preflight.storage_problem(name, classes)


def test_an_existing_storage_class_is_accepted():
    assert preflight.storage_problem("slow", [storage("slow")]) == ""
    assert preflight.storage_problem(None, [storage("slow", **DEFAULT)]) == ""


class Cluster:
    """The API of a cluster that is MINUTES old."""

    def __init__(self, minutes, classes, namespace=True):
        self.created, self.classes, self.namespace = datetime.now(UTC) - timedelta(minutes=minutes), classes, namespace

    def get(self, path):
        if path == "/api/v1/namespaces/lab" and not self.namespace:
            raise Refused("not found", 404)
        assert path in ("/api/v1/namespaces/lab", "/api/v1/namespaces/kube-system")
        return {"metadata": {"creationTimestamp": self.created.strftime("%Y-%m-%dT%H:%M:%SZ")}}

    def items(self, path):
        assert path == "/apis/storage.k8s.io/v1/storageclasses"
        return self.classes


@pytest.fixture
def check(monkeypatch, tmp_path):
    """check_cluster() of a Cluster, or of an error."""

    def check(cluster, *, check=False, storage_class=None):
        def connect(kubeconfig):
            if isinstance(cluster, Exception):
                raise cluster
            return cluster

        monkeypatch.setattr(preflight, "Api", connect)
        return preflight.check_cluster(str(tmp_path), "lab", storage_class, 900, check)

    return check


@pytest.mark.parametrize(
    ("minutes", "classes", "awaited"),
    [(1, [], True), (14, [], True), (16, [], False), (1, [storage("slow", **DEFAULT)], False)],
    ids=["new", "almost-old", "old", "has-one"],
)
def test_the_storage_class_of_a_new_cluster_is_awaited(check, minutes, classes, awaited):
    facts, problems = check(Cluster(minutes, classes))
    assert ("pending" in facts) is awaited
    assert bool(problems) is (minutes > 15)


def test_check_mode_does_not_fail_where_a_run_would_wait(check):
    assert check(Cluster(1, []), check=True) == ({"cluster": True, "namespace": True}, [])


def test_another_storage_class_is_a_problem_in_a_new_cluster_too(check):
    _, (problem,) = check(Cluster(1, [storage("slow")]), storage_class="fast")
    assert "there is no storage class fast" in problem


def test_a_missing_namespace_is_a_fact_and_no_problem(check):
    cluster = Cluster(60, [storage("slow", **DEFAULT)], namespace=False)
    assert check(cluster) == ({"cluster": True, "namespace": False}, [])


def test_a_cluster_without_an_answer_is_a_problem_of_runs_only(check):
    facts, (problem,) = check(Unreachable("https://192.0.2.1: timed out"))
    assert facts == {"cluster": False, "namespace": False}
    assert problem.endswith("does not answer: https://192.0.2.1: timed out")
    assert check(Unreachable("timed out"), check=True) == (facts, [])


@pytest.mark.parametrize("mode", [True, False])
def test_a_cluster_that_refuses_is_a_problem_of_check_mode_too(check, mode):
    _, (problem,) = check(Refused("nodes is forbidden", 403), check=mode)
    assert problem.endswith("refuses: nodes is forbidden. Use the kubeconfig of an administrator")


def test_a_missing_kubeconfig_is_a_problem_of_runs_only():
    facts, (problem,) = preflight.check_cluster("/no/kubeconfig", "lab", None, 900, False)
    assert not facts["cluster"] and problem.startswith("there is no kubeconfig /no/kubeconfig: run playbooks")
    assert preflight.check_cluster("/no/kubeconfig", "lab", None, 900, True) == (facts, [])


def test_a_missing_chart_is_reported(tmp_path):
    assert programs.chart_problem("/no/chart") == "hub_chart_path: there is no file /no/chart on the controller"
    assert programs.chart_problem(str(tmp_path)) == programs.chart_problem(None) == ""
