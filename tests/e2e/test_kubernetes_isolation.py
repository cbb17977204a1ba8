"""Two people at once: what one has is nothing for the other, not even from inside the cluster."""

import functools

import deployment
import pytest
from attempts import OF_THE_HUB, attempts
from deployment import site

from visitor.errors import StartFailed
from visitor.kernel import Kernel

CLOSED = {"TimeoutError", "ConnectionRefusedError", "OSError", "URLError", "timeout"}
OWNER = "openstack-hub/owner"
CONNECT = "socket.create_connection(({!r}, {})) and 'connected'"


@pytest.fixture(scope="module")
def alice(testbed):
    yield deployment.started("alice", "default")
    deployment.stop_server("alice")


@pytest.fixture(scope="module")
def as_bob(testbed):
    """What statements in bob's kernel give."""
    with Kernel(deployment.started("bob", "default")) as kernel:
        yield functools.partial(attempts, kernel)
    deployment.stop_server("bob")


def service(name):
    return site.get("service", name)["spec"]["clusterIP"]


def test_the_hub_can_be_reached(as_bob):
    """Else what follows would prove nothing."""
    assert as_bob(CONNECT.format(service("hub"), 8081), "1") == ["'connected'", "1"]


def test_servers_of_others_cannot(alice, as_bob):
    address = site.get("pod", "jupyter-alice")["status"]["podIP"]
    assert set(as_bob(CONNECT.format(address, 8888))) <= CLOSED


def test_nor_what_runs_the_cluster(as_bob):
    kubelet = site.get("nodes")["items"][0]["status"]["addresses"][0]["address"]
    targets = [(service("proxy-api"), 8001), ("kubernetes.default", 443), (kubelet, 10250), ("169.254.169.254", 80)]
    seen = dict(zip(targets, as_bob(*(CONNECT.format(*target) for target in targets)), strict=True))
    assert set(seen.values()) <= {*CLOSED, "gaierror"}, seen


def test_no_token_of_the_cluster_is_in_a_server(as_bob):
    (seen,) = as_bob("os.listdir('/var/run/secrets/kubernetes.io/serviceaccount')")
    assert seen == "FileNotFoundError"


def test_the_hub_tells_nothing_about_another(as_bob):
    assert as_bob(OF_THE_HUB.format("/users/bob"), OF_THE_HUB.format("/users/alice")) == ["200", "HTTPError 404"]


def test_a_server_can_do_no_more_than_an_ordinary_account(as_bob):
    status = as_bob("os.getuid()", "[l for l in open('/proc/self/status') if l.startswith(('CapEff', 'NoNewPrivs'))]")
    assert status[0] == "1000"
    assert "0000000000000000" in status[1] and "NoNewPrivs:\\t1" in status[1], status


def test_only_apaches_machine_reaches_the_service(testbed):
    """From the IAM's container, which stands in the same network."""
    address = site.get("service", "proxy-public")["status"]["loadBalancer"]["ingress"][0]["ip"]
    script = "import socket, sys; socket.create_connection((sys.argv[1], 80), 5); print('connected')"
    seen = {
        container: deployment.podman("exec", container, "python3", "-c", script, address).stdout.strip()
        for container in (deployment.HUB_CONTAINER, deployment.IAM_CONTAINER)
    }
    assert seen == {deployment.HUB_CONTAINER: "connected", deployment.IAM_CONTAINER: ""}


def test_the_home_of_another_is_attached_to_nobody(testbed):
    """Who signs in first after the hub has lost its accounts may have got the name of somebody else."""
    carol = deployment.started("carol", "default")
    carol.stop()
    owner = site.get("pvc", "claim-carol")["metadata"]["annotations"][OWNER]
    try:
        site.kubectl("annotate", "pvc", "claim-carol", f"{OWNER}=another", "--overwrite")
        with pytest.raises(StartFailed, match="is somebody else's"):
            carol.start("default")
    finally:
        site.kubectl("annotate", "pvc", "claim-carol", f"{OWNER}={owner}", "--overwrite")
    carol.start("default")
    carol.stop()
