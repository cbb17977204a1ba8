"""A node takes longer than every default timeout of JupyterHub and the chart: the start succeeds all the same."""

import contextlib
import subprocess
import sys

import deployment
import pytest
from deployment import site

NAME = "gina"
CHART_TIMEOUT = 300  # seconds for a start by the chart's default; JupyterHub's are 60, and 30 until the server answers
LONGER = CHART_TIMEOUT + 30
pytestmark = pytest.mark.slow


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
    deployment.until("there is no node with a GPU", lambda: not site.gpu_nodes(), 120)
    with new_nodes_take(LONGER):
        messages = visitor.start("gpu", timeout=LONGER + 120)
    assert any("longer than the usual 2 minutes" in message for message in messages), messages
    assert visitor.execute("print(6 * 7)").text.strip() == "42"
    assert site.get("pod", f"jupyter-{NAME}")["spec"]["nodeName"] in site.gpu_nodes()
    visitor.stop()
