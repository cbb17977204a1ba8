"""Rules of our modules; what they do on a machine is seen in molecule."""

import importlib.util
import os
from pathlib import Path

import pytest


def load(name):
    spec = importlib.util.spec_from_file_location(name, f"plugins/modules/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RUNNING = {
    "ActiveState": "active",
    "UnitFileState": "enabled",
    "NeedDaemonReload": "no",
    "FragmentPath": "/u",
    "since": 100,
}


@pytest.mark.parametrize(
    ("state", "changed_at", "reload", "actions"),
    [
        ({}, {"/u": 50, "/f": 99}, False, []),
        ({}, {"/f": 101}, False, ["restart"]),
        ({}, {"/f": 101}, True, ["reload"]),
        ({"NeedDaemonReload": "yes"}, {"/u": 101}, True, ["daemon-reload", "restart"]),
        ({"UnitFileState": "disabled"}, {}, False, ["enable"]),
        ({"ActiveState": "failed"}, {"/f": 101}, False, ["start"]),
        ({"ActiveState": "inactive", "UnitFileState": "disabled"}, {}, False, ["enable", "start"]),
    ],
    ids=["current", "older", "older, reload", "new unit file", "disabled", "failed", "new"],
)
def test_plan_of_a_unit(state, changed_at, reload, actions):
    assert load("unit_current").plan(RUNNING | state, ["/f", "/missing"], changed_at, reload)[0] == actions


def test_zip_is_the_same_whenever_its_files_are(tmp_path):
    pack = load("openstack_hub_zip").pack
    package = tmp_path / "kit"
    (package / "sub").mkdir(parents=True)
    for name in ("__init__.py", "sub/__init__.py", "README.md"):
        (package / name).write_text("x = 1\n")
    first, names = pack(package)
    os.utime(package / "__init__.py", (0, 0))
    assert pack(package)[0] == first
    assert names == ["kit/__init__.py", "kit/sub/__init__.py"]
    (package / "__init__.py").write_text("x = 2\n")
    assert pack(package)[0] != first


def test_hubkit_has_no_dependency_on_the_controllers_code():
    for path in Path("hubkit").rglob("*.py"):
        assert "openstack_hub" not in path.read_text().replace("openstack-hub", ""), path
