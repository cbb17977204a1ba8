"""From the cluster that is there to the one that is wanted: every state, every field."""

import pytest
from magnum_samples import COMPLETE, FAILED, STATES, VANISHING, WORKING, cluster, group, template, wanted

# isort: split
from openstack_hub.openstack.cluster_plan import failure, plan
from openstack_hub.openstack.kubernetes_versions import parse, road
from openstack_hub.openstack.magnum_states import failed, reasons, same, working
from openstack_hub.openstack.poll import Impossible

CREATE = "create cluster lab (v1.33.4, control plane 1 m1.medium, first node group 2 l3.micro)"
DELETE = "delete cluster lab (c-1)"


def todo(there, made_from=None, **changed):
    return [sentence for _, sentence, _ in plan(there, wanted(**changed), made_from)]


def refusal(there, made_from=None, **changed):
    with pytest.raises(Impossible) as caught:
        plan(there, wanted(**changed), made_from)
    return str(caught.value)


# -- States ------------------------------------------------------------------------------------------------------------


def test_states_are_told_apart():
    assert [state for state in STATES if working(state)] == [*WORKING, *VANISHING]
    assert [state for state in STATES if failed(state)] == list(FAILED)
    assert not working(None) and not failed(None)


def test_nothing_there():
    assert todo(None) == [CREATE]
    assert todo(None, recreate=True) == [CREATE]
    assert todo(None, state="absent") == []


@pytest.mark.parametrize("status", [*COMPLETE, *WORKING])
def test_what_lives_is_left_alone(status):
    assert todo(cluster(status)) == []
    assert todo(cluster(status), recreate=True) == []
    assert todo(cluster(status), adopt=True) == []


@pytest.mark.parametrize("status", VANISHING)
def test_what_goes_away_is_made_anew_and_not_deleted_twice(status):
    assert todo(cluster(status)) == [CREATE]
    assert todo(cluster(status, labels={})) == [CREATE], "a foreign one is no matter any more"
    assert todo(cluster(status), state="absent") == []


@pytest.mark.parametrize("status", [state for state in STATES if state not in VANISHING])
def test_it_is_deleted_in_any_state(status):
    assert todo(cluster(status), state="absent") == [DELETE]
    assert "cluster_adopt: true" in refusal(cluster(status, labels={}), state="absent")
    assert todo(cluster(status, labels={}), state="absent", adopt=True) == [DELETE]


@pytest.mark.parametrize("status", [state for state in STATES if state not in VANISHING])
@pytest.mark.parametrize("labels", [None, {}, {"managed_by": "somebody"}])
def test_a_foreign_one_is_refused(status, labels):
    assert refusal(cluster(status, labels=labels), recreate=True) == (
        "there is a cluster lab (c-1) that was not made by openstack-hub. "
        "Take it over with cluster_adopt: true, or choose another cluster_name"
    )


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
def test_what_was_never_whole_is_made_anew_on_request(status):
    there = cluster(status, status_reason="Quota of cores is exceeded")
    assert "Quota of cores is exceeded" in refusal(there)
    assert "-e cluster_recreate=true" in refusal(there)
    assert todo(there, recreate=True) == [f"{DELETE}, which is {status}", CREATE]
    assert todo(there | {"labels": {}}, recreate=True, adopt=True) == [f"{DELETE}, which is {status}", CREATE]


def test_a_failed_update_is_tried_again():
    there = cluster("UPDATE_FAILED", status_reason="No valid host was found")
    again = "ask cluster lab to try its last update again, which failed: No valid host was found"
    assert todo(there) == todo(there, recreate=True) == [again]
    assert todo(there, master_count=3) == [again, "resize the control plane from 1 to 3 machines"]


@pytest.mark.parametrize("status", ["ROLLBACK_FAILED", "RESUME_FAILED"])
def test_states_that_magnum_cannot_leave(status):
    for recreate in (False, True):
        assert refusal(cluster(status), recreate=recreate).endswith("ask your cloud's operators to repair the cluster.")


# -- Fields ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "asked", "told"),
    [
        ({"master_flavor_id": "m1.large"}, {}, "cluster_control_plane.flavor is m1.medium, the cluster has m1.large"),
        ({"keypair": "others"}, {}, "cloud_key is operators, the cluster has others"),
        ({"keypair": None}, {}, "cloud_key is operators, the cluster has none"),
        ({}, {"fixed_network": "outside"}, "cloud_network.name is outside, the cluster has inside"),
        ({}, {"labels": {"count": 4}}, "label count would be 4, the cluster has 3"),
        ({}, {"labels": {"boot_volume_size": "40"}}, "label boot_volume_size would be 40, the cluster has none"),
    ],
)
def test_what_cannot_change_is_told(there, asked, told):
    assert refusal(cluster(**there), **asked) == (
        f"cluster lab exists and cannot become what is wanted:\n- {told}. Magnum cannot change it: "
        "write the old value, or destroy the cluster and create it anew (homes stay)"
    )


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        ({"keypair": "others"}, {"keypair": None}),
        ({"fixed_network": "made-by-magnum"}, {"fixed_network": None}),
        ({"flavor_id": "l3.small"}, {}),  # the node groups' matter
        ({"node_count": 17}, {}),  # the autoscaler's
        ({"coe_version": None}, {"template": template("v1.34.1")}),  # not said before the first COMPLETE
        ({}, {"labels": {"kube_tag": "v1.33.5", "min_node_count": "7", "max_node_count": "9", "managed_by": "x"}}),
        ({"labels": {"managed_by": "openstack-hub", "more": "1"}}, {"labels": {}}),
        ({"labels": {}}, {"adopt": True, "labels": {"count": "9"}}),  # whoever made it chose its labels
        ({"master_flavor_id": "m1.medium"}, {"create_timeout": 9, "node_count": 9, "flavor_id": "other"}),
    ],
)
def test_what_is_no_difference(there, asked):
    assert todo(cluster(**there), **asked) == []


