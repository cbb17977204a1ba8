"""When Helm has to run, and how a release is unlocked that a killed run has left."""

import base64
import gzip
import json
import time
from types import SimpleNamespace

import pytest

from openstack_hub.kubernetes import helm
from openstack_hub.kubernetes.hub_release import missing, planned_actions, settle
from openstack_hub.kubernetes.object_drift import Drift
from openstack_hub.kubernetes.releases import (
    abandoned,
    decode,
    different_paths,
    locked,
    manifests,
    newest,
    unlock_patch,
    upgrade_reasons,
    values_text,
)

CHART = "jupyterhub-4.4.0"
MANIFEST = """\
---
# Source: jupyterhub/templates/hub/service.yaml
apiVersion: v1
kind: Service
metadata: {name: hub}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: proxy}
---
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: lab}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: lab}
"""


def release(status="deployed", **changed):
    return {
        "name": "lab",
        "version": 3,
        "info": {"status": status, "description": "Upgrade complete"},
        "chart": {"metadata": {"name": "jupyterhub", "version": "4.4.0"}},
        "config": {"hub": {"image": {"tag": "1"}, "db": None}},
        "manifest": MANIFEST,
    } | changed


def secret(status="deployed", version=3, **labels):
    text = json.dumps(release(status)).encode()
    return {
        "metadata": {"labels": {"status": status, "version": str(version), **labels}, "resourceVersion": "17"},
        "data": {"release": base64.b64encode(base64.b64encode(gzip.compress(text))).decode()},
    }


def reasons(found, values=None, chart=CHART, missing=()):
    return upgrade_reasons(found, chart, values or release()["config"], missing)


def test_an_unchanged_release_needs_no_upgrade():
    assert reasons(release()) == []


def test_a_missing_release_is_installed():
    assert reasons(None) == ["none exists yet"]


def test_a_failed_release_is_upgraded_even_with_equal_values():
    failed = release("failed", info={"status": "failed", "description": "timed out waiting for the condition"})
    assert reasons(failed) == ["it is failed: timed out waiting for the condition"]


def test_another_chart_and_other_values_are_named():
    assert reasons(release(), {"hub": {"image": {"tag": "2"}, "db": None}, "cull": {}}, "jupyterhub-4.5.0") == [
        "its chart is jupyterhub-4.4.0, not jupyterhub-4.5.0",
        "other values: cull, hub.image",
    ]


def test_null_and_absent_values_differ():
    assert list(different_paths({"hub": {"db": None}}, {"hub": {}})) == ["hub.db"]
    assert list(different_paths({"hub": 1}, {"hub": 1.0})) == []


def test_another_file_of_the_same_version_is_a_reason(tmp_path):
    assert upgrade_reasons(release(), CHART, release()["config"], [], same_file=False) == [
        "the file of chart jupyterhub-4.4.0 has changed"
    ]
    package, folder = tmp_path / "chart.tgz", tmp_path / "folder"
    (folder / "templates").mkdir(parents=True)
    seen = {helm.digest(None)}
    for content in ("one", "two"):
        for file in (package, folder / "templates/hub.yaml"):
            file.write_text(content)
        seen |= {helm.digest(package), helm.digest(folder)}
    assert len(seen) == 5 and helm.digest(str(package)) in seen


def test_missing_objects_are_a_reason():
    assert reasons(release(), missing=["Deployment/hub"]) == ["missing: Deployment/hub"]


def test_the_newest_release_has_the_highest_number():
    assert newest([secret(version=9), secret(version=10)])["metadata"]["labels"]["version"] == "10"
    assert newest([]) is None


@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "pending-rollback", "uninstalling"])
def test_an_unlocked_release_is_failed_and_otherwise_unchanged(status):
    before = secret(status)
    assert locked(before)
    change = unlock_patch(before)
    assert change["metadata"] == {"labels": {"status": "failed"}, "resourceVersion": "17"}
    after = decode(change)
    assert after["info"] == {"status": "failed", "description": f"was {status} when the run that created it ended"}
    assert {key: after[key] for key in after if key != "info"} == {
        key: value for key, value in release().items() if key != "info"
    }


@pytest.mark.parametrize("status", ["deployed", "failed", "superseded", "uninstalled"])
def test_a_finished_release_is_not_locked(status):
    assert not locked(secret(status))
    assert not locked(None)


def test_a_lock_is_abandoned_on_the_same_machine_or_after_its_timeout():
    def is_abandoned(age, **labels):
        return abandoned(secret("pending-upgrade", **labels), "by", "here", age, 900)

    assert is_abandoned(1, by="here"), "this machine's lock is ours, so its Helm has ended"
    assert not is_abandoned(800, by="there")
    assert not is_abandoned(800)
    assert is_abandoned(901, by="there")


def test_the_diff_shows_a_zip_as_its_hash():
    text = values_text(CHART, {"files": {"zip": "A" * 500, "script": "a line\n" * 50}})
    assert "(500 characters, SHA-256 " in text and "AAAA" not in text and "a line" in text
    assert values_text(CHART, {"zip": "A" * 500}) != values_text(CHART, {"zip": "B" * 500})


