"""A process that a cloud would run for each cluster: heartbeats and load balancers."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from kubernetes_testbed import places
from kubernetes_testbed.cluster import Cluster
from kubernetes_testbed.network import Network
from kubernetes_testbed.podman import Failed

SECONDS = 2
MODULE = "kubernetes_testbed.cloud_controller"


def start(cluster):
    """Start the process of a cluster, unless it runs."""
    if process(cluster):
        return
    environment = os.environ | {"PYTHONPATH": str(places.HERE)}
    command = [sys.executable, "-m", MODULE, cluster.name, cluster.network.name]
    with (cluster.folder / "cloud-controller.log").open("ab") as log:
        done = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    _pid_file(cluster).write_text(f"{done.pid}\n")


def stop(cluster):
    """End it, and return when it has ended."""
    while found := process(cluster):
        with contextlib.suppress(ProcessLookupError):
            os.kill(found, signal.SIGTERM)
        with contextlib.suppress(ChildProcessError):  # the child of a test would stay as a zombie
            os.waitpid(found, os.WNOHANG)
        time.sleep(0.05)


def process(cluster):
    """Process id of that of a cluster; None if none runs."""
    with contextlib.suppress(OSError, ValueError):
        pid = int(_pid_file(cluster).read_text())
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        if words[2:4] == [MODULE, cluster.name]:
            return pid
    return None


def _pid_file(cluster):
    return cluster.folder / "cloud-controller.pid"


def main(name, network):
    cluster = Cluster(name, Network(network))
    while cluster.folder.exists():
        try:
            cluster.send_heartbeats()
            cluster.update_load_balancers()
        except (Failed, OSError) as error:
            print(time.strftime("%H:%M:%S"), error, flush=True)
        time.sleep(SECONDS)


if __name__ == "__main__":
    main(*sys.argv[1:])
