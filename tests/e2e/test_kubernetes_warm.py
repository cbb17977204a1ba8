"""Places that are kept warm: a user whose machines are full gets one at once, and the place wants a machine instead."""

import json
import subprocess

import deployment
import pytest
from deployment import site

pytestmark = [pytest.mark.disturbs, pytest.mark.slow]  # the hub restarts with other profiles
PLACES = 14  # of 1G: with hub and node proxy they leave room for one server on a machine of 16G


def install(*arguments):
    command = ["ansible-playbook", "-i", deployment.INVENTORY, "playbooks/hub.yml", *arguments]
    done = subprocess.run(
        command, cwd=deployment.ROOT, env=deployment.ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def places():
    """(how many run, how many wait for a machine)"""
    phases = [pod["status"]["phase"] for pod in site.get("pods", "--selector", "openstack-hub/warm=brief")["items"]]
    return phases.count("Running"), phases.count("Pending")


@pytest.fixture
def warm(testbed):
    for name in ("alice", "bob"):
        deployment.stop_server(name)
    profiles = [{**p, "warm": PLACES} if p["name"] == "brief" else p for p in deployment.GIVEN["hub_profiles"]]
    try:
        install("-e", json.dumps({"hub_profiles": profiles}))
        deployment.until("all places are kept", lambda: places() == (PLACES, 0), 60)
        yield
    finally:
        install()


def test_a_full_machine_has_room_at_once_and_a_further_one_comes_for_the_places(warm):
    before = {node["metadata"]["name"] for node in site.get("nodes")["items"]}
    for name in ("alice", "bob"):
        messages = deployment.signed_in(name).start("default", timeout=60)
        assert not any("machine is being added" in message for message in messages), messages
        assert site.get("pod", f"jupyter-{name}")["spec"]["nodeName"] in before
    assert site.get("events", "--field-selector", "reason=Preempted")["items"]
    deployment.until("the places have room again", lambda: places() == (PLACES, 0), 60)
    for name in ("alice", "bob"):
        deployment.stop_server(name)


def test_what_no_profile_wants_is_not_kept(testbed):
    deployment.until("no place is kept", lambda: places() == (0, 0), 60)
