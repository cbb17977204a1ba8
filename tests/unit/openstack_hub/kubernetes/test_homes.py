"""Homes outlive the hub and its cluster, or the run lists those that would be lost."""

import pytest

from openstack_hub.kubernetes import homes
from openstack_hub.kubernetes.client import Refused

CINDER = {"csi": {"driver": "cinder.csi.openstack.org", "volumeHandle": "5f0c"}}


def claim(name, volume="pvc-1", *, labels=None, annotations=None, namespace="lab"):
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"component": "singleuser-storage"} if labels is None else labels,
            "annotations": annotations or {},
        },
        "spec": {"volumeName": volume, "resources": {"requests": {"storage": "1Gi"}}},
        "status": {"capacity": {"storage": "2Gi"}},
    }


def volume(name="pvc-1", policy="Delete", source=CINDER):
    spec = {"persistentVolumeReclaimPolicy": policy, "storageClassName": "fast", **source}
    return {"metadata": {"name": name}, "spec": spec}


ANN = claim("claim-ann", annotations={"hub.jupyter.org/username": "ann"})
HUB = claim("hub-db-dir", "pvc-2", labels={"component": "hub"})


class Api:
    """Claims and volumes. Patches of `refused` volumes fail, those of `stubborn` ones and dry runs have no effect."""

    def __init__(self, claims, volumes, refused=(), stubborn=()):
        self.claims, self.volumes = claims, {each["metadata"]["name"]: each for each in volumes}
        self.refused, self.stubborn, self.patched = refused, stubborn, []

    def items(self, path):
        if path == "/api/v1/persistentvolumes":
            return list(self.volumes.values())
        assert path in ("/api/v1/persistentvolumeclaims", "/api/v1/namespaces/lab/persistentvolumeclaims")
        return [each for each in self.claims if "namespaces" not in path or each["metadata"]["namespace"] == "lab"]

    def patch(self, path, body, dry_run=False):
        name = path.removeprefix("/api/v1/persistentvolumes/")
        assert body == {"spec": {"persistentVolumeReclaimPolicy": "Retain"}}
        if name in self.refused:
            raise Refused("forbidden by policy", 403)
        if name in self.stubborn:
            return self.volumes[name]
        self.patched.append((name, dry_run))
        changed = volume(name, "Retain")
        if not dry_run:
            self.volumes[name] = changed
        return changed


def test_the_facts_of_a_home():
    (found,) = homes.read_homes(Api([ANN], [volume()]), "lab")
    assert found == {
        "user": "ann",
        "claim": "lab/claim-ann",
        "volume": "pvc-1",
        "exists": True,
        "storage_class": "fast",
        "policy": "Delete",
        "size": "2Gi",
        "location": "Cinder volume 5f0c",
        "external": True,
    }


def test_homes_are_the_claims_of_users_and_of_the_hub():
    claims = [HUB, claim("data", labels={"component": "database"}), claim("plain", labels={}), ANN, claim("claim-bob")]
    found = homes.read_homes(Api(claims, [volume(), volume("pvc-2")]), None)
    assert [(each["user"], each["claim"]) for each in found] == [
        ("ann", "lab/claim-ann"),
        ("bob", "lab/claim-bob"),
        ("", "lab/hub-db-dir"),
    ]


def test_homes_of_one_namespace_or_of_all():
    api = Api([ANN, claim("claim-ann", namespace="other")], [volume()])
    assert len(homes.read_homes(api, "lab")) == 1
    assert len(homes.read_homes(api)) == 2


@pytest.mark.parametrize(
    ("source", "location", "external"),
    [
        (CINDER, "Cinder volume 5f0c", True),
        ({"cinder": {"volumeID": "77"}}, "Cinder volume 77", True),
        ({"nfs": {"server": "10.0.0.1", "path": "/homes/ann"}}, "nfs 10.0.0.1:/homes/ann", True),
        (
            {"csi": {"driver": "cephfs.manila.csi.openstack.org", "volumeHandle": "a"}},
            "volume a of cephfs.manila.csi.openstack.org",
            True,
        ),
        ({"csi": {"driver": "driver.longhorn.io", "volumeHandle": "b"}}, "volume b of driver.longhorn.io", False),
        ({"hostPath": {"path": "/data/ann"}}, "hostPath /data/ann", False),
        ({"local": {"path": "/mnt/disk"}}, "local /mnt/disk", False),
        ({"flexVolume": {}}, "unknown storage", False),
    ],
)
def test_the_location_of_a_volume(source, location, external):
    assert homes.volume_location(volume(source=source)["spec"]) == (location, external)


