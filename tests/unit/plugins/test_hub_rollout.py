"""Whether the wait for the hub's pods goes on."""

from types import SimpleNamespace

import ansible.modules
import pytest
from pod_samples import IMAGES, asking, deployment, ended, pod, replica_set, waiting

ansible.modules.__path__.append("plugins/modules")

from ansible.modules.hub_rollout import troubles  # noqa: E402

CRASH = waiting("CrashLoopBackOff", restartCount=3, lastState=ended(1)["state"])


def found(proxy_is_up):
    """What is told of a hub that ends again and again, while the node proxy is there, or on its way."""
    deployments = [deployment(), deployment(component="proxy", available=int(proxy_is_up))]
    pods = SimpleNamespace(
        deployments=lambda: deployments,
        all=lambda: [pod(CRASH)],
        replica_sets=lambda: [replica_set()],
        ask=asking(()),
    )
    return troubles(pods, IMAGES)


@pytest.mark.parametrize("proxy_is_up", [True, False])
def test_a_hub_that_ends_again_and_again_is_waited_for_until_its_proxy_is_there(proxy_is_up):
    hub = next(trouble for trouble in found(proxy_is_up) if "again and again" in trouble.text)
    assert hub.lasting is proxy_is_up
