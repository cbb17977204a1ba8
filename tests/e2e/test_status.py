"""`playbooks/status.yml` shows on one screen how the service is."""

import re
import subprocess

import deployment
import pytest


@pytest.fixture(scope="module")
def screen(testbed):
    """What an operator sees while bob has a server."""
    visitor = deployment.started("bob", "brief")
    clouds = {"OS_CLIENT_CONFIG_FILE": str(deployment.STATE / "openstack/clouds.yaml")}
    command = ["ansible-playbook", "-i", deployment.INVENTORY, "playbooks/status.yml"]
    done = subprocess.run(
        command, cwd=deployment.ROOT, env=deployment.ENVIRONMENT | clouds, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    yield done.stdout
    visitor.stop()


def test_the_servers_of_each_profile_are_counted(screen):
    assert re.search(r"^ +JupyterHub \S+ answers; .* servers?", screen, re.M)
    assert re.search(r"^ +brief +1 +0 ", screen, re.M), screen


def test_a_service_that_is_as_wanted_needs_nothing(screen):
    assert "Nothing: the hub is as the variables say." in screen, screen
    assert re.search(r"changed=0 .*failed=0", screen)
