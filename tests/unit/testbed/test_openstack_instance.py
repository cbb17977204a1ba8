"""An instance of the OpenStack testbed: its processes, its log of calls, its command line."""

import configparser
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openstack_path  # noqa: F401  (for what importing it does)
import pytest
from openstack_testbed import Failed, Testbed, build, configuration, install, places, processes

ROOT = Path(__file__).parents[3]
PORTS = {service: 20000 + number for number, service in enumerate(places.SERVICES)}
PASSWORDS = {name: f"$of-{name}" for name in ("admin", "demo", "unrestricted", "restricted", *places.SERVICES)}
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
