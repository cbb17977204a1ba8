"""The parts of the OpenStack testbed that need no OpenStack."""

import configparser
import importlib.util
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import openstack_path  # noqa: F401  (for what importing it does)
import pytest
import yaml
from openstack_testbed import Failed, Testbed, build, configuration, install, places, ports, processes
from openstack_testbed.clouds import clouds

ROOT = Path(__file__).parents[3]
PORTS = {service: 20000 + number for number, service in enumerate(places.SERVICES)}
PASSWORDS = {name: f"$of-{name}" for name in ("admin", "demo", "unrestricted", "restricted", *places.SERVICES)}


# --- Ports -----------------------------------------------------------------------------------------------------------
def test_ports_are_different_free_and_not_those_of_others():
    first = ports.choose(free=lambda port: port % 2)
    second = ports.choose(taken=set(ports.RANGE) - set(range(20000, 20006)), free=lambda port: True)
    assert set(first) == set(second) == set(places.SERVICES)
    assert len(set(first.values())) == 6 and all(port % 2 for port in first.values())
    assert set(second.values()) == set(range(20000, 20006))


def test_a_port_in_use_is_not_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not ports.is_free(port)
    assert ports.is_free(port)


def test_ports_of_stopped_instances_are_kept(tmp_path):
    for name, text in {"a": json.dumps({"ports": {"nova": 20007}}), "half": "", "other": "{}"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "instance.json").write_text(text)
    assert ports.taken_by_instances(tmp_path) == {20007}


def test_an_instance_keeps_its_ports(tmp_path):
    assert Testbed(tmp_path)._settings() == Testbed(tmp_path)._settings()


# --- Configuration ---------------------------------------------------------------------------------------------------
@pytest.fixture
def files(tmp_path):
    texts = configuration.files(tmp_path, Path("/venv"), PORTS, PASSWORDS)
    parsed = {}
    for name, text in texts.items():
        parsed[name] = configparser.ConfigParser(interpolation=None)
        parsed[name].read_string(text)
    return parsed


def test_each_service_signs_in_with_its_own_password_at_this_instance(files):
    for service in set(places.SERVICES) - {"keystone"}:
        section = files[f"{'glance-api' if service == 'glance' else service}.conf"]["keystone_authtoken"]
        assert section["username"] == service
        # oslo.config would take a single dollar for the name of an option.
        assert section["password"] == f"$$of-{service}"
        assert section["auth_url"] == f"http://127.0.0.1:{PORTS['keystone']}/v3"


def test_databases_do_not_name_the_folder(files, tmp_path):
    # A copy of a database becomes that of another instance.
    connections = [
        section["connection"] for file in files.values() for section in file.values() if "connection" in section
    ]
    assert len(connections) == 7
    assert len(set(connections)) == 7
    assert not any(str(tmp_path) in connection for connection in connections)


def test_clouds_are_yaml_and_name_only_what_exists():
    assert set(yaml.safe_load(clouds("http://x/v3", PASSWORDS))["clouds"]) == {"testbed", "testbed-admin"}
    entries = yaml.safe_load(clouds("http://x/v3", PASSWORDS, {"restricted": "id1"}))["clouds"]
    assert entries["testbed"]["auth"]["project_name"] == entries["testbed"]["auth"]["username"] == "demo"
    assert entries["testbed-restricted"]["auth"]["application_credential_id"] == "id1"
    assert entries["testbed-restricted"]["auth_type"] == "v3applicationcredential"


# --- Places and states -----------------------------------------------------------------------------------------------
def test_files_are_replaced_atomically_and_private(tmp_path):
    file = tmp_path / "clouds.yaml"
    file.write_text("old")
    file.chmod(0o644)
    places.write(file, "new")
    assert file.read_text() == "new" and file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_the_key_follows_the_content(tmp_path):
    one, other = tmp_path / "one.txt", tmp_path / "code"
    other.mkdir()
    one.write_text("1")
    first = places.key(one, other)
    (other / "part.py").write_text("pass")
    second = places.key(one, other)
    one.write_text("2")
    assert len({first, second, places.key(one, other)}) == 3