def test_volumes_that_kubernetes_would_delete_are_set_to_retain():
    api = Api([ANN, HUB], [volume(), volume("pvc-2", "Recycle")])
    result = homes.protect(api, "lab", cluster_removed=True, give_up=False, check=False)
    assert api.patched == [("pvc-1", False), ("pvc-2", False)]
    assert [each["policy"] for each in result["homes"]] == ["Retain", "Retain"]
    assert result["losses"] == []
    assert result["actions"] == [
        "set volume pvc-1 of the home of ann to Retain (it was Delete)",
        "set volume pvc-2 of the hub's database to Retain (it was Recycle)",
    ]
    assert result["remains"] == [
        {
            "kind": "home",
            "name": "ann",
            "id": "Cinder volume 5f0c",
            "reason": "kept: claim lab/claim-ann, volume pvc-1, storage class fast, reclaim policy Retain, 2Gi, "
            "Cinder volume 5f0c",
        },
        {
            "kind": "database",
            "name": "of the hub",
            "id": "Cinder volume 5f0c",
            "reason": "kept: claim lab/hub-db-dir, volume pvc-2, storage class fast, reclaim policy Retain, 2Gi, "
            "Cinder volume 5f0c",
        },
    ]


def test_a_second_run_changes_nothing():
    api = Api([ANN], [volume(policy="Retain")])
    assert homes.protect(api, "lab", True, False, False)["actions"] == []
    assert api.patched == []


def test_check_mode_predicts_the_same_by_a_dry_run():
    api, other = Api([ANN], [volume()]), Api([ANN], [volume()])
    check, run = homes.protect(api, "lab", True, False, True), homes.protect(other, "lab", True, False, False)
    assert check == run
    assert (api.patched, api.volumes["pvc-1"]["spec"]["persistentVolumeReclaimPolicy"]) == ([("pvc-1", True)], "Delete")


@pytest.mark.parametrize("check", [True, False])
def test_a_volume_that_cannot_be_changed_is_a_loss(check):
    api = Api([ANN, claim("claim-bob", "pvc-2")], [volume(), volume("pvc-2")], refused=["pvc-1"], stubborn=["pvc-2"])
    result = homes.protect(api, "lab", cluster_removed=False, give_up=False, check=check)
    assert result["losses"] == [
        "the home of ann: claim lab/claim-ann, volume pvc-1, storage class fast, reclaim policy Delete, 2Gi, Cinder "
        "volume 5f0c: its volume cannot be set to Retain: forbidden by policy",
        "the home of bob: claim lab/claim-bob, volume pvc-2, storage class fast, reclaim policy Delete, 2Gi, Cinder "
        "volume 5f0c: its volume cannot be set to Retain: the cluster keeps Delete",
    ]
    assert (result["actions"], result["remains"]) == ([], [])


def test_a_home_on_a_node_is_lost_with_the_cluster_and_then_nothing_is_changed():
    host = volume("pvc-2", "Retain", {"hostPath": {"path": "/data/bob"}})
    api = Api([ANN, claim("claim-bob", "pvc-2")], [volume(), host])
    result = homes.protect(api, None, cluster_removed=True, give_up=False, check=False)
    assert result["losses"] == [
        "the home of bob: claim lab/claim-bob, volume pvc-2, storage class fast, reclaim policy Retain, 2Gi, hostPath "
        "/data/bob: its data may be on the nodes of the cluster and would be deleted with them"
    ]
    assert api.patched == []
    given_up = homes.protect(api, None, cluster_removed=True, give_up=True, check=False)
    assert api.patched == [("pvc-1", False)], "what can be kept is kept"
    assert [each["name"] for each in given_up["remains"]] == ["ann"]
    assert given_up["losses"] == result["losses"]


def test_a_home_on_a_node_is_kept_with_the_cluster():
    api = Api([ANN], [volume(source={"hostPath": {"path": "/data/ann"}})])
    result = homes.protect(api, "lab", cluster_removed=False, give_up=False, check=False)
    assert (result["losses"], api.patched) == ([], [("pvc-1", False)])


def test_a_claim_without_a_volume_is_no_loss():
    api = Api([claim("claim-new", None), claim("claim-gone", "pvc-9")], [])
    result = homes.protect(api, "lab", cluster_removed=True, give_up=False, check=False)
    assert (len(result["homes"]), result["losses"], result["remains"], api.patched) == (2, [], [], [])
