"""Actions from the existing cluster to the desired one: every state, every field."""

import pytest
from magnum_samples import COMPLETE, FAILED, STATES, VANISHING, WORKING, cluster, desired_cluster, group, template

from openstack_hub.openstack.cluster_plan import failure_message, plan_cluster
from openstack_hub.openstack.errors import ImpossibleChange
from openstack_hub.openstack.kubernetes_versions import parse_version, upgrade_path
from openstack_hub.openstack.magnum_api import failure_reasons, has_failed, in_progress, is_same

CREATE = "create cluster lab (v1.33.4, control plane 1 m1.medium, first node group 2 l3.micro)"
DELETE = "delete cluster lab (c-1)"


def sentences(existing, template=None, **changed):
    return [sentence for _, sentence, _ in plan_cluster(existing, desired_cluster(**changed), template)]


def refusal(existing, template=None, **changed):
    with pytest.raises(ImpossibleChange) as caught:
        plan_cluster(existing, desired_cluster(**changed), template)
    return str(caught.value)


# -- States ------------------------------------------------------------------------------------------------------------


def test_states_are_told_apart():
    assert [state for state in STATES if in_progress(state)] == [*WORKING, *VANISHING]
    assert [state for state in STATES if has_failed(state)] == list(FAILED)
    assert not in_progress(None) and not has_failed(None)


def test_a_missing_cluster_is_created():
    assert sentences(None) == [CREATE]
    assert sentences(None, recreate=True) == [CREATE]
    assert sentences(None, state="absent") == []


@pytest.mark.parametrize("status", [*COMPLETE, *WORKING])
def test_a_working_cluster_is_left_alone(status):
    assert sentences(cluster(status)) == []
    assert sentences(cluster(status), recreate=True) == []
    assert sentences(cluster(status), adopt=True) == []


@pytest.mark.parametrize("status", VANISHING)
def test_a_cluster_being_deleted_is_created_again_and_not_deleted_twice(status):
    assert sentences(cluster(status)) == [CREATE]
    assert sentences(cluster(status, labels={})) == [CREATE], "a foreign one is no matter any more"
    assert sentences(cluster(status), state="absent") == []


@pytest.mark.parametrize("status", [state for state in STATES if state not in VANISHING])
def test_a_cluster_is_deleted_in_any_state(status):
    assert sentences(cluster(status), state="absent") == [DELETE]
    assert "cluster_adopt: true" in refusal(cluster(status, labels={}), state="absent")
    assert sentences(cluster(status, labels={}), state="absent", adopt=True) == [DELETE]


@pytest.mark.parametrize("status", [state for state in STATES if state not in VANISHING])
@pytest.mark.parametrize("labels", [None, {}, {"managed_by": "somebody"}])
def test_a_foreign_cluster_is_refused(status, labels):
    assert refusal(cluster(status, labels=labels), recreate=True) == (
        "cluster lab (c-1) exists, but was not created by openstack-hub. "
        "Adopt it with cluster_adopt: true, or choose another cluster_name"
    )


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
def test_a_cluster_that_failed_at_creation_is_created_again_on_request(status):
    existing = cluster(status, status_reason="Quota of cores is exceeded")
    assert "Quota of cores is exceeded" in refusal(existing)
    assert "-e cluster_recreate=true" in refusal(existing)
    assert sentences(existing, recreate=True) == [f"{DELETE}, which is {status}", CREATE]
    assert sentences(existing | {"labels": {}}, recreate=True, adopt=True) == [f"{DELETE}, which is {status}", CREATE]


def test_a_failed_update_is_retried():
    existing = cluster("UPDATE_FAILED", status_reason="No valid host was found")
    again = "retry the last update of cluster lab, which failed: No valid host was found"
    assert sentences(existing) == sentences(existing, recreate=True) == [again]
    assert sentences(existing, master_count=3) == [again, "resize the control plane from 1 to 3 nodes"]


@pytest.mark.parametrize("status", ["ROLLBACK_FAILED", "RESUME_FAILED"])
def test_states_that_magnum_cannot_leave(status):
    for recreate in (False, True):
        assert refusal(cluster(status), recreate=recreate).endswith("ask your cloud's operators to repair the cluster.")


