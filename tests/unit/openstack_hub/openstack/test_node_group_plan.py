"""Actions from the existing node groups to the desired ones: every state, every field."""

import pytest
from magnum_samples import COMPLETE, FAILED, STATES, VANISHING, WORKING, group, want

from openstack_hub.openstack.errors import ImpossibleChange
from openstack_hub.openstack.node_group_plan import (
    changes,
    clamp,
    describe,
    labels_text,
    normalized,
    outdated_groups,
    plan_node_groups,
    unsupported_settings,
    widened_bounds,
)

FIRST, STANDARD = group("default-worker"), want("default-worker")
CREATE, REMOVE = "create node group gpu (l3.micro, 0 to 4 nodes)", "remove node group gpu (l3.micro, 1 node)"


def sentences(existing, *desired, **options):
    found = plan_node_groups([FIRST, *existing], [STANDARD, *desired], **options)
    return [sentence for _, sentence, _, _ in found]


def refusal(existing, *desired, **options):
    with pytest.raises(ImpossibleChange) as caught:
        plan_node_groups([FIRST, *existing], [STANDARD, *desired], **options)
    return str(caught.value)


# -- States ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recreate", [False, True])
@pytest.mark.parametrize("status", [*COMPLETE, *WORKING])
def test_a_working_group_is_left_alone(status, recreate):
    assert sentences([group("gpu", status)], want("gpu"), recreate=recreate) == []
    assert sentences([group("gpu", status)], recreate=recreate) == [REMOVE]


@pytest.mark.parametrize("status", VANISHING)
def test_a_group_being_deleted_does_not_count(status):
    assert sentences([group("gpu", status)], want("gpu")) == [CREATE]
    assert sentences([group("gpu", status)]) == []


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
def test_a_group_that_failed_at_creation_is_created_again_on_request(status):
    existing = group("gpu", status, status_reason="No GPU is free")
    assert refusal([existing], want("gpu")) == (
        f"node group gpu is {status}: No GPU is free. Fix the cause, then run again with -e cluster_recreate=true: "
        "the group is removed and created again"
    )
    assert sentences([existing], want("gpu"), recreate=True) == [REMOVE, CREATE]
    assert sentences([existing]) == [REMOVE]


@pytest.mark.parametrize("status", ["UPDATE_FAILED", "ROLLBACK_FAILED", "RESUME_FAILED"])
def test_a_failed_update_is_retried(status):
    existing = group("gpu", status, status_reason="No host", max_node_count=3)
    again = "retry the last update of node group gpu, which failed: No host"
    assert sentences([existing], want("gpu")) == [again, "set node group gpu: 0 to 4 nodes"]
    assert sentences([existing]) == [REMOVE]


@pytest.mark.parametrize("status", FAILED)
def test_the_default_group_is_never_removed(status):
    first = group("default-worker", status, status_reason="No host")
    for recreate in (False, True):
        (one,) = plan_node_groups([first], [STANDARD], recreate=recreate)
        assert one[:2] == ("resize", "retry the last update of node group standard, which failed: No host")
    assert plan_node_groups([first], [want("gpu")])[0][0] == "create", "and not when it is not listed"


def test_all_states_are_tested():
    assert {*COMPLETE, *WORKING, *VANISHING, *FAILED} == set(STATES)


# -- Fields ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("existing", "desired", "steps"),
    [
        ({}, {}, []),
        ({"min_node_count": 1}, {}, ["set node group gpu: 0 to 4 nodes"]),
        ({"max_node_count": None}, {}, ["set node group gpu: 0 to 4 nodes"]),
        ({}, {"min": 1, "max": 1}, ["set node group gpu: 1 to 1 node"]),
        ({}, {"min": 2}, ["resize node group gpu to 2 nodes", "set node group gpu: 2 to 4 nodes"]),
        ({"node_count": 4}, {"max": 3}, ["resize node group gpu to 3 nodes", "set node group gpu: 0 to 3 nodes"]),
        ({"node_count": 3}, {"min": 2}, ["set node group gpu: 2 to 4 nodes"]),  # an autoscaler's count
        ({"node_count": 7}, {}, ["resize node group gpu to 4 nodes"]),
        ({"node_labels": {}}, {}, ["set node group gpu: node labels zone=a"]),
        ({"node_labels": None}, {"node_labels": {}}, []),
        ({}, {"node_labels": {}}, ["set node group gpu: node labels none"]),
        ({"node_labels": {"b": "1", "a": "2"}}, {"node_labels": {"a": 2, "b": 1}}, []),
        (
            {"max_node_count": 2},
            {"node_taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]},
            ["set node group gpu: 0 to 4 nodes, node taints gpu=yes:NoSchedule"],
        ),
        (
            {"node_taints": [{"key": "gpu", "effect": "NoSchedule"}]},
            {"node_taints": [{"effect": "NoSchedule", "key": "gpu", "value": None}]},
            [],
        ),
        ({"node_taints": [{"key": "gpu", "effect": "NoSchedule"}]}, {}, ["set node group gpu: node taints none"]),
    ],
)
def test_each_field_that_differs_is_changed(existing, desired, steps):
    assert sentences([group(**existing)], want(**desired)) == steps


