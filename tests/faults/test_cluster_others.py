"""A second operator, a foreign cluster of the same name, an older Magnum."""

import pytest
from cluster_state import magnum_requests, state
from fixtures import clusters, create_by_hand, wait_for

LABELS = "its nodes get no labels and taints, which need 1.14"
ZERO = "starts with one node, because a group without nodes needs 1.10"


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_two_concurrent_runs_create_one_cluster(testbed, make_site, delay):
    """Both runs succeed with one cluster. delay: seconds until others can see a request."""
    ours = make_site()
    theirs = make_site(name := ours.openstack["cluster_name"])
    changes = (
        lambda site: None,
        lambda site: (site.group("standard", min=3, max=9), site.group("large", flavor="l3.medium", min=1, max=2)),
        lambda site: (site.openstack["cluster_node_groups"].pop(1), site.group("gpu", max=3)),
    )
    for change in changes:
        if delay:
            testbed.faults.set(service="magnum", method="POST", delay=delay, count=8)
        for site in (ours, theirs):
            change(site)
        runs = [run.end() for run in [site.start("cluster", verbosity=3) for site in (ours, theirs)]]
        testbed.faults.clear()
        assert [run.rc for run in runs] == [0, 0], [run.message for run in runs]
        wait_for(lambda: len(clusters(testbed, name)) == 1)
        assert [site.play("cluster", "--check").actions for site in (ours, theirs)] == [[], []]
        assert state(testbed, ours) == state(testbed, theirs)
    groups = state(testbed, ours)["clusters"][0]["groups"]
    assert set(groups) == {"default-master", "default-worker", "gpu", "large"}
    assert [groups[name]["node_count"] for name in ("default-worker", "gpu", "large")] == [3, 0, 1]


def test_a_foreign_cluster_is_refused_or_adopted(testbed, site):
    made = create_by_hand(testbed, site.openstack["cluster_name"])
    run = site.play("cluster", verbosity=3)
    assert (run.rc != 0, magnum_requests(testbed, run.began)) == (True, [])
    for texts in (made.uuid, "was not created by openstack-hub", "cluster_adopt: true", "another cluster_name"):
        assert texts in run.message
    site.set(cluster_adopt=True)
    predicted = site.play("cluster", "--check")
    run = site.play("cluster", verbosity=3)
    assert run.rc == 0, run.message
    assert predicted.actions == run.actions
    assert [cluster.uuid for cluster in clusters(testbed, made.name)] == [made.uuid]
    assert site.play("cluster").actions == []
    existing = state(testbed, site)
    assert existing["kubeconfig"]
    assert set(existing["clusters"][0]["groups"]) == {"default-master", "default-worker", "huge", "gpu"}


def test_two_clusters_of_one_name(testbed, site):
    made = [create_by_hand(testbed, site.openstack["cluster_name"]) for _ in range(2)]
    for adopt in (False, True):
        site.set(cluster_adopt=adopt)
        run = site.play("cluster", verbosity=3)
        assert (run.rc != 0, magnum_requests(testbed, run.began)) == (True, [])
        assert "there are 2 clusters called" in run.message
        for cluster in made:
            assert cluster.uuid in run.message


@pytest.mark.parametrize(
    ("version", "warned"), [("1.9", {"gpu": (ZERO, LABELS), "standard": (LABELS,)}), ("1.10", {"gpu": (LABELS,)})]
)
def test_an_older_magnum_gets_what_it_supports_with_warnings(testbed, site, version, warned):
    """A run works without the missing features and names the variables that need them; a newer Magnum adds them."""
    testbed.start(magnum_microversion=version)
    try:
        run = site.play("cluster", verbosity=3)
        assert run.rc == 0, run.message
        warnings = run.results["Create, change and remove its node groups"]["warnings"]
        for group, texts in warned.items():
            for what in texts:
                assert any(w.startswith(f"cluster_node_groups, {group}: {what}") for w in warnings), warnings
        assert (version == "1.10") == (not any(ZERO in w for w in warnings))
        site.group("standard", min=3, max=9)
        site.group("huge", max=4)
        predicted, run = site.play("cluster", "--check"), site.play("cluster", verbosity=3)
        assert (run.rc, run.actions) == (0, predicted.actions), run.message
        assert run.actions
        assert site.play("cluster").actions == []
    finally:
        testbed.start()
    run = site.play("cluster", verbosity=3)
    assert run.rc == 0, run.message
    groups = state(testbed, site)["clusters"][0]["groups"]
    assert groups["gpu"]["node_taints"]
    assert [groups["default-worker"][f] for f in ("node_count", "min_node_count", "max_node_count")] == [3, 3, 9]
    assert site.play("cluster").actions == []
