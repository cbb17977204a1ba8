"""The socket of another user's server, also of one that has ended: whoever listens there gets the user's cookies."""

import contextlib

import deployment
import pytest

FOLDER = "/run/jupyterhub-servers"
SOCKET = f"{FOLDER}/alice.sock"
CONNECT = f"socket.socket(socket.AF_UNIX).connect({SOCKET!r})"
# Listens in alice's place, opens the socket to everybody, and stores the first request.
TAKE_OVER = f"""
import os, socket
with socket.socket(socket.AF_UNIX) as server:
    server.bind({SOCKET!r})
    os.chmod({SOCKET!r}, 0o777)
    server.listen()
    connection, _ = server.accept()
    open("/tmp/stolen", "w").write(connection.recv(65536).decode())
"""


@pytest.fixture(scope="module")
def alice():
    yield deployment.started("alice", "default")
    deployment.on_hub(f"chmod 711 {FOLDER}; rm -f /tmp/stolen")
    deployment.stop_server("alice")


@contextlib.contextmanager
def weakened(mode, path):
    before = deployment.on_hub(f"stat -c %a {path}")
    deployment.on_hub(f"chmod {mode} {path}")
    try:
        yield
    finally:
        deployment.on_hub(f"chmod {before} {path}")


def test_a_port_of_another_account_can_be_reached(alice, as_bob):
    """Why servers listen on sockets."""
    listen = "python3 -c 'import socket, time; s = socket.create_server((\"127.0.0.1\", 18888)); time.sleep(60)'"
    deployment.on_hub(f"systemd-run -q --uid=alice --unit=attacks-port {listen}")
    connect = "socket.create_connection(('127.0.0.1', 18888)) and 'connected'"
    try:
        deployment.until("alice's port is reached", lambda: as_bob(connect) == ["'connected'"], 10)
    finally:
        deployment.on_hub("systemctl stop attacks-port")


def test_the_socket_of_another_user_is_closed(alice, as_bob, outside):
    assert as_bob(CONNECT) == outside(CONNECT) == ["PermissionError"]
    with weakened("666", SOCKET):
        assert as_bob(CONNECT) == ["None"]


def test_the_proxy_reaches_the_server_and_no_port_does(alice):
    assert alice.page(alice.server_url("lab")).status_code == 200
    rows = [line.split() for line in deployment.on_hub("cat /proc/net/tcp /proc/net/tcp6").splitlines()]
    uid = deployment.on_hub("id -u alice")
    assert not [row for row in rows if row[3] == "0A" and row[7] == uid]


def end(alice):
    """Alice's server ends by itself; her open page still asks for it."""
    deployment.on_hub("systemctl kill --signal=KILL jupyter-alice.service")
    deployment.until("it has ended", lambda: not deployment.site.server("alice"), 20)
    alice.session.get(alice.server_url("api"), timeout=30)


@contextlib.contextmanager
def attacker():
    """TAKE_OVER with bob's account: whether it goes on listening."""
    deployment.on_hub("rm -f /tmp/stolen; systemctl reset-failed attacks-take-over", check=False)
    deployment.podman(
        "exec", deployment.HUB_CONTAINER, "systemd-run", "-q", "--uid=bob", "--unit=attacks-take-over",
        "python3", "-c", TAKE_OVER,
    )  # fmt: skip
    try:
        yield
    finally:
        deployment.on_hub(f"systemctl stop attacks-take-over; rm -f {SOCKET}", check=False)


def state():
    """Of the take-over: active while it listens or waits."""
    return deployment.on_hub("systemctl is-active attacks-take-over", check=False)


def test_the_socket_of_a_server_that_ended_cannot_be_taken(alice, bob):
    end(alice)
    assert not deployment.site.server("alice"), "a request has started it again"
    with attacker():
        deployment.until("bob is refused", lambda: state() == "failed", 10)
    assert "Permission denied" in deployment.on_hub("journalctl -u attacks-take-over -o cat -n 3")
    with weakened("1777", FOLDER), attacker():
        deployment.until("bob listens", lambda: deployment.on_hub(f"ls {FOLDER}") and state() == "active", 10)
        with contextlib.suppress(OSError):
            alice.session.get(alice.server_url("lab"), timeout=2)
        stolen = deployment.until("bob has it", lambda: deployment.on_hub("cat /tmp/stolen", check=False), 10)
        assert "jupyterhub-session-id" in stolen, "the control: an open folder gives bob alice's cookies"
