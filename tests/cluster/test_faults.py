"""The most important failures of a cloud; tests/faults has all, and takes longer."""

import pytest
from cluster_state import magnum_requests
from fixtures import clusters, create_by_hand

GROUP = {"name": "standard", "flavor": "l3.micro", "min": 1, "max": 2}


@pytest.fixture
def small(site):
    """A site with one node group; its name."""
    site.set(cluster_node_groups=[GROUP])
    return site.openstack["cluster_name"]


def test_a_failed_creation_reports_all_reasons_and_is_not_retried(testbed, site, small):
    testbed.faults.set(
        operation="create", cluster=small, node_group="default-master", fail="Quota of cores is exceeded"
    )
    testbed.faults.set(operation="create", cluster=small, node_group="default-worker", fail="No valid host was found")
    first = site.play("cluster")
    (cluster,) = clusters(testbed, small)
    again = site.play("cluster", verbosity=3)
    for run in (first, again):
        assert run.rc != 0
        for text in (
            cluster.uuid,
            "CREATE_FAILED",
            "default-master: Quota of cores is",
            "default-worker: No valid host",
        ):
            assert text in run.message
        assert "-e cluster_recreate=true" in run.message
    assert magnum_requests(testbed, again.began) == []


def test_lost_and_failed_answers_create_one_cluster(testbed, site, small):
    for path in ("/clustertemplates$", "/clusters$", "/certificates$"):
        testbed.faults.set(service="magnum", method="POST", path=path, answer="lost", count=1)
    for answer in (503, "close"):
        testbed.faults.set(service="magnum", method="GET", answer=answer, count=2)
    run = site.play("cluster", verbosity=3)
    assert run.rc == 0, run.message
    assert len([call for call in testbed.calls(run.began) if call["fault"]]) == 7
    assert len(clusters(testbed, small)) == 1


def test_a_foreign_cluster_is_refused_unless_adopted_and_two_are_listed(testbed, site, small):
    made = create_by_hand(testbed, small)
    refused = site.play("cluster")
    assert (refused.rc != 0, magnum_requests(testbed, refused.began)) == (True, [])
    assert f"cluster {small} ({made.uuid}) exists, but was not created by openstack-hub" in refused.message
    assert "cluster_adopt: true" in refused.message
    site.set(cluster_adopt=True)
    assert site.play("cluster").rc == 0
    (cluster,) = clusters(testbed, small)
    assert cluster.uuid == made.uuid

    other = create_by_hand(testbed, small)
    refused = site.play("cluster")
    assert (refused.rc != 0, magnum_requests(testbed, refused.began)) == (True, [])
    assert "there are 2 clusters called" in refused.message
    assert made.uuid in refused.message
    assert other.uuid in refused.message
