"""The lifecycle of a cluster, killed at many moments.

A request of the killed run chooses the moment: its answer is lost, and the run is killed before it can retry.
"""

import pytest
from cluster_state import magnum_requests, state
from fixtures import clusters, wait_for

# step: (what the operator changes, the requests that a run is killed at)
STEPS = {
    "create": (
        lambda site: None,
        [
            ("POST", "/clustertemplates$"),
            ("POST", "/clusters$"),
            ("GET", "/nodegroups/?$"),  # polls while it waits
            ("PATCH", "/nodegroups/"),
            ("POST", "/nodegroups/?$"),
            ("POST", "/nodegroups/?$"),  # of the second group
            ("POST", "/certificates$"),
        ],
    ),
    "bounds up": (
        lambda site: (site.group("standard", min=3, max=9), site.group("huge", max=4)),
        [("POST", "/actions/resize$"), ("PATCH", "/nodegroups/")],
    ),
    "group added": (
        lambda site: site.group("large", flavor="l3.medium", min=1, max=2),
        [("POST", "/nodegroups/?$")],
    ),
    "group removed": (
        lambda site: site.openstack["cluster_node_groups"].pop(1),
        [("DELETE", "/nodegroups/")],
    ),
    "flavor replaced": (
        lambda site: (site.group("gpu", flavor="l3.small"), site.set(cluster_node_groups_replace=True)),
        [("POST", "/nodegroups/?$"), ("DELETE", "/nodegroups/")],
    ),
    "upgrade": (
        lambda site: site.set(cluster_kubernetes_version="v1.32.8", cluster_image="ubuntu-kube-v1.32.8"),
        [
            ("POST", "/clustertemplates$"),
            ("POST", "/actions/upgrade$"),
            ("POST", "/actions/upgrade$"),  # of a further group
            ("DELETE", "/clustertemplates/"),
        ],
    ),
}


def lifecycle(testbed, site, disturb):
    """The state after each step, and how many objects Magnum was asked to create, and clusters to delete."""
    testbed.faults.set(operation="any", cluster=site.openstack["cluster_name"], delay=1)
    states, began = {}, None
    for step, (change, moments) in STEPS.items():
        change(site)
        site.set()
        for method, path in moments if disturb else ():
            run = disturb(testbed, site, method, path)
            began = began or run.began
        run = site.play("cluster", verbosity=3)
        assert run.rc == 0, f"{step}: {run.message}"
        began = began or run.began
        states[step] = state(testbed, site)
        assert site.play("cluster", "--check").actions == [], step
    requests = magnum_requests(testbed, began, granted=True)
    created = [path.rstrip("/").split("/")[-1] for method, path in requests if method == "POST"]
    counts = {kind: created.count(kind) for kind in ("clusters", "nodegroups", "clustertemplates")}
    deleted = [path.split("/")[-2] for method, path in requests if method == "DELETE"]
    return states, counts | {"deleted clusters": deleted.count("clusters")}


@pytest.fixture(scope="module")
def undisturbed(testbed, make_site):
    return lifecycle(testbed, make_site(), None)


@pytest.mark.parametrize(("orphans", "answer"), [(False, "lost"), (False, 503), (True, "lost")], ids=str)
def test_a_killed_lifecycle_reaches_the_states_of_an_undisturbed_one(testbed, site, undisturbed, orphans, answer):
    """SIGKILL to all processes, after a request acted or before it could; and to ansible-playbook alone."""

    def kill(testbed, site, method, path):
        fault = testbed.faults.set(service="magnum", method=method, path=path, answer=answer, count=1)
        run = site.start("cluster", verbosity=3)
        wait_for(lambda: [c for c in testbed.calls(run.began) if c["fault"] == fault] or run.process.poll() is not None)
        assert run.process.poll() is None, f"it ended before {method} {path}: {run.end().message}"
        run.kill(orphans)
        if (path, answer) == ("/clusters$", "lost"):  # Magnum stores it after its answer
            wait_for(lambda: clusters(testbed, site.openstack["cluster_name"]))
        testbed.faults.clear(fault)
        return run

    states, created = lifecycle(testbed, site, kill)
    for step, reached in states.items():
        assert reached == undisturbed[0][step], step
    counted = created.keys()
    if orphans:  # its module and the next run may both create the cluster: then the newer one is deleted
        created["clusters"] -= created["deleted clusters"]
        counted = ("clusters", "clustertemplates")  # a node group has one name, so Magnum refuses a second one
    assert {kind: created[kind] for kind in counted} == {kind: undisturbed[1][kind] for kind in counted}
