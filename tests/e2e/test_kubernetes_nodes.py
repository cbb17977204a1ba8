"""Which nodes servers run on: GPU servers on nodes with GPUs, others never; node groups scale up and down."""

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
    """(messages, pod, visitor) of the first start of a GPU server, when there is no node for it yet."""
    deployment.until("there is no node with a GPU", lambda: not site.gpu_nodes(), 120)
    visitor = deployment.stop_server(NAME)
    return visitor.start("gpu", timeout=240), pod(NAME), visitor


def test_the_profile_list_offers_gpus_only_to_the_group(gina):
    assert "gpu" in deployment.stop_server(NAME).profiles()
    assert "gpu" not in deployment.stop_server("bob").profiles()


def test_the_first_start_scales_up_and_says_so(on_gpu):
    messages, _, _ = on_gpu
    assert any("Adding a node for you" in message for message in messages), messages
    assert not any("fail" in message.lower() or "error" in message.lower() for message in messages), messages


def test_the_gpu_server_runs_on_a_node_with_gpus(on_gpu):
    _, server, _ = on_gpu
    assert server["spec"]["nodeName"] in site.gpu_nodes()
    notebook = server["spec"]["containers"][0]
    assert notebook["resources"]["limits"][site.GPU] == "1"


def test_other_servers_never_run_there(on_gpu):
    """Not even when their nodes are full: all other nodes are cordoned, and a node with a GPU has room."""
    assert site.gpu_nodes()
    visitor, nodes = deployment.stop_server("bob"), {node["metadata"]["name"] for node in site.get("nodes")["items"]}
    site.kubectl("cordon", *(nodes - site.gpu_nodes()))
    try:
        with contextlib.suppress(StartFailed):
            visitor.start("default", timeout=2)
        deployment.until("the scheduler has decided", lambda: site.scheduler_has_decided("bob"), 30)
        assert pod("bob")["spec"].get("nodeName") not in site.gpu_nodes()
    finally:
        site.kubectl("uncordon", *(nodes - site.gpu_nodes()))
    deployment.until("the server runs", lambda: (visitor.running() or {}).get("ready"), 120)
    assert pod("bob")["spec"]["nodeName"] not in site.gpu_nodes()
    visitor.stop()


def test_a_start_survives_the_eviction_of_its_pod(testbed):
    """As when its node is drained or removed at that moment."""
    visitor = deployment.stop_server("bob")
    with site.starts_blocked():
        with contextlib.suppress(StartFailed):
            visitor.start("default", timeout=2)
        first = deployment.until("the pod exists", lambda: site.server("bob"), 30)
        site.kubectl("delete", "pod", "jupyter-bob")
        deployment.until("another pod is created", lambda: site.server("bob") not in ("", first), 30)
    deployment.until("the server runs", lambda: (visitor.running() or {}).get("ready"), 120)
    visitor.stop()


def test_an_empty_node_is_removed(on_gpu):
    _, _, visitor = on_gpu
    visitor.stop()
    deployment.until("the node with the GPU is removed", lambda: not site.gpu_nodes(), 180)
