import asyncio
import os
import socket
import threading

import pytest

from hubkit.hub import unit_socket
from hubkit.server import listener


def test_only_the_proxy_may_connect_and_a_request_starts_nothing():
    assert unit_socket.properties("ada-2", "jupyter-ada-2") == {
        "ListenStream": "/run/jupyterhub-servers/ada-2.sock", "DirectoryMode": "0711", "SocketMode": "0660",
        "SocketGroup": "_jupyterhub-proxy", "RemoveOnStop": "yes", "BindsTo": "jupyter-ada-2.service",
    }  # fmt: skip


def answers(timeout=10):
    return asyncio.run(unit_socket.answers("ada", "/user/ada/api", timeout=timeout))


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A socket that listens at the path of ada's server."""
    monkeypatch.setattr(unit_socket, "FOLDER", str(tmp_path))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "ada.sock"))
        server.listen()
        yield server


@pytest.mark.parametrize(("reply", "result"), [(b"HTTP/1.0 200 OK\r\n", True), (b"", False)])
def test_a_server_answers_when_it_sends_something(server, reply, result):
    requests = []

    def serve():
        connection, _ = server.accept()
        requests.append(connection.recv(100))
        connection.sendall(reply)
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert answers() is result
    thread.join()
    assert requests == [b"GET /user/ada/api HTTP/1.0\r\n\r\n"]


def test_a_socket_that_nobody_accepts_from_does_not_answer(server):
    assert answers(timeout=0.1) is False


def test_a_socket_that_does_not_exist_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(unit_socket, "FOLDER", str(tmp_path))
    assert answers() is False


@pytest.fixture
def inherited(monkeypatch):
    """A listening socket, handed to this process as systemd does."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("")  # a name that the kernel chooses
        server.listen()
        number = os.dup(server.fileno())
        os.set_inheritable(number, True)
        monkeypatch.setattr(listener, "FIRST", number)
        for name, value in {"FDS": 1, "PID": os.getpid(), "FDNAMES": "jupyter-ada.socket"}.items():
            monkeypatch.setenv(f"LISTEN_{name}", str(value))
        yield server


def test_a_server_takes_the_socket_once_and_kernels_do_not_inherit_it(inherited):
    [taken] = listener.inherited_sockets()
    with taken:
        assert taken.getsockname() == inherited.getsockname()
        assert not taken.getblocking() and not taken.get_inheritable()
        assert not [name for name in os.environ if name.startswith("LISTEN_")]
        assert listener.inherited_sockets() == []


def test_a_socket_for_another_process_is_not_taken(inherited, monkeypatch):
    monkeypatch.setenv("LISTEN_PID", "1")
    assert listener.inherited_sockets() == []
    os.close(listener.FIRST)
