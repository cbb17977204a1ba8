"""Two users at once: neither can reach anything of the other or of the cluster, not even from within the cluster."""

import contextlib
import functools
import json

import deployment
import pytest
from attempts import HUB_REQUEST, attempts
from deployment import site

from visitor.errors import StartFailed
from visitor.kernel import Kernel

BLOCKED = {"TimeoutError", "ConnectionRefusedError", "OSError", "URLError", "timeout"}
OWNER = "openstack-hub/owner"
METADATA = "169.254.169.254"
CONNECT = "socket.create_connection(({!r}, {})) and 'connected'"
# What the same connection gives in a pod to which the hub's policies do not apply
CONTROL = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5); print('connected')"


@pytest.fixture(scope="module")
def alice(testbed):
    yield deployment.started("alice", "default")
    deployment.stop_server("alice")


@pytest.fixture(scope="module")
def as_bob(testbed):
    """The results of statements in bob's kernel."""
    with Kernel(deployment.started("bob", "default")) as kernel:
        yield functools.partial(attempts, kernel)
    deployment.stop_server("bob")


def service(name):
    return site.get("service", name)["spec"]["clusterIP"]


@pytest.fixture(scope="module")
def metadata_server(as_bob):
    """(address, port) of something that listens in place of OpenStack's metadata service: on the hub's machine.

    Real nodes reach it by their default route, bob's node by one that is added here.
    """
    node = site.get("pod", "jupyter-bob")["spec"]["nodeName"]
    addresses = site.get("node", node)["status"]["addresses"]
    node_address = next(entry["address"] for entry in addresses if entry["type"] == "InternalIP")
    hub_address = deployment.on_hub(f"ip -4 route get {node_address}").partition(" src ")[2].split()[0]
    in_node = ("exec", site.node_containers()[node], "ip", "route")
    with contextlib.ExitStack() as cleanup:
        deployment.on_hub(f"ip address add {METADATA}/32 dev lo")
        cleanup.callback(deployment.on_hub, f"ip address del {METADATA}/32 dev lo")
        # Where Apache listens on port 80 of all addresses it answers here, too.
        listen = f"python3 -m http.server 80 --bind {METADATA} --directory /var/empty"
        deployment.on_hub(f"mkdir -p /var/empty; ({listen} >/dev/null 2>&1 & echo $! >/run/e2e-metadata.pid)")
        cleanup.callback(deployment.on_hub, "kill $(cat /run/e2e-metadata.pid)", check=False)
        added = deployment.podman(*in_node, "replace", f"{METADATA}/32", "via", hub_address)
        assert added.returncode == 0, added.stderr
        cleanup.callback(deployment.podman, *in_node, "del", f"{METADATA}/32")
        yield METADATA, 80


@pytest.fixture(scope="module")
def control(as_bob):
    """The result of a connection from a pod on bob's node, of the same image, outside the hub's namespace."""
    bob = site.get("pod", "jupyter-bob")["spec"]
    container = {"name": "control", "image": bob["containers"][0]["image"], "command": ["sleep", "600"]}
    spec = {"nodeName": bob["nodeName"], "containers": [container | {"imagePullPolicy": "IfNotPresent"}]}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "e2e-control"}, "spec": spec}
    elsewhere = ("--namespace", "default")
    site.kubectl("create", *elsewhere, "--filename", "-", stdin=json.dumps(manifest))
    try:
        site.kubectl("wait", *elsewhere, "pod/e2e-control", "--for=condition=Ready", "--timeout=60s", timeout=90)
        command = ("exec", *elsewhere, "e2e-control", "--", "python3", "-c", CONTROL)
        yield lambda address, port: site.kubectl(*command, address, str(port), check=False)
    finally:
        site.kubectl("delete", "pod", "e2e-control", *elsewhere, "--grace-period=1", "--ignore-not-found")


def test_the_hub_can_be_reached(as_bob):
    """Control: a connection that the policies allow succeeds."""
    assert as_bob(CONNECT.format(service("hub"), 8081), "1") == ["'connected'", "1"]


def test_servers_of_others_cannot_be_reached(alice, as_bob):
    address = site.get("pod", "jupyter-alice")["status"]["podIP"]
    assert set(as_bob(CONNECT.format(address, 8888))) <= BLOCKED


def test_the_metadata_service_cannot_be_reached(as_bob, metadata_server, control):
    """It would give a user the cloud's credentials for the node."""
    deployment.until("the metadata service can be reached", lambda: control(*metadata_server) == "connected", 30)
    assert set(as_bob(CONNECT.format(*metadata_server))) <= BLOCKED


def test_what_runs_the_cluster_cannot_be_reached(as_bob):
    kubelet = site.get("nodes")["items"][0]["status"]["addresses"][0]["address"]
    targets = [(service("proxy-api"), 8001), ("kubernetes.default", 443), (kubelet, 10250)]
    results = dict(zip(targets, as_bob(*(CONNECT.format(*target) for target in targets)), strict=True))
    assert set(results.values()) <= {*BLOCKED, "gaierror"}, results


def test_a_server_has_no_token_of_the_cluster(as_bob):
    (result,) = as_bob("os.listdir('/var/run/secrets/kubernetes.io/serviceaccount')")
    assert result == "FileNotFoundError"


def test_the_hub_shows_nothing_about_another_user(as_bob):
    assert as_bob(HUB_REQUEST.format("/users/bob"), HUB_REQUEST.format("/users/alice")) == ["200", "HTTPError 404"]


def test_a_server_has_no_privileges(as_bob):
    status = as_bob("os.getuid()", "[l for l in open('/proc/self/status') if l.startswith(('CapEff', 'NoNewPrivs'))]")
    assert status[0] == "1000"
    assert "0000000000000000" in status[1] and "NoNewPrivs:\\t1" in status[1], status


def test_only_apaches_machine_reaches_the_service(testbed):
    """The IAM's container is in the same network."""
    address = site.get("service", "proxy-public")["status"]["loadBalancer"]["ingress"][0]["ip"]
    script = "import socket, sys; socket.create_connection((sys.argv[1], 80), 5); print('connected')"
    results = {
        container: deployment.podman("exec", container, "python3", "-c", script, address).stdout.strip()
        for container in (deployment.HUB_CONTAINER, deployment.IAM_CONTAINER)
    }
    assert results == {deployment.HUB_CONTAINER: "connected", deployment.IAM_CONTAINER: ""}


def test_a_home_is_attached_only_to_its_owner(testbed):
    """After the hub has lost its accounts, a user may be given the name of another one."""
    carol = deployment.started("carol", "default")
    carol.stop()
    owner = site.get("pvc", "claim-carol")["metadata"]["annotations"][OWNER]
    try:
        site.kubectl("annotate", "pvc", "claim-carol", f"{OWNER}=another", "--overwrite")
        with pytest.raises(StartFailed, match="belongs to another user"):
            carol.start("default")
    finally:
        site.kubectl("annotate", "pvc", "claim-carol", f"{OWNER}={owner}", "--overwrite")
    carol.start("default")
    carol.stop()
