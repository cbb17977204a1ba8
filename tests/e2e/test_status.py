"""`playbooks/status.yml` shows the state of the service on one screen."""

import re

import deployment
import pytest

NOTHING_TO_DO = "Nothing: the hub matches the variables."


@pytest.fixture(scope="module")
def screen(testbed):
    """While bob has a server, no other one is starting, and changes by other tests are complete."""
    visitor = deployment.started("bob", "brief")

    def settled():
        screen = deployment.playbook("status")
        return NOTHING_TO_DO in screen and "of them starting" not in screen and screen

    yield deployment.until("nothing waits and no server is starting", settled, 90)
    visitor.stop()


def test_the_servers_of_each_profile_are_counted(screen):
    assert re.search(r"^ +JupyterHub \S+ answers; .* servers?", screen, re.M)
    assert re.search(r"^ +brief +[1-9]\d* +0 ", screen, re.M), screen
    assert re.search(r"changed=0 .*failed=0", screen)
