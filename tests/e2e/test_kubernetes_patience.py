"""A machine takes longer than any time-out that JupyterHub or the chart comes with: the wait ends in a server."""

import contextlib
import subprocess
import sys

import deployment
import pytest
from deployment import site

NAME = "gina"
ORDINARY = 300  # seconds that the chart gives a start; JupyterHub's own are 60, and 30 until it answers
LONGER = ORDINARY + 30
pytestmark = pytest.mark.slow


@contextlib.contextmanager
def machines_take(seconds):
    """Each further one of OpenStack's."""
    command = [sys.executable, deployment.ROOT / "testbed/openstack", "fault"]
    folder = ["--folder", deployment.STATE / "openstack"]
    subprocess.run([*command, "operation=update", "node_group=gpu", f"delay={seconds}", *folder], check=True)
    try:
        yield
    finally:
        subprocess.run([*command, *folder], check=True)


def test_it_ends_in_a_server(gina):
    visitor = deployment.stop_server(NAME)
    deployment.until("no machine with a GPU is left", lambda: not site.gpu_nodes(), 120)
    with machines_take(LONGER):
        messages = visitor.start("gpu", timeout=LONGER + 120)
    assert any("longer than the usual 2 minutes" in message for message in messages), messages
    assert visitor.execute("print(6 * 7)").text.strip() == "42"
    assert site.get("pod", f"jupyter-{NAME}")["spec"]["nodeName"] in site.gpu_nodes()
    visitor.stop()
