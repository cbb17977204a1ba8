"""Several clusters of one name: which stays, which withdraw, and when that cannot be said."""

import pytest
from magnum_samples import cluster

# isort: split
from openstack_hub.openstack.cluster_plan import contest
from openstack_hub.openstack.poll import Impossible


def contested(*statuses, **changed):
    """Clusters of one name, made one second after the other."""
    return [
        cluster(status, uuid=f"c-{i}", created_at=f"2026-11-21T12:00:0{i}", **changed)
        for i, status in enumerate(statuses)
    ]


@pytest.mark.parametrize(
    ("statuses", "stays", "withdrawn"),
    [
        (["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS"], "c-0", ["c-1"]),
        (["CREATE_COMPLETE", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS"], "c-0", ["c-1", "c-2"]),
        (["CREATE_FAILED", "CREATE_IN_PROGRESS"], "c-0", ["c-1"]),
        (["DELETE_IN_PROGRESS", "CREATE_COMPLETE"], "c-1", []),
        (["DELETE_COMPLETE", "CREATE_COMPLETE"], "c-1", []),
        (["DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS"], None, []),
    ],
)
def test_of_two_made_at_one_moment_the_younger_withdraws(statuses, stays, withdrawn):
    for order in (1, -1):
        one, others = contest(contested(*statuses)[::order])
        assert (one and one["uuid"], [c["uuid"] for c in others]) == (stays, withdrawn)


def test_made_in_the_same_second_both_operators_choose_the_same():
    two = [cluster("CREATE_IN_PROGRESS", uuid=uuid) for uuid in ("c-2", "c-1")]
    assert contest(two)[0]["uuid"] == contest(two[::-1])[0]["uuid"] == "c-1"


def test_a_complete_twin_withdraws_while_nobody_has_touched_it():
    two = contested("CREATE_COMPLETE", "CREATE_COMPLETE")
    assert [c["uuid"] for c in contest(two, lambda cluster: cluster["uuid"] == "c-1")[1]] == ["c-1"]
    later = [two[0], two[1] | {"created_at": "2026-11-21T12:01:00"}]
    for clusters, untouched in ((two, False), (later, True)):
        with pytest.raises(Impossible):
            contest(clusters, lambda cluster, untouched=untouched: untouched)


@pytest.mark.parametrize(
    ("statuses", "labels"),
    [
        (["CREATE_COMPLETE", "CREATE_COMPLETE"], {"managed_by": "openstack-hub"}),
        (["CREATE_COMPLETE", "UPDATE_IN_PROGRESS"], {"managed_by": "openstack-hub"}),
        (["CREATE_IN_PROGRESS", "CREATE_FAILED"], {"managed_by": "openstack-hub"}),
        (["CREATE_COMPLETE", "CREATE_IN_PROGRESS"], {}),  # of somebody else
    ],
)
def test_two_that_may_have_users_are_an_error_that_lists_both(statuses, labels):
    with pytest.raises(Impossible) as caught:
        contest(contested(*statuses, labels=labels))
    assert str(caught.value) == (
        f"there are 2 clusters called lab:\n- c-0, made 2026-11-21T12:00:00, {statuses[0]}\n"
        f"- c-1, made 2026-11-21T12:00:01, {statuses[1]}\n"
        "Delete all but one (openstack coe cluster delete UUID), or choose another cluster_name."
    )
