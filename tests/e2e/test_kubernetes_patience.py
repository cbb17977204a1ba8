"""A node takes longer than every default timeout of JupyterHub and the chart: the start succeeds all the same."""

import contextlib
import subprocess
import sys

import deployment
import openstack
import pytest
from deployment import site

NAME = "gina"
CHART_TIMEOUT = 300  # seconds for a start by the chart's default; JupyterHub's are 60, and 30 until the server answers
LONGER = CHART_TIMEOUT + 30
pytestmark = pytest.mark.slow


def resizing():
    """Whether Magnum changes the cluster. The delay below would apply to that, too, and bring back a removed node."""
    config = openstack.config.OpenStackConfig(config_files=[str(deployment.STATE / "openstack/clouds.yaml")])
    cloud = openstack.connection.Connection(config=config.get_one("testbed"))
    clusters = cloud.container_infrastructure_management.clusters()
    return any(cluster.status.endswith("_IN_PROGRESS") for cluster in clusters)


@contextlib.contextmanager
def new_nodes_take(seconds):
    """Delay each new node of group gpu."""
    command = [sys.executable, deployment.ROOT / "testbed/openstack", "fault"]
    folder = ["--folder", deployment.STATE / "openstack"]
    subprocess.run([*command, "operation=update", "node_group=gpu", f"delay={seconds}", *folder], check=True)
    try:
        yield
    finally:
        subprocess.run([*command, *folder], check=True)


def test_a_start_that_waits_long_for_a_node_succeeds(gina):
    visitor = deployment.stop_server(NAME)
    deployment.until("no node has a GPU or loses it", lambda: not site.gpu_nodes() and not resizing(), 120)
    with new_nodes_take(LONGER):
        messages = visitor.start("gpu", timeout=LONGER + 120)
    assert any("longer than the usual 2 minutes" in message for message in messages), messages
    assert visitor.execute("print(6 * 7)").text.strip() == "42"
    assert site.get("pod", f"jupyter-{NAME}")["spec"]["nodeName"] in site.gpu_nodes()
    visitor.stop()