def test_a_copy_that_another_process_made_first_is_kept(tmp_path):
    new, path = tmp_path / "new", tmp_path / "path"
    new.mkdir()
    path.mkdir()
    (path / "file").write_text("first")
    (new / "file").write_text("second")
    places.publish(new, path)
    assert (path / "file").read_text() == "first" and not new.exists()


def database(file, rows):
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS instances (name TEXT)")
        connection.execute("DELETE FROM instances")
        connection.executemany("INSERT INTO instances VALUES (?)", [(row,) for row in rows])


def rows(file):
    with closing(sqlite3.connect(file)) as connection:
        return [row for (row,) in connection.execute("SELECT name FROM instances")]


@pytest.fixture
def state(tmp_path):
    """A state with one server and one image, a copy from before it had a server, and an open reader."""
    var = tmp_path / "var"
    (var / "images").mkdir(parents=True)
    (var / "images/seeded").write_text("testbed")
    database(var / "nova.sqlite", [])
    build.copy(var, tmp_path / "seed")
    (var / "images/own").write_text("own")
    database(var / "nova.sqlite", ["server"])
    with closing(sqlite3.connect(var / "nova.sqlite")) as reader:
        cursor = reader.execute("SELECT name FROM instances")
        yield tmp_path
        cursor.close()


def test_a_reset_while_services_run(state):
    assert build.has_servers(state / "var")
    build.restore_running(state)
    assert not build.has_servers(state / "var")
    assert rows(state / "var/nova.sqlite") == []
    assert [image.name for image in (state / "var/images").iterdir()] == ["seeded"]


@pytest.mark.parametrize(("maker", "comes_back"), [(install.name(), True), ("other", False), (None, False)])
def test_only_a_state_of_these_releases_is_restored(state, maker, comes_back):
    if maker:
        (state / "seed" / build.READY).write_text(maker)
    build.restore(state)
    assert (state / "var/nova.sqlite").exists() is comes_back


# --- Processes -------------------------------------------------------------------------------------------------------
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STUBBORN!r}])"


@pytest.fixture
def folder(tmp_path):
    for name in ("var", "log"):
        (tmp_path / name).mkdir()
    yield tmp_path
    processes.kill(tmp_path, grace=0)


def launched(folder, service, code):
    log = folder / "log" / f"{service}.log"
    process = processes.launch([sys.executable, "-c", code], log, dict(os.environ), folder, service)
    while "up" not in log.read_text():
        time.sleep(0.01)
    return process


def test_all_processes_of_an_instance_end_even_if_they_ignore_signals(folder, tmp_path_factory):
    process = launched(folder, "nova", PARENT)
    other = tmp_path_factory.mktemp("other")
    assert len(processes.pids(folder)) == 2 and processes.pids(other) == []
    # The parent has ended: only its mark identifies the child.
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert len(processes.pids(folder)) == 1
    begin = time.monotonic()
    processes.kill(folder, grace=0.3)
    assert processes.pids(folder) == []
    assert 0.3 <= time.monotonic() - begin < 5


def test_one_service_is_stopped_alone(folder):
    launched(folder, "nova", STUBBORN)
    launched(folder, "glance", STUBBORN)
    processes.kill(folder, "nova", grace=0)
    assert processes.pids(folder, "nova") == [] and len(processes.pids(folder, "glance")) == 1
    assert processes.memory(folder) > 0


def test_the_error_has_the_path_and_the_end_of_the_log(folder, monkeypatch):
    venv = folder / "venv/bin"
    venv.mkdir(parents=True)
    (venv / "python").write_text("#!/bin/sh\nseq 100\necho the reason >&2\nexit 3\n")
    (venv / "python").chmod(0o755)
    monkeypatch.setattr(install, "folder", lambda: folder / "venv")
    with pytest.raises(Failed) as caught:
        Testbed(folder).run("nova-schema", "module")
    text = str(caught.value)
    assert f"nova-schema failed; the end of {folder}/log/nova-schema.log:" in text
    assert text.endswith("100\nthe reason") and "\n50\n" not in text


