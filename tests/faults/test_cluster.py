"""Every failure of the cloud ends a run with its message, and the next run continues from the existing resources."""

import time

import pytest
from cluster_state import magnum_requests, state
from fixtures import clusters, retry, wait_for

# A time-out of 0: the run ends after one call of a module that changes nothing.
NO_PATIENCE = {
    "cluster_node_minutes": 0,
    "cluster_request": "{{ openstack_hub_variables | combine({'cluster_node_minutes': 2}) | cluster_request }}",
}
AGAIN = {"cluster_recreate": True}


@pytest.fixture
def name(site):
    return site.openstack["cluster_name"]


def only(testbed, name):
    """The one cluster of the name."""
    (cluster,) = clusters(testbed, name)
    return cluster


def final_state(testbed, site):
    """The site's state in the cloud, after another run had nothing to do."""
    run = site.play("cluster", verbosity=3)
    assert (run.rc, run.actions) == (0, []), run.message or run.actions
    return state(testbed, site)


def is_in_progress(testbed, name, group=None):
    """Whether Magnum's driver is at work on the cluster, or on a further group: it gives them a stack."""
    existing = clusters(testbed, name)
    if not group:
        return any(cluster.cluster_id for cluster in existing)
    groups = [g for cluster in existing for g in retry(testbed.magnum().nodegroups.list, cluster.uuid)]
    return any(g.name == group and g.status == "CREATE_IN_PROGRESS" for g in groups)


def test_a_failed_creation_is_repeated_only_on_request(testbed, site, name):
    testbed.faults.set(operation="create", cluster=name, node_group="default-master", fail="Quota of cores is exceeded")
    testbed.faults.set(operation="create", cluster=name, node_group="default-worker", fail="No valid host was found")
    run = site.play("cluster", verbosity=3)
    broken = only(testbed, name)
    assert run.rc != 0
    for text in (broken.uuid, "CREATE_FAILED", "Quota of cores is exceeded", "No valid host was found"):
        assert text in run.message
    for text in ("default-master", "default-worker", "-e cluster_recreate=true"):
        assert text in run.message
    testbed.faults.clear()

    began = time.time()
    again = site.play("cluster", verbosity=3)
    assert (again.rc != 0, again.actions, magnum_requests(testbed, began)) == (True, [], [])
    for text in (broken.uuid, "Quota of cores is exceeded", "No valid host was found", "-e cluster_recreate=true"):
        assert text in again.message

    predicted = site.play("cluster", "--check", extra=AGAIN)
    second = site.play("cluster", extra=AGAIN, verbosity=3)
    assert second.rc == 0, second.message
    assert predicted.actions == second.actions
    assert predicted.actions[0].startswith(f"delete cluster {name} ({broken.uuid}), which is CREATE_FAILED")
    assert only(testbed, name).uuid != broken.uuid
    final_state(testbed, site)


def test_a_failed_node_group_is_named_and_created_again_only_on_request(testbed, site, name):
    testbed.faults.set(operation="create", cluster=name, node_group="gpu", fail="No GPU is free")
    run = site.play("cluster", verbosity=3)
    assert run.rc != 0
    for text in ("node group gpu is CREATE_FAILED", "No GPU is free", "-e cluster_recreate=true"):
        assert text in run.message
    testbed.faults.clear()
    began = time.time()
    again = site.play("cluster", verbosity=3)
    assert (again.rc != 0, magnum_requests(testbed, began, path="/nodegroups")) == (True, []), again.actions
    for text in ("gpu", "No GPU is free", "-e cluster_recreate=true"):
        assert text in again.message

    predicted = site.play("cluster", "--check", extra=AGAIN)
    second = site.play("cluster", extra=AGAIN, verbosity=3)
    assert second.rc == 0, second.message
    assert predicted.actions == second.actions
    assert set(final_state(testbed, site)["clusters"][0]["groups"]) == {
        "default-master",
        "default-worker",
        "huge",
        "gpu",
    }


def test_a_failed_update_is_retried_by_the_next_run(testbed, site, name):
    assert site.play("cluster").rc == 0
    testbed.faults.set(operation="update", cluster=name, node_group="default-worker", fail="No valid host was found")
    site.group("standard", min=3)
    for _ in range(2):
        began = time.time()
        run = site.play("cluster", verbosity=3)
        assert run.rc != 0
        for text in ("UPDATE_FAILED", "No valid host was found", "the update is retried"):
            assert text in run.message
        assert magnum_requests(testbed, began, "POST", "/actions/resize")
    testbed.faults.clear()
    predicted = site.play("cluster", "--check")
    run = site.play("cluster", verbosity=3)
    assert run.rc == 0, run.message
    assert predicted.actions == run.actions
    group = final_state(testbed, site)["clusters"][0]["groups"]["default-worker"]
    assert (group["node_count"], group["min_node_count"], group["status"]) == (3, 3, "CREATE_COMPLETE")


def test_after_a_time_out_the_next_run_waits_for_the_same_cluster(testbed, site, name):
    fault = testbed.faults.set(operation="create", cluster=name, stuck=True)
    run = site.play("cluster", extra=NO_PATIENCE, verbosity=3)
    began = only(testbed, name)
    assert run.rc != 0
    for text in (f"{name} is CREATE_IN_PROGRESS", "Run again to wait further", "conductor", "cluster_node_minutes"):
        assert text in run.message
    waiting = site.start("cluster", verbosity=3)
    wait_for(lambda: f"cluster {name} CREATE_IN_PROGRESS" in waiting.output_so_far())
    testbed.faults.clear(fault)
    assert waiting.end().rc == 0, waiting.message
    assert only(testbed, name).uuid == began.uuid
    final_state(testbed, site)


