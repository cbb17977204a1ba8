"""destroy.yml on an existing cluster: the hub is removed, homes are kept and reported. Each test continues the last."""

import pytest
from clusters import pod, wait_for
from releasing import Site, need_chart

NAMESPACE = "ending"
NAME = "jupyterhub"  # of the cluster, which confirms the teardown
RESTRICTED = {
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
WRITE = "echo precious > /home/jovyan/data.txt && sleep 3600"


def server(claim):
    """A user server as KubeSpawner makes it, which writes a file into its home."""
    labels = {"component": "singleuser-server", "app": "jupyterhub"}
    manifest = pod("jupyter-ann", WRITE, labels=labels, volumes={"/home/jovyan": claim})
    manifest["spec"]["containers"][0]["securityContext"] = RESTRICTED
    return manifest


def home(name, user):
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": name,
            "labels": {"component": "singleuser-storage"},
            "annotations": {"hub.jupyter.org/username": user},
        },
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1G"}}},
    }


def in_namespace(manifest):
    return {**manifest, "metadata": manifest["metadata"] | {"namespace": NAMESPACE}}


class SiteWithHome(Site):
    """A site whose hub has a home with a file in it."""

    def destroy(self, *arguments, **variables):
        extra = [word for name, value in variables.items() for word in ("-e", f"{name}='{value}'")]
        return self.play(*arguments, *extra, playbook="destroy")

    def volumes(self):
        """{claim: its PersistentVolume}."""
        found = self.kubernetes.get("persistentvolumes")["items"]
        claims = {each["spec"]["claimRef"]["name"]: each for each in found if each["spec"].get("claimRef")}
        return {name: each for name, each in claims.items() if each["spec"]["claimRef"]["namespace"] == NAMESPACE}

    def policies(self):
        return {claim: each["spec"]["persistentVolumeReclaimPolicy"] for claim, each in self.volumes().items()}


@pytest.fixture(scope="module")
def site(kubernetes, tmp_path_factory):
    need_chart()
    site = SiteWithHome(tmp_path_factory.mktemp("ending"), kubernetes, NAMESPACE)
    site.set(cluster_name=NAME)
    site.play().succeeded()
    kubernetes.apply(in_namespace(home("claim-ann", "ann")), in_namespace(server("claim-ann")))
    kubernetes.wait("--for=condition=Ready", "-n", NAMESPACE, "pod/jupyter-ann", seconds=120)
    yield site
    kubernetes.kubectl("delete", "namespace", NAMESPACE, "--wait=false", "--ignore-not-found")


def test_volumes_of_homes_would_be_deleted_with_their_claims(site):
    assert site.policies() == {"claim-ann": "Delete", "hub-db-dir": "Delete"}


def test_without_the_clusters_name_nothing_is_removed(site):
    site.destroy().failed_with("removes the hub, with all servers", f"-e destroy_cluster={NAME}")
    site.destroy(destroy_cluster=NAME, destroy_homes="yes").failed_with("Nothing was done. destroy_homes is yes")
    assert site.policies()["claim-ann"] == "Delete"


def test_check_mode_reports_what_is_kept_and_changes_nothing(site):
    run = site.destroy("--check", "--diff", destroy_cluster=NAME).succeeded()
    assert "reclaim policy Delete" in run.flat and "reclaim policy Retain" in run.flat
    assert "home ann" in run.flat
    assert site.policies() == {"claim-ann": "Delete", "hub-db-dir": "Delete"}
    assert "jupyter-ann" in site.kubernetes.kubectl("get", "pods", "-n", NAMESPACE)


