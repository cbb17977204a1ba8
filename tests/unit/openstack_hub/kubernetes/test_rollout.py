"""Which problems end the wait for the hub's pods."""

from types import SimpleNamespace

import pytest
from pod_samples import IMAGES, asking, deployment, ended, pod, replica_set, waiting

from openstack_hub.kubernetes.rollout import rollout_problems

CRASH = waiting("CrashLoopBackOff", restartCount=3, lastState=ended(1)["state"])


def problems(proxy_is_up):
    """Problems of a hub that crashes repeatedly, while the proxy runs or not."""
    deployments = [deployment(), deployment(component="proxy", available=int(proxy_is_up))]
    pods = SimpleNamespace(
        deployments=lambda: deployments,
        all=lambda: [pod(CRASH)],
        replica_sets=lambda: [replica_set()],
        ask=asking(()),
    )
    return rollout_problems(pods, IMAGES)


@pytest.mark.parametrize("proxy_is_up", [True, False])
def test_a_crashing_hub_is_lasting_only_once_its_proxy_runs(proxy_is_up):
    hub = next(problem for problem in problems(proxy_is_up) if "repeatedly" in problem.text)
    assert hub.lasting is proxy_is_up