def test_all_that_cannot_change_is_told_at_once():
    text = refusal(
        cluster(keypair="others", coe_version="v1.34.0"),
        template("v1.34.0", network_driver="cilium", external_network_id="Other"),
        labels={"count": 4},
    )
    for told in ("cloud_key", "label count", "cluster_network_driver is calico, the cluster was made with cilium"):
        assert told in text
    assert "cloud_external_network is External, the cluster was made with Other" in text
    assert "v1.34.0 runs, cluster_kubernetes_version is v1.33.4: Kubernetes cannot go back" in text
    assert text.count("\n- ") == 5


def test_names_and_ids_that_mean_the_same():
    ids = {"m1.medium": "f-1", "External": "n-1", "ubuntu-kube-v1.33.4": "i-1"}

    def alike(_field, have, want):
        return same(ids.get(have, have), ids.get(want, want))

    there = cluster(master_flavor_id="f-1")
    made_from = template(image_id="i-1", external_network_id="n-1", name="lab-v1.33.4-ffffffff")
    assert plan(there, wanted(), made_from, alike) == []


# -- Upgrades ----------------------------------------------------------------------------------------------------------


def test_one_minor_up():
    old = template("v1.32.8")
    assert plan(cluster(coe_version="v1.32.8"), wanted(), old) == [
        ("upgrade", "upgrade Kubernetes from v1.32.8 to v1.33.4", template())
    ]


def test_the_control_plane_grows_before_the_upgrade():
    assert todo(cluster(coe_version="v1.32.8"), template("v1.32.8"), master_count=3) == [
        "resize the control plane from 1 to 3 machines",
        "upgrade Kubernetes from v1.32.8 to v1.33.4",
    ]


def test_another_image_of_the_same_version():
    old = template(image_id="ubuntu-kube-old", name="lab-v1.33.4-ffffffff")
    assert todo(cluster(), old) == ["replace image ubuntu-kube-old by ubuntu-kube-v1.33.4, machine by machine"]
    assert todo(cluster(), template(name="lab-v1.33.4-ffffffff")) == [], "only the template's name is another"


@pytest.mark.parametrize(
    ("now", "steps", "way"),
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
def test_the_road(now, steps, way):
    target = template()
    found, mistake = road(now, target, [template(step) for step in steps])
    assert ([step["version"] for step in found], mistake) == (way, None)


@pytest.mark.parametrize(
    ("now", "steps", "told"),
    [
        (
            "v1.33.5",
            [],
            "v1.33.5 runs, cluster_kubernetes_version is v1.33.4: Kubernetes cannot go back. Write v1.33.5",
        ),
        ("v1.31.1", [], "from v1.31.1 to v1.33.4 the way leads over v1.32: name a version v1.32.x"),
        ("v1.30.1", ["v1.31.9"], "over v1.32: name a version v1.32.x and its image in cluster_upgrade_steps"),
        ("v1.30.1", ["v1.32.8"], "over v1.31: name a version v1.31.x"),
    ],
)
def test_roads_that_lead_nowhere(now, steps, told):
    found, mistake = road(now, template(), [template(step) for step in steps])
    assert found == [] and told in mistake


def test_versions():
    versions = ("v1.33.4", "1.33", "v1.33.4-rc.1", None, "", "latest")
    assert [parse(version) for version in versions] == [(1, 33, 4), (1, 33, 0), (1, 33, 4), None, None, None]


# -- Failures, and several of one name ---------------------------------------------------------------------------------


def test_every_reason_is_told_once():
    there = cluster("CREATE_FAILED", status_reason="No host", faults={"default-master": "No host", "gpu": "No\n  GPU"})
    groups = [
        group("gpu", "CREATE_FAILED", status_reason="No GPU"),
        group("huge", "UPDATE_FAILED", status_reason="Full"),
    ]
    groups += [group("default-worker", status_reason="Upgrade to v1.33.4")]
    assert reasons(there, groups) == ["No host", "gpu: No GPU", "huge: Full"]
    assert failure(there, groups) == (
        "cluster lab (c-1) is CREATE_FAILED:\n- No host\n- gpu: No GPU\n- huge: Full\nMend the cause, then run again "
        "with -e cluster_recreate=true: what is there is deleted and made anew."
    )
    assert failure(cluster("UPDATE_FAILED")).endswith("run again: the update is tried once more.")
    assert "playbooks/destroy.yml" in failure(cluster("DELETE_FAILED"))


def test_reasons_of_an_unhealthy_cluster_and_of_none():
    health = {"api": "ok", "node-1.Ready": "False"}
    assert reasons(cluster(health_status="UNHEALTHY", health_status_reason=health)) == ["node-1.Ready: False"]
    assert reasons(cluster(health_status="HEALTHY", health_status_reason=health)) == [
        "Magnum gives no reason; its conductor's log has more"
    ]