# --- Calls and the command line --------------------------------------------------------------------------------------
def test_calls_of_all_services_in_their_order(folder):
    for service, time_, origin in (
        ("nova", 3.0, None),
        ("magnum", 2.0, None),
        ("magnum", 4.0, "nova"),
        ("nova", 1.0, None),
    ):
        with (folder / "log" / f"{service}.calls").open("a") as file:
            file.write(json.dumps({"time": time_, "service": service, "from": origin}) + "\n")
    testbed = Testbed(folder)
    assert [call["time"] for call in testbed.calls(since=2.0)] == [2.0, 3.0]
    assert [call["time"] for call in testbed.calls(clients=False)] == [1.0, 2.0, 3.0, 4.0]


def command(*words):
    return subprocess.run(
        [sys.executable, ROOT / "testbed/openstack", *words], capture_output=True, text=True, check=False
    )


def test_faults_by_the_command_line(folder):
    assert command("fault", "--folder", folder, "service=magnum", "answer=503", "count=2").returncode == 0
    (fault,) = Testbed(folder).faults.list()
    assert (fault["service"], fault["answer"], fault["count"]) == ("magnum", 503, 2)
    assert "answer is" in command("fault", "--folder", folder, "service=magnum", "answer=200").stderr
    command("fault", "--folder", folder)
    assert Testbed(folder).faults.list() == []


def test_stop_of_an_instance_that_does_not_exist(tmp_path):
    assert command("stop", "--folder", tmp_path / "none").returncode == 0


def test_purge_removes_only_its_own_files(folder):
    testbed = Testbed(folder)
    testbed._settings(), testbed._passwords(), testbed.faults.set(conductor="down")
    (folder / "own").write_text("mine")
    command("stop", "--purge", "--folder", folder)
    assert [file.name for file in folder.iterdir()] == ["own"]
    (folder / "own").unlink()
    command("stop", "--purge", "--folder", folder)
    assert not folder.exists()
    folder.mkdir()


def test_only_the_owner_can_read_secrets(folder):
    testbed = Testbed(folder)
    passwords = testbed._passwords()
    assert len(set(passwords.values())) == len(passwords) == 10
    assert Testbed(folder)._passwords() == passwords
    assert (folder / "passwords.json").stat().st_mode & 0o777 == 0o600


def test_each_configured_driver_exists():
    points = configparser.ConfigParser(delimiters="=")
    points.read(ROOT / "testbed/openstack/openstack_testbed.dist-info/entry_points.txt")
    named = [value for section in points.values() for value in section.values()]
    assert len(named) == 4
    for value in named:
        module, name = value.split(":")
        source = importlib.util.find_spec(module).origin
        assert f"class {name}(" in Path(source).read_text()


# --- Real clusters ---------------------------------------------------------------------------------------------------
def test_real_clusters_need_root(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Failed, match="start this as root"):
        Testbed(tmp_path, kubernetes="net").start()


def test_an_instance_keeps_its_type_of_clusters(folder, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert Testbed(folder)._kubernetes({"kubernetes": None}) == {"kubernetes": None}
    assert Testbed(folder, kubernetes="net")._kubernetes({"kubernetes": None}) == {"kubernetes": "net"}
    (folder / "var" / build.READY).touch()
    assert Testbed(folder)._kubernetes({"kubernetes": "net"}) == {"kubernetes": "net"}
    for kind, message in ((None, "clusters without nodes"), ("other", "clusters in network other")):
        with pytest.raises(Failed, match=message):
            Testbed(folder, kubernetes="net")._kubernetes({"kubernetes": kind})


@pytest.mark.parametrize(
    ("kubernetes", "driver", "off"), [(False, "testbed", "testbed_kubernetes"), (True, "testbed_kubernetes", "testbed")]
)
def test_magnum_has_one_driver(tmp_path, kubernetes, driver, off):
    texts = configuration.files(tmp_path, Path("/venv"), PORTS, PASSWORDS, kubernetes=kubernetes)
    assert f"default_driver = {driver}\n" in texts["magnum.conf"]
    assert f"disabled_drivers = {off}\n" in texts["magnum.conf"]