def test_a_volume_that_cannot_be_retained_ends_the_run_before_any_removal(site):
    """An admission policy of the cluster forbids changes of volumes."""
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "no-retain"},
        "spec": {
            "matchConstraints": {
                "resourceRules": [
                    {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"],
                     "resources": ["persistentvolumes"]}
                ]
            },
            "validations": [
                {"expression": "object.spec.persistentVolumeReclaimPolicy != 'Retain'", "message": "not here"}
            ],
        },
    }  # fmt: skip
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "no-retain"},
        "spec": {"policyName": "no-retain", "validationActions": ["Deny"]},
    }
    site.kubernetes.apply(policy, binding)
    volume = site.volumes()["claim-ann"]["metadata"]["name"]
    try:
        change = ("patch", "persistentvolume", volume, "-p", '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}')
        wait_for(lambda: "not here" in site.kubernetes.kubectl(*change, "--dry-run=server", check=False))
        words = (
            "Nothing was removed. These homes would be lost",
            f"the home of ann: claim {NAMESPACE}/claim-ann, volume {volume}, storage class directory, "
            "reclaim policy Delete",
            f" - the hub's database: claim {NAMESPACE}/hub-db-dir",
            f"give up homes of {NAME} that cannot be kept",
            f"delete all homes of {NAME}",
        )
        site.destroy("--check", destroy_cluster=NAME).failed_with(*words)
        site.destroy(destroy_cluster=NAME).failed_with(*words)
    finally:
        site.kubernetes.kubectl("delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", "no-retain")
        wait_for(lambda: "not here" not in site.kubernetes.kubectl(*change, "--dry-run=server", check=False))
    assert site.status() == "deployed"
    assert "jupyter-ann" in site.kubernetes.kubectl("get", "pods", "-n", NAMESPACE)


def test_the_hub_is_removed_and_homes_keep_their_files(site):
    before = site.volumes()
    run = site.destroy(destroy_cluster=NAME).succeeded()
    assert site.policies() == {"claim-ann": "Retain", "hub-db-dir": "Retain"}
    assert not site.records(), "the release is gone"
    assert not site.kubernetes.get("pods,services,secrets", "-n", NAMESPACE)["items"]
    for claim, named in (("claim-ann", "home ann"), ("hub-db-dir", "database of the hub")):
        name, path = before[claim]["metadata"]["name"], before[claim]["spec"]["hostPath"]["path"]
        assert f"{named} hostPath {path}: kept: claim {NAMESPACE}/{claim}, volume {name}" in run.flat, run.output
    reader = server("claim-ann")
    reader["metadata"] |= {"name": "reader", "namespace": NAMESPACE, "labels": {}}
    reader["spec"]["containers"][0]["command"] = ["/bin/sh", "-c", "cat /home/jovyan/data.txt && sleep 3600"]
    site.kubernetes.apply(reader)
    wait_for(lambda: "precious" in site.kubernetes.kubectl("logs", "-n", NAMESPACE, "reader", check=False), seconds=60)
    site.kubernetes.kubectl("delete", "pod", "-n", NAMESPACE, "reader")


def test_a_second_run_changes_nothing_and_still_reports_the_homes(site):
    run = site.destroy(destroy_cluster=NAME).succeeded()
    assert run.changed == 0
    assert "home ann hostPath" in run.flat


def test_the_volume_outlives_its_claim(site):
    volume = site.volumes()["claim-ann"]
    site.kubernetes.kubectl("delete", "pvc", "-n", NAMESPACE, "claim-ann")
    name = volume["metadata"]["name"]
    wait_for(lambda: site.kubernetes.get("persistentvolume", name)["status"]["phase"] == "Released")
    reader = pod(f"look-{name}"[:60], "cat /home/data.txt; sleep 3600")
    reader["spec"]["volumes"] = [{"name": "old", "hostPath": {"path": volume["spec"]["hostPath"]["path"]}}]
    reader["spec"]["containers"][0]["volumeMounts"] = [{"name": "old", "mountPath": "/home"}]
    site.kubernetes.apply(reader)
    pod_name = reader["metadata"]["name"]
    try:
        wait_for(lambda: "precious" in site.kubernetes.kubectl("logs", pod_name, check=False), seconds=60)
    finally:
        site.kubernetes.kubectl("delete", "pod", pod_name, "--wait=false")