@pytest.mark.parametrize(
    ("existing", "desired", "what"),
    [
        ({}, {"max": 3}, ["resize", "upgrade", "patch"]),
        ({"node_count": 9, "max_node_count": 9}, {"max": 3}, ["upgrade", "resize", "patch"]),
        ({"max_node_count": 9, "min_node_count": 2}, {}, ["upgrade", "patch"]),
    ],
)
def test_a_failed_group_is_retried_by_its_changes_or_as_it_is(existing, desired, what):
    found = changes(group("gpu", "UPDATE_FAILED", **existing), want(**desired), (1, 14), True)
    assert [action[0] for action in found] == what


@pytest.mark.parametrize(
    ("bounds", "have", "count", "patch"),
    [
        ((0, 4), 1, 4, {}),
        ((0, None), 1, 99, {}),
        ((0, 0), 1, 99, {}),  # Magnum also writes 0 for no limit
        ((None, None), 1, 1, {}),
        ((2, 4), 2, 1, {"min_node_count": 1}),
        ((2, 4), 2, 5, {"max_node_count": 5}),
        ((2, 4), 0, 5, {"min_node_count": 0, "max_node_count": 5}),  # an autoscaler was there
        ((2, 4), 0, 1, {"min_node_count": 0}),
        ((2, 4), 9, 1, {"min_node_count": 1, "max_node_count": 9}),
        ((2, 4), 9, 3, {}),
    ],
)
def test_bounds_are_widened_for_a_count_outside_them(bounds, have, count, patch):
    assert widened_bounds(group(min_node_count=bounds[0], max_node_count=bounds[1], node_count=have), count) == patch


def test_settings_that_an_old_magnum_does_not_support():
    existing, desired = group(node_labels=None, node_taints=None, min_node_count=1), want(min=0)
    assert sentences([existing], desired, version=(1, 13)) == ["set node group gpu: 0 to 4 nodes"]
    assert sentences([existing | {"min_node_count": 0}], desired, version=(1, 9)) == []
    warnings = {
        version: list(unsupported_settings([STANDARD, want(node_labels={})], version)) for version in [(1, 9), (1, 10)]
    }
    labels = "cluster_node_groups, standard: its nodes get no labels and taints, which need 1.14; "
    assert warnings[1, 10] == [f"{labels}Magnum of this cloud supports 1.10"]
    assert warnings[1, 9] == [
        f"{labels}Magnum of this cloud supports 1.9",
        *(
            f"cluster_node_groups, {name}: starts with one node, because a group without nodes needs 1.10; "
            "Magnum of this cloud supports 1.9"
            for name in ("standard", "gpu")
        ),
    ]
    assert list(unsupported_settings([STANDARD], (1, 13))) == [f"{labels}Magnum of this cloud supports 1.13"]
    assert list(unsupported_settings([STANDARD], (1, 14))) == []


# -- Replacing ---------------------------------------------------------------------------------------------------------

BIG = want(flavor_id="l3.big")
CREATE_BIG, REMOVE_BIG = (text.replace("l3.micro", "l3.big") for text in (CREATE, REMOVE))


def test_another_flavor_is_refused_or_replaced():
    assert refusal([group()], BIG) == (
        "node group gpu: flavor is l3.micro, l3.big is wanted. Magnum cannot change it: write the old value, or allow "
        "with cluster_node_groups_replace: true that a new group is created and this one removed (servers on it are "
        "stopped)"
    )
    assert sentences([group()], BIG, replace=True) == [CREATE_BIG, REMOVE]
    assert sentences([group("gpu-b")], BIG, replace=True) == [CREATE_BIG, REMOVE]


@pytest.mark.parametrize(
    ("existing", "names"),
    [
        ([group()], ["gpu-b", "gpu"]),
        ([group("gpu-b")], ["gpu", "gpu-b"]),
        ([group(), group("gpu-b", flavor_id="l3.big")], ["gpu"]),  # killed after the successor was created
        ([group("gpu-b"), group(flavor_id="l3.big")], ["gpu-b"]),
        ([group(), group("gpu-b", flavor_id="l3.small")], ["gpu-b", "gpu-b", "gpu"]),  # the flavor changed twice
        ([group(), group("gpu-b", "DELETE_IN_PROGRESS")], ["gpu-b", "gpu"]),
        ([group("gpu", "DELETE_FAILED"), group("gpu-b", flavor_id="l3.big")], ["gpu"]),  # a working successor is kept
    ],
)
def test_names_of_a_group_and_its_successor(existing, names):
    found = plan_node_groups([FIRST, *existing], [STANDARD, BIG], replace=True)
    assert [(group or argument)["name"] for _, _, group, argument in found] == names