# -- Fields ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("existing", "desired", "problem"),
    [
        ({"master_flavor_id": "m1.large"}, {}, "cluster_control_plane.flavor is m1.medium, the cluster has m1.large"),
        ({"keypair": "others"}, {}, "cloud_key is operators, the cluster has others"),
        ({"keypair": None}, {}, "cloud_key is operators, the cluster has none"),
        ({}, {"fixed_network": "outside"}, "cloud_network.name is outside, the cluster has inside"),
        ({}, {"labels": {"count": 4}}, "label count would be 4, the cluster has 3"),
        ({}, {"labels": {"boot_volume_size": "40"}}, "label boot_volume_size would be 40, the cluster has none"),
    ],
)
def test_a_fixed_field_is_reported(existing, desired, problem):
    assert refusal(cluster(**existing), **desired) == (
        f"cluster lab exists and cannot be changed as wanted:\n- {problem}. Magnum cannot change it: "
        "write the old value, or destroy the cluster and create it again (homes are kept)"
    )


@pytest.mark.parametrize(
    ("existing", "desired"),
    [
        ({"keypair": "others"}, {"keypair": None}),
        ({"fixed_network": "made-by-magnum"}, {"fixed_network": None}),
        ({"flavor_id": "l3.small"}, {}),  # the node groups' matter
        ({"node_count": 17}, {}),  # the autoscaler's
        ({"coe_version": None}, {"template": template("v1.34.1")}),  # unknown before the first COMPLETE
        ({}, {"labels": {"kube_tag": "v1.33.5", "min_node_count": "7", "max_node_count": "9", "managed_by": "x"}}),
        ({"labels": {"managed_by": "openstack-hub", "more": "1"}}, {"labels": {}}),
        ({"labels": {}}, {"adopt": True, "labels": {"count": "9"}}),  # labels of a cluster that was created by hand
        ({"master_flavor_id": "m1.medium"}, {"create_timeout": 9, "node_count": 9, "flavor_id": "other"}),
    ],
)
def test_equivalent_values_are_no_difference(existing, desired):
    assert sentences(cluster(**existing), **desired) == []


def test_all_fixed_fields_are_reported_at_once():
    text = refusal(
        cluster(keypair="others", coe_version="v1.34.0"),
        template("v1.34.0", network_driver="cilium", external_network_id="Other"),
        labels={"count": 4},
    )
    for problem in (
        "cloud_key",
        "label count",
        "cluster_network_driver is calico, the cluster was created with cilium",
    ):
        assert problem in text
    assert "cloud_external_network is External, the cluster was created with Other" in text
    assert "v1.34.0 runs, cluster_kubernetes_version is v1.33.4: Kubernetes cannot be downgraded" in text
    assert text.count("\n- ") == 5


def test_a_name_and_its_id_are_equivalent():
    ids = {"m1.medium": "f-1", "External": "n-1", "ubuntu-kube-v1.33.4": "i-1"}

    def is_equivalent(_field, old, new):
        return is_same(ids.get(old, old), ids.get(new, new))

    existing = cluster(master_flavor_id="f-1")
    made_from = template(image_id="i-1", external_network_id="n-1", name="lab-v1.33.4-ffffffff")
    assert plan_cluster(existing, desired_cluster(), made_from, is_equivalent) == []


# -- Upgrades ----------------------------------------------------------------------------------------------------------


def test_one_minor_up():
    old = template("v1.32.8")
    assert plan_cluster(cluster(coe_version="v1.32.8"), desired_cluster(), old) == [
        ("upgrade", "upgrade Kubernetes from v1.32.8 to v1.33.4", template())
    ]


def test_the_control_plane_grows_before_the_upgrade():
    assert sentences(cluster(coe_version="v1.32.8"), template("v1.32.8"), master_count=3) == [
        "resize the control plane from 1 to 3 nodes",
        "upgrade Kubernetes from v1.32.8 to v1.33.4",
    ]


