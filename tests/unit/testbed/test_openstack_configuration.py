"""Ports, configuration files and clouds.yaml of the OpenStack testbed."""

import configparser
import json
import socket
from pathlib import Path

import openstack_path  # noqa: F401  (for what importing it does)
import pytest
import yaml
from openstack_testbed import Testbed, configuration, places, ports
from openstack_testbed.clouds import clouds

PORTS = {service: 20000 + number for number, service in enumerate(places.SERVICES)}
PASSWORDS = {name: f"$of-{name}" for name in ("admin", "demo", "unrestricted", "restricted", *places.SERVICES)}


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
