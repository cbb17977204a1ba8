"""What cluster and Helm lack, in sentences."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import magnum_samples  # noqa: F401
import pytest

DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}


def storage(name, **annotations):
    return {"metadata": {"name": name, "annotations": annotations}}


@pytest.fixture
def module(load):
    return load("modules/hub_prerequisites")


@pytest.mark.parametrize(
    ("path", "version", "means"),
    [
        (None, "", "hub_helm: there is no program helm on this machine. Helm 3 from 3.14 on is needed"),
        ("/bin/helm", "v4.1.4", "hub_helm: /bin/helm is v4.1.4. Helm 3 from 3.14 on is needed"),
        ("/bin/helm", "v3.9.0+g7ceeda6", "hub_helm: /bin/helm is v3.9.0+g7ceeda6. Helm 3 from"),
        ("/bin/helm", "no such option", "hub_helm: /bin/helm does not tell its version (no such option)"),
    ],
)
def test_a_helm_that_does_not_serve(module, path, version, means):
    assert module.helm_mistake("helm", path, version).startswith(means)


@pytest.mark.parametrize("version", ["v3.14.0", "v3.20.2+g1"])
def test_a_helm_that_serves(module, version):
    assert module.helm_mistake("helm", "/bin/helm", version) == ""


@pytest.mark.parametrize(
    ("wanted", "classes", "means"),
    [
        ("fast", [storage("slow"), storage("bulk")], "there is no storage class fast; the cluster has bulk, slow"),
        (None, [storage("slow")], "no storage class is the cluster's default, so write the name of one"),
        (None, [], "the cluster has none: ask who runs it for one"),
    ],
)
def test_a_storage_class_that_is_not_there(module, wanted, classes, means):
    assert means in module.storage_mistake(wanted, classes)


def test_a_storage_class_that_is_there(module):
    assert module.storage_mistake("slow", [storage("slow")]) == ""
    assert module.storage_mistake(None, [storage("slow", **DEFAULT)]) == ""


@pytest.mark.parametrize(
    ("minutes", "classes", "comes"),
    [(1, [], True), (16, [], False), (1, [storage("slow")], False)],
    ids=["new", "old", "has-another"],
)
def test_a_storage_class_that_may_still_come(module, minutes, classes, comes):
    born = datetime.now(UTC) - timedelta(minutes=minutes)
    api = SimpleNamespace(get=lambda path: {"metadata": {"creationTimestamp": born.strftime("%Y-%m-%dT%H:%M:%SZ")}})
    assert module.brings_storage(api, classes, 900) is comes


@pytest.mark.parametrize("check", [True, False])
def test_a_check_of_a_new_cluster_does_not_fail_where_a_run_would_wait(module, monkeypatch, tmp_path, check):
    class Cluster:
        def __init__(self, kubeconfig):
            pass

        def get(self, path):
            return {"metadata": {"creationTimestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}}

        def items(self, path, **_):
            return []

    monkeypatch.setattr(module, "Api", Cluster)
    params = {"kubeconfig": str(tmp_path), "namespace": "lab", "timeout": 900, "storage_class": None}
    found, wrong = module.cluster_mistakes(SimpleNamespace(params=params, check_mode=check))
    assert wrong == [] and ("pending" in found) is not check