def test_a_successor_starts_with_as_many_nodes_as_the_bounds_allow():
    for count, begins in ((0, 1), (2, 2), (9, 4)):
        (create, _) = plan_node_groups([FIRST, group(node_count=count)], [STANDARD, BIG | {"min": 1}], replace=True)
        assert create[3]["count"] == begins


def test_a_successor_that_failed_is_created_again_and_the_old_group_still_removed():
    existing = [group(), group("gpu-b", "CREATE_FAILED", flavor_id="l3.big")]
    assert "cluster_recreate" in refusal(existing, BIG, replace=True)
    assert sentences(existing, BIG, replace=True, recreate=True) == [REMOVE_BIG, CREATE_BIG, REMOVE]


def test_the_first_group_keeps_its_flavor():
    for options in ({}, {"replace": True, "recreate": True}):
        with pytest.raises(
            ImpossibleChange, match="Magnum created the first node group with the cluster and cannot change it"
        ):
            plan_node_groups([FIRST], [want("default-worker", flavor_id="l3.big")], **options)


def test_another_image_of_a_group_is_refused():
    own = want(image_id="ubuntu-gpu")
    assert "image is ubuntu-kube-v1.33.4, ubuntu-gpu is wanted" in refusal([group()], own)
    assert sentences([group(image_id="ubuntu-gpu")], own) == []
    assert sentences([group(image_id="ubuntu-gpu")], want()) == [], "some drivers report no image of a group"


def test_an_outdated_group_is_upgraded_after_the_others():
    late, image = [group(image_id="ubuntu-kube-v1.32.8")], "ubuntu-kube-v1.33.4"
    assert sentences(late, want(), image=image) == ["upgrade node group gpu after the others"]
    assert sentences(late, want(image_id="ubuntu-kube-v1.32.8"), image=image) == [], "it has an image of its own"
    assert sentences([group()], want(), image=image) == []
    assert plan_node_groups([FIRST], [STANDARD], image="another") == [], "the first one is the image's measure"
    assert sentences(late, want(), image=image, is_equivalent=lambda *_: True) == [], "a name and an id of one image"


def test_outdated_groups():
    new, old = [group(name, image_id="new") for name in ("default-worker", "a")], group("b", image_id="old")
    assert outdated_groups([*new, old], {"old"}) == [old]
    assert outdated_groups([*new, old], {"older"}) == []
    assert outdated_groups([group("default-worker", image_id="old"), old], {"old"}) == [], "no image per group"
    assert outdated_groups([old], {"old"}) == []


# -- The list ----------------------------------------------------------------------------------------------------------


def test_desired_groups_come_first_then_unlisted_ones():
    existing = [group("old"), group("kept", max_node_count=9), group("older")]
    assert sentences(existing, want("new"), want("kept")) == [
        "create node group new (l3.micro, 0 to 4 nodes)",
        "set node group kept: 0 to 4 nodes",
        "remove node group old (l3.micro, 1 node)",
        "remove node group older (l3.micro, 1 node)",
    ]


def test_all_refusals_at_once():
    existing = [group(), group("huge", "CREATE_FAILED")]
    assert len(refusal(existing, BIG, want("huge")).splitlines()) == 2


# -- Texts -------------------------------------------------------------------------------------------------------------


def test_texts_of_states_labels_and_counts():
    assert describe(group(status="UPDATE_IN_PROGRESS", node_count=2, node_addresses=["10.0.0.5"])) == (
        "magnum: node group gpu UPDATE_IN_PROGRESS, 2 nodes, 1 up"
    )
    assert describe({"name": "gpu", "status": "CREATE_FAILED", "node_count": 1, "status_reason": "No GPU"}) == (
        "magnum: node group gpu CREATE_FAILED, 1 node: No GPU"
    )
    assert normalized({"b": 1, "a": True}) == {"a": "True", "b": "1"} and list(normalized({"b": 1, "a": 2})) == [
        "a",
        "b",
    ]
    assert normalized(None) == normalized([]) == [] and normalized({}) == {}
    assert labels_text({}) == labels_text([]) == "none"
    assert labels_text([{"key": "gpu", "effect": "NoSchedule"}, {"key": "a", "value": "b", "effect": "NoExecute"}]) == (
        "gpu=:NoSchedule a=b:NoExecute"
    )
    assert [clamp(count, want(min=1, max=3)) for count in (0, 1, 3, 4)] == [1, 1, 3, 3]
