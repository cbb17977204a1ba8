"""Connections to a cloud: entries, time-outs, requests that are not repeated; one module at a time."""

import fcntl
import os
from types import SimpleNamespace

import pytest
from magnum_samples import Clock

from openstack_hub.openstack import connection
from openstack_hub.openstack.connection import connect, connect_for_changes, exclusive_run
from openstack_hub.openstack.errors import RequestRefused

CLOUDS = """
clouds:
  lab: {auth: {auth_url: "http://127.0.0.1:9/v3", username: jane, password: 5ec7e7, project_name: p}}
  slow: {api_timeout: 7, auth: {auth_url: "http://127.0.0.1:9/v3", username: jane, password: 5ec7e7}}
"""


@pytest.fixture(autouse=True)
def clouds(tmp_path, monkeypatch):
    (tmp_path / "clouds.yaml").write_text(CLOUDS)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))


@pytest.mark.parametrize(("name", "timeout"), [("lab", 20), ("slow", 7)])
def test_the_time_for_an_answer_is_bounded(name, timeout):
    assert connect(name, 20).session.timeout == timeout


def test_a_missing_entry_names_the_variable():
    with pytest.raises(RequestRefused, match=r"^cloud_name is none: Cloud none was not found\.$") as caught:
        connect("none")
    assert (caught.value.kind, caught.value.message) == ("entry", "Cloud none was not found.")


def test_requests_that_create_something_are_not_repeated(monkeypatch):
    sent = []
    service = SimpleNamespace(request=lambda *args, **kwargs: sent.append(kwargs))
    cloud = SimpleNamespace(network=service, compute=SimpleNamespace(request=service.request))
    monkeypatch.setattr(connection, "connect", lambda name: cloud)
    assert connect_for_changes("lab") is cloud
    for each in (cloud.network, cloud.compute):
        each.request("POST", "/x")
    assert sent == [{"connect_retries": 0}] * 2


def test_a_cloud_that_cannot_be_reached_names_the_variable():
    with pytest.raises(RequestRefused, match=r"cloud_name is lab: http://127\.0\.0\.1:9: Connection refused"):
        connect_for_changes("lab")


@pytest.fixture
def home(tmp_path, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(connection, "time", clock)
    monkeypatch.setattr(connection.Path, "home", lambda: tmp_path)
    return SimpleNamespace(path=tmp_path, clock=clock)


def is_locked(path):
    folder = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(folder)
    return False


def test_one_module_at_a_time(home):
    with exclusive_run(10):
        assert is_locked(home.path)
    assert not is_locked(home.path)


def test_an_error_releases_the_lock(home):
    with pytest.raises(KeyError), exclusive_run(10):
        raise KeyError
    assert not is_locked(home.path)


def test_the_wait_for_another_module_is_bounded(home):
    with exclusive_run(10), exclusive_run(10):
        assert sum(home.clock.slept) == pytest.approx(10)
