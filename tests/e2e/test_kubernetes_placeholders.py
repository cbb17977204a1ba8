"""Placeholder pods: a user whose nodes are full gets room at once, and the preempted placeholders get a new node."""

import json
import subprocess

import deployment
import pytest
from deployment import site

pytestmark = pytest.mark.disturbs  # the hub restarts with other profiles
PLACEHOLDERS = 14  # of 1G: with hub and proxy they leave room for at most one server on a node of 16G


def install(*arguments):
    command = ["ansible-playbook", "-i", deployment.INVENTORY, "playbooks/hub.yml", *arguments]
    done = subprocess.run(
        command, cwd=deployment.ROOT, env=deployment.ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def placeholders():
    """(how many run, how many wait for a node)"""
    pods = site.get("pods", "--selector", "openstack-hub/placeholder=brief")["items"]
    phases = [pod["status"]["phase"] for pod in pods]
    return phases.count("Running"), phases.count("Pending")


def preemptions():
    return len(site.get("events", "--field-selector", "reason=Preempted")["items"])


def nodes():
    return {node["metadata"]["name"] for node in site.get("nodes")["items"]}


def fill_nodes(before):
    """Placeholders on the nodes BEFORE alone. The hub, which restarts with them, may have preempted some."""
    deployment.until("all placeholders run", lambda: placeholders() == (PLACEHOLDERS, 0), 60)
    if nodes() - before:  # the pods that follow are packed where the hub is, and the empty node is removed
        site.kubectl("delete", "pods", "--selector", "openstack-hub/placeholder=brief", "--wait=false")
    deployment.until(
        "all placeholders run without a new node",
        lambda: placeholders() == (PLACEHOLDERS, 0) and not nodes() - before,
        180,
    )


@pytest.fixture
def with_placeholders(testbed):
    for name in ("alice", "bob"):
        deployment.stop_server(name)
    declared, more = deployment.GIVEN["hub_profiles"], {"placeholders": PLACEHOLDERS}
    profiles = [{**p, **more} if p["name"] == "brief" else p for p in declared]
    before = nodes()
    try:
        install("-e", json.dumps({"hub_profiles": profiles}))
        fill_nodes(before)
        yield
    finally:
        install()


def test_a_full_node_has_room_at_once_and_a_new_one_is_added_for_the_placeholders(with_placeholders):
    before, earlier = nodes(), preemptions()
    for name in ("alice", "bob"):
        preempted = preemptions() > earlier  # then the node for the placeholders may be there already
        messages = deployment.signed_in(name).start("default", timeout=60)
        assert not any("Adding a node" in message for message in messages), messages
        assert preempted or site.get("pod", f"jupyter-{name}")["spec"]["nodeName"] in before
    assert preemptions() > earlier
    deployment.until("the placeholders run again", lambda: placeholders() == (PLACEHOLDERS, 0), 60)
    for name in ("alice", "bob"):
        deployment.stop_server(name)


def test_placeholders_that_no_profile_declares_are_deleted(testbed):
    deployment.until("there are no placeholders", lambda: placeholders() == (0, 0), 60)