def test_another_image_of_the_same_version():
    old = template(image_id="ubuntu-kube-old", name="lab-v1.33.4-ffffffff")
    assert sentences(cluster(), old) == ["replace image ubuntu-kube-old by ubuntu-kube-v1.33.4, node by node"]
    assert sentences(cluster(), template(name="lab-v1.33.4-ffffffff")) == [], "only the template's name is another"


@pytest.mark.parametrize(
    ("running", "steps", "versions"),
    [
        ("v1.33.4", [], []),
        ("v1.33.3", [], ["v1.33.4"]),
        ("v1.32.0", ["v1.32.8"], ["v1.33.4"]),
        ("v1.31.1", ["v1.32.8"], ["v1.32.8", "v1.33.4"]),
        ("v1.30.1", ["v1.32.8", "v1.31.9"], ["v1.31.9", "v1.32.8", "v1.33.4"]),
        ("v1.31.1", ["v1.32.9", "v1.32.8"], ["v1.32.9", "v1.33.4"]),  # of one minor the newest
        ("v1.31.1", ["v1.32.8", "v1.33.1", "v1.34.0"], ["v1.32.8", "v1.33.4"]),
        ("1.32.8+k3s1", [], ["v1.33.4"]),
    ],
)
def test_upgrade_paths(running, steps, versions):
    target = template()
    path, error = upgrade_path(running, target, [template(step) for step in steps])
    assert ([step["version"] for step in path], error) == (versions, None)


@pytest.mark.parametrize(
    ("running", "steps", "message"),
    [
        (
            "v1.33.5",
            [],
            "v1.33.5 runs, cluster_kubernetes_version is v1.33.4: Kubernetes cannot be downgraded. Write v1.33.5",
        ),
        ("v1.31.1", [], "an upgrade from v1.31.1 to v1.33.4 needs v1.32 in between: name a version v1.32.x"),
        (
            "v1.30.1",
            ["v1.31.9"],
            "needs v1.32 in between: name a version v1.32.x and its image in cluster_upgrade_steps",
        ),
        ("v1.30.1", ["v1.32.8"], "needs v1.31 in between: name a version v1.31.x"),
    ],
)
def test_impossible_upgrade_paths(running, steps, message):
    path, error = upgrade_path(running, template(), [template(step) for step in steps])
    assert path == [] and message in error


def test_a_version_without_three_numbers_is_parsed_or_none():
    versions = ("v1.33.4", "1.33", "v1.33.4-rc.1", None, "", "latest")
    assert [parse_version(version) for version in versions] == [(1, 33, 4), (1, 33, 0), (1, 33, 4), None, None, None]


# -- Failures, and several of one name ---------------------------------------------------------------------------------


def test_every_reason_is_given_once():
    existing = cluster(
        "CREATE_FAILED", status_reason="No host", faults={"default-master": "No host", "gpu": "No\n  GPU"}
    )
    groups = [
        group("gpu", "CREATE_FAILED", status_reason="No GPU"),
        group("huge", "UPDATE_FAILED", status_reason="Full"),
    ]
    groups += [group("default-worker", status_reason="Upgrade to v1.33.4")]
    assert failure_reasons(existing, groups) == ["No host", "gpu: No GPU", "huge: Full"]
    assert failure_message(existing, groups) == (
        "cluster lab (c-1) is CREATE_FAILED:\n- No host\n- gpu: No GPU\n- huge: Full\nFix the cause, then run again "
        "with -e cluster_recreate=true: the cluster is deleted and created again."
    )
    assert failure_message(cluster("UPDATE_FAILED")).endswith("run again: the update is retried.")
    assert "playbooks/destroy.yml" in failure_message(cluster("DELETE_FAILED"))


def test_reasons_of_an_unhealthy_cluster_and_of_none():
    health = {"api": "ok", "node-1.Ready": "False"}
    assert failure_reasons(cluster(health_status="UNHEALTHY", health_status_reason=health)) == ["node-1.Ready: False"]
    assert failure_reasons(cluster(health_status="HEALTHY", health_status_reason=health)) == [
        "Magnum gives no reason; its conductor's log has more"
    ]