def test_a_time_out_names_the_node_group_that_is_awaited(testbed, site, name):
    fault = testbed.faults.set(operation="create", cluster=name, node_group="huge", stuck=True)
    site.group("huge", min=1)
    run = site.play("cluster", extra=NO_PATIENCE, verbosity=3)
    assert run.rc != 0
    assert "node group huge is CREATE_IN_PROGRESS" in run.message
    assert "1 node, 0 up" in run.message
    testbed.faults.clear(fault)
    run = site.play("cluster", verbosity=3)
    assert run.rc == 0, run.message
    final_state(testbed, site)


def test_a_refusal_shows_magnums_own_message(testbed, site, name):
    admin, project = testbed.magnum("testbed-admin"), testbed.connect().current_project_id
    admin.quotas.create(project_id=project, resource="Cluster", hard_limit=0)
    try:
        run = site.play("cluster", verbosity=3)
    finally:
        admin.quotas.delete(project, "Cluster")
    assert run.rc != 0
    assert f"create cluster {name}" in run.message
    assert "Magnum refuses: Resource limit exceeded: You have reached the maximum clusters per project" in run.message
    run = site.play("cluster")
    assert run.rc == 0, run.message


def test_restarts_of_the_api_do_not_fail_the_run(testbed, site, name):
    """Twice: while the cluster is created, and while its node groups are."""
    testbed.faults.set(operation="create", cluster=name, delay=2)
    run = site.start("cluster", verbosity=3)
    for group in (None, "huge"):
        wait_for(lambda group=group: is_in_progress(testbed, name, group))
        testbed.restart("magnum")
    assert run.end().rc == 0, run.message
    assert magnum_requests(testbed, run.began, "POST").count(("POST", "/v1/clusters")) == 1
    final_state(testbed, site)


def test_an_accepted_request_that_magnum_loses_is_repeated(testbed, site, name):
    """Magnum stops with the request in its queue."""
    testbed.faults.set(conductor="down")
    run = site.start("cluster", extra=NO_PATIENCE, verbosity=3)
    wait_for(lambda: magnum_requests(testbed, run.began, "POST", "/clusters", granted=True))
    testbed.stop_service("magnum")
    testbed.faults.clear()
    testbed.start_service("magnum")
    assert run.end().rc != 0
    assert "requested, Magnum does not show it yet" in run.message
    run = site.play("cluster", verbosity=3)
    assert run.rc == 0, run.message
    final_state(testbed, site)


@pytest.mark.parametrize("answer", [503, "close"])
def test_a_run_survives_twenty_seconds_without_an_answer(testbed, site, name, answer):
    run = site.start("cluster", verbosity=3)
    wait_for(lambda: ("POST", "/v1/clusters") in magnum_requests(testbed, run.began))
    with testbed.fault(service="magnum", answer=answer):
        time.sleep(20)
    assert run.end().rc == 0, run.message
    assert len(clusters(testbed, name)) == 1
    final_state(testbed, site)


def test_requests_whose_answers_are_lost_create_nothing_twice(testbed, site, name):
    kinds = [
        ("POST", "/clustertemplates$"),
        ("POST", "/clusters$"),
        ("PATCH", "/nodegroups/"),
        ("POST", "/nodegroups/?$"),
        ("POST", "/certificates$"),
    ]
    for method, path in kinds:
        testbed.faults.set(service="magnum", method=method, path=path, answer="lost", count=1)
    run = site.play("cluster", verbosity=3)
    assert run.rc == 0, run.message
    lost = [call for call in testbed.calls(run.began) if call["fault"]]
    assert len(lost) == len(kinds)
    settled_state = final_state(testbed, site)
    assert (len(settled_state["clusters"]), len(settled_state["templates"])) == (1, 1)
    testbed.faults.clear()

    kinds = [("POST", "/actions/resize$"), ("DELETE", "/nodegroups/")]
    for method, path in kinds:
        testbed.faults.set(service="magnum", method=method, path=path, answer="lost", count=1)
    site.group("standard", min=3)
    site.set(cluster_node_groups=site.openstack["cluster_node_groups"][:-1])
    run = site.play("cluster", verbosity=3)
    assert run.rc == 0, run.message
    assert len([call for call in testbed.calls(run.began) if call["fault"]]) == len(kinds)
    assert final_state(testbed, site)["clusters"][0]["groups"]["default-worker"]["node_count"] == 3


def test_a_conductor_that_is_down_is_named_and_one_cluster_is_created(testbed, site, name):
    fault, began = testbed.faults.set(conductor="down"), time.time()
    for _ in range(2):
        run = site.play("cluster", extra=NO_PATIENCE, verbosity=3)
        assert run.rc != 0
        for text in ("conductor", "openstack coe service list", "Run again to wait further"):
            assert text in run.message
    assert magnum_requests(testbed, began, "POST", granted=True).count(("POST", "/v1/clusters")) == 2
    testbed.faults.clear(fault)
    run = site.play("cluster", verbosity=3)
    assert run.rc == 0, run.message
    assert len(clusters(testbed, name)) == 1
    final_state(testbed, site)