def test_all_manifests_of_a_release_are_read():
    assert [(each["kind"], each["metadata"]["name"]) for each in manifests(release())] == [
        ("Service", "hub"),
        ("NetworkPolicy", "proxy"),
        ("PriorityClass", "lab"),
        ("ClusterRole", "lab"),
    ]


def drift(name, *fields, exists=True):
    return Drift(name, f"/{name}", list(fields), {}, exists=exists)


def test_helm_creates_missing_objects_of_the_release_and_the_module_others():
    drifts = [drift("NetworkPolicy/proxy", exists=False), drift("StatefulSet/placeholder", exists=False)]
    assert missing(release(), drifts) == ["NetworkPolicy/proxy"]
    assert missing(None, drifts) == []
    assert planned_actions("lab", release(), ["missing: NetworkPolicy/proxy"], drifts, []) == [
        "upgrade release lab (missing: NetworkPolicy/proxy)",
        "create StatefulSet/placeholder",
    ]


def test_drift_alone_is_repaired_without_helm():
    drifts, obsolete = [drift("NetworkPolicy/hub", "spec.ingress", "spec.egress")], ["/apis/sets/old"]
    assert planned_actions("lab", release(), [], drifts, obsolete) == [
        "repair NetworkPolicy/hub: spec.ingress, spec.egress",
        "delete StatefulSet/old: no profile asks for it",
    ]
    assert planned_actions("lab", None, ["none exists yet"], [], []) == ["install release lab (none exists yet)"]
    assert planned_actions("lab", release(), [], [], []) == []


@pytest.mark.parametrize(
    ("output", "explanation"),
    [
        (
            "Error: chart requires kubeVersion: >=1.32.0-0 which is incompatible with Kubernetes v1.31.1",
            "the chart needs Kubernetes >=1.32.0-0, the cluster has v1.31.1: upgrade it (cluster_kubernetes_version)",
        ),
        (
            'Error: chart "jupyterhub" version "9.9.9" not found in https://hub.jupyter.org/helm-chart repository',
            "hub_chart_version: https://hub.jupyter.org/helm-chart has no version 9.9.9",
        ),
        (
            'Error: looks like "https://x.example.org" is not a valid chart repository or cannot be reached: EOF',
            "https://x.example.org cannot be reached: EOF. Fetch the chart elsewhere (helm pull jupyterhub",
        ),
        (
            "Error: UPGRADE FAILED: values don't meet the specifications of the schema(s) in the following chart(s):\n"
            "jupyterhub:\n- hub: Additional property imge is not allowed\n",
            "the chart does not accept the values, so check hub_values_overrides: jupyterhub:\n- hub: Additional",
        ),
        ("WARNING: old\nError: something else", "something else"),
        ("", "it gives no reason"),
    ],
)
def test_errors_of_helm_are_explained(output, explanation):
    assert helm.explanation(output).startswith(explanation)


def test_arguments_of_helm_contain_no_values():
    params = {
        "helm": "/opt/helm", "name": "lab", "namespace": "lab", "timeout": 900, "kubeconfig": "/k", "chart_path": None,
        "chart_version": "4.4.0", "repository": "https://hub.jupyter.org/helm-chart", "values": {"hub": "VALUE"},
    }  # fmt: skip
    command = " ".join(helm.arguments(params, {"by": "here", "chart": "1"}))
    assert "--labels by=here,chart=1 " in command
    assert "jupyterhub --repo https://hub.jupyter.org/helm-chart --version 4.4.0" in command and "VALUE" not in command
    command = " ".join(helm.arguments(params | {"chart_path": "/c.tgz"}, {}))
    assert " /c.tgz " in command and "--repo" not in command


def test_the_name_of_a_chart_is_read_from_its_file(tmp_path):
    (tmp_path / "no.tgz").write_text("nothing")
    with pytest.raises(helm.Impossible, match=r"hub_chart_path: .*no\.tgz is no packaged chart"):
        helm.chart(str(tmp_path / "no.tgz"), "4.4.0")
    (tmp_path / "Chart.yaml").write_text("name: jupyterhub\nversion: 4.5.0\n")
    assert helm.chart(str(tmp_path), "4.4.0") == "jupyterhub-4.5.0"
    assert helm.chart(None, "4.4.0") == "jupyterhub-4.4.0"


def test_one_helm_runs_at_a_time(tmp_path):
    (tmp_path / "kubeconfig").write_text("")
    with (
        helm.lock(tmp_path / "kubeconfig", 5),
        pytest.raises(helm.Busy, match="another run on this machine"),
        helm.lock(tmp_path / "kubeconfig", 0.1),
    ):
        pass
    with helm.lock(tmp_path / "kubeconfig", 5):
        pass


def test_a_wait_names_the_machine_whose_helm_runs():
    labels = {"version": "3", "status": "pending-upgrade", "modifiedAt": str(int(time.time()))}
    record = {"metadata": {"labels": labels | {"openstack-hub-host": "elsewhere"}}}
    with pytest.raises(helm.Busy, match=r"Helm on elsewhere is working on release jupyterhub \(pending-up"):
        settle(SimpleNamespace(name="jupyterhub"), record, {"wait": -1, "timeout": 900})


def test_a_host_name_becomes_a_valid_label():
    assert helm.label("hub.example.org.") == "hub-example-org"
    assert helm.label("ä") == "unknown"
