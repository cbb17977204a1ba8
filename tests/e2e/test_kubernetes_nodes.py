"""Which machines servers run on: GPU servers on those with GPUs, others never; machines come when they are needed."""

import contextlib

import deployment
import pytest
from deployment import site

from visitor.errors import StartFailed

NAME = "gina"


def pod(name):
    return site.get("pod", f"jupyter-{name}")


@pytest.fixture(scope="module")
def on_gpu(gina):
    """(what the waiting page said, the pod) of the first start of a GPU server, when there is no machine for it yet."""
    deployment.until("no machine with a GPU is left", lambda: not site.gpu_nodes(), 120)
    visitor = deployment.stop_server(NAME)
    return visitor.start("gpu", timeout=240), pod(NAME), visitor


def test_the_menu_offers_gpus_to_the_group_alone(gina):
    assert "gpu" in deployment.stop_server(NAME).profiles()
    assert "gpu" not in deployment.stop_server("bob").profiles()


def test_the_first_start_asks_for_a_machine_and_says_so(on_gpu):
    messages, _, _ = on_gpu
    assert any("A machine is being added for you" in message for message in messages), messages
    assert not any("fail" in message.lower() or "error" in message.lower() for message in messages), messages


def test_the_gpu_server_runs_on_a_machine_with_gpus(on_gpu):
    _, server, _ = on_gpu
    assert server["spec"]["nodeName"] in site.gpu_nodes()
    notebook = server["spec"]["containers"][0]
    assert notebook["resources"]["limits"][site.GPU] == "1"


def test_other_servers_never_do(on_gpu):
    """Also when theirs are full: all ordinary machines are closed, and a machine with a GPU has room."""
    assert site.gpu_nodes()
    visitor, nodes = deployment.stop_server("bob"), {node["metadata"]["name"] for node in site.get("nodes")["items"]}
    site.kubectl("cordon", *(nodes - site.gpu_nodes()))
    try:
        with contextlib.suppress(StartFailed):
            visitor.start("default", timeout=2)
        deployment.until("the scheduler has decided", lambda: site.judged("bob"), 30)
        assert pod("bob")["spec"].get("nodeName") not in site.gpu_nodes()
    finally:
        site.kubectl("uncordon", *(nodes - site.gpu_nodes()))
    deployment.until("the server runs", lambda: (visitor.running() or {}).get("ready"), 120)
    assert pod("bob")["spec"]["nodeName"] not in site.gpu_nodes()
    visitor.stop()


def test_a_start_outlives_the_place_that_it_was_given(testbed):
    """As when its machine is emptied, or goes in that moment."""
    visitor = deployment.stop_server("bob")
    with site.starts_are_held():
        with contextlib.suppress(StartFailed):
            visitor.start("default", timeout=2)
        first = deployment.until("the pod is there", lambda: site.server("bob"), 30)
        site.kubectl("delete", "pod", "jupyter-bob")
        deployment.until("another takes its place", lambda: site.server("bob") not in ("", first), 30)
    deployment.until("the server runs", lambda: (visitor.running() or {}).get("ready"), 120)
    visitor.stop()


def test_an_empty_machine_goes_away_again(on_gpu):
    _, _, visitor = on_gpu
    visitor.stop()
    deployment.until("the machine with the GPU is gone", lambda: not site.gpu_nodes(), 180)
