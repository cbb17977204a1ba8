"""Several clusters of one name: which is kept, which are deleted, and when that is unclear."""

import pytest
from magnum_samples import cluster

from openstack_hub.openstack.cluster_plan import resolve_duplicates
from openstack_hub.openstack.errors import ImpossibleChange


def duplicates(*statuses, **changed):
    """Clusters of one name, made one second after the other."""
    return [
        cluster(status, uuid=f"c-{i}", created_at=f"2026-11-21T12:00:0{i}", **changed)
        for i, status in enumerate(statuses)
    ]


@pytest.mark.parametrize(
    ("statuses", "kept", "deleted"),
    [
        (["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS"], "c-0", ["c-1"]),
        (["CREATE_COMPLETE", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS"], "c-0", ["c-1", "c-2"]),
        (["CREATE_FAILED", "CREATE_IN_PROGRESS"], "c-0", ["c-1"]),
        (["DELETE_IN_PROGRESS", "CREATE_COMPLETE"], "c-1", []),
        (["DELETE_COMPLETE", "CREATE_COMPLETE"], "c-1", []),
        (["DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS"], None, []),
    ],
)
def test_the_newer_cluster_is_deleted_while_it_is_being_created(statuses, kept, deleted):
    for order in (1, -1):
        one, others = resolve_duplicates(duplicates(*statuses)[::order])
        assert (one and one["uuid"], [c["uuid"] for c in others]) == (kept, deleted)


def test_of_two_created_in_the_same_second_both_runs_keep_the_same():
    two = [cluster("CREATE_IN_PROGRESS", uuid=uuid) for uuid in ("c-2", "c-1")]
    assert resolve_duplicates(two)[0]["uuid"] == resolve_duplicates(two[::-1])[0]["uuid"] == "c-1"


def test_a_complete_twin_is_deleted_while_no_run_has_changed_it():
    two = duplicates("CREATE_COMPLETE", "CREATE_COMPLETE")
    assert [c["uuid"] for c in resolve_duplicates(two, lambda cluster: cluster["uuid"] == "c-1")[1]] == ["c-1"]
    later = [two[0], two[1] | {"created_at": "2026-11-21T12:01:00"}]
    for clusters, untouched in ((two, False), (later, True)):
        with pytest.raises(ImpossibleChange):
            resolve_duplicates(clusters, lambda cluster, untouched=untouched: untouched)


@pytest.mark.parametrize(
    ("statuses", "labels"),
    [
        (["CREATE_COMPLETE", "CREATE_COMPLETE"], {"managed_by": "openstack-hub"}),
        (["CREATE_COMPLETE", "UPDATE_IN_PROGRESS"], {"managed_by": "openstack-hub"}),
        (["CREATE_IN_PROGRESS", "CREATE_FAILED"], {"managed_by": "openstack-hub"}),
        (["CREATE_COMPLETE", "CREATE_IN_PROGRESS"], {}),  # created by another user
    ],
)
def test_two_clusters_that_may_have_users_are_an_error_that_lists_both(statuses, labels):
    with pytest.raises(ImpossibleChange) as caught:
        resolve_duplicates(duplicates(*statuses, labels=labels))
    assert str(caught.value) == (
        f"there are 2 clusters called lab:\n- c-0, created 2026-11-21T12:00:00, {statuses[0]}\n"
        f"- c-1, created 2026-11-21T12:00:01, {statuses[1]}\n"
        "Delete all but one (openstack coe cluster delete UUID), or choose another cluster_name."
    )
