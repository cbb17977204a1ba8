"""openstack_hub/platforms.py is complete, everything it names exists, and nothing else compares names of platforms."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from openstack_hub import platforms
from openstack_hub.model.hub_model import PROFILE, hub_model
from openstack_hub.platforms import INSTALLED, PLATFORMS, Platform
from openstack_hub.schema import specification

PROJECT = Path(__file__).parents[3]
PRODUCT = ("hubkit", "openstack_hub", "plugins", "playbooks", "roles", "group_vars", "server_files", "visitor")
TYPES = Platform.__annotations__
# A comparison with the name of a platform, as in hub_platform == "host" or platform in ("host",).
COMPARISON = re.compile(
    rf"""platform["'\])]*\s*(==|!=|(not )?in\b)\s*[\[({{]?\s*["']({"|".join(PLATFORMS)})["']"""
    rf"""|["']({"|".join(PLATFORMS)})["']\s*(==|!=|in\b)[^,\n]*platform\b"""
)


@pytest.mark.parametrize("name", PLATFORMS)
def test_entries_have_the_declared_types(name):
    for field, value in PLATFORMS[name]._asdict().items():
        assert isinstance(value, TYPES[field]), field
        assert not isinstance(value, tuple) or all(isinstance(each, str) for each in value), field


@pytest.mark.parametrize("name", PLATFORMS)
def test_everything_that_an_entry_names_exists(name):
    entry = PLATFORMS[name]
    part = import_module(entry.model)
    assert callable(part.hub_part) and callable(part.profile_part)
    for topic in entry.rules:
        assert callable(getattr(import_module(f"openstack_hub.validation.rules.{topic}"), f"{topic}_problems"))
    assert set(entry.profile_options) <= set(specification.variables()["hub_profiles"]["items"]["keys"])
    assert all("example" in specification.variables()[variable] for variable in entry.site_examples)
    assert "controller" in entry.groups and entry.hosts in entry.groups
    assert entry.summary and entry.homes


@pytest.mark.parametrize("name", INSTALLED)
def test_an_installed_platform_has_a_role_and_a_spawner(name):
    entry = PLATFORMS[name]
    tasks = PROJECT / "roles" / entry.role / "tasks"
    assert (tasks / "main.yml").is_file() and (tasks / "validate.yml").is_file()
    spawner = PROJECT.joinpath(*entry.spawner.split(".")).with_suffix(".py")
    assert re.search(r"^def configure\(c, model\):", spawner.read_text(), re.MULTILINE)


def test_a_platform_that_cannot_be_installed_is_refused():
    assert {platforms.error(name) for name in INSTALLED} == {""}
    assert platforms.error("slurm") == (
        "hub_platform: this version does not install the hub on slurm yet, only on " + " and ".join(INSTALLED)
    )
    with pytest.raises(ValueError, match=r"^hub_platform: 'hosts' is not a platform: write one of .*host, kubernetes"):
        platforms.platform("hosts")


def test_options_that_all_platforms_implement_are_in_no_entry():
    for option in {option for entry in PLATFORMS.values() for option in entry.profile_options}:
        assert len(platforms.implementing(option)) < len(PLATFORMS), option


def test_every_platform_has_the_same_keys_in_the_model_and_its_own_in_addition(variables, cluster):
    partition = {"name": "a", "max_time": "1h", "max_memory": "80G"}
    sites = {"host": variables, "kubernetes": cluster, "slurm": variables | {"slurm_partitions": [partition]}}
    models = {name: hub_model(sites.get(name, variables) | {"hub_platform": name}) for name in PLATFORMS}
    shared = set.intersection(*(set(model) for model in models.values()))
    assert {"platform", "node_groups", "partitions", "start_timeout", "profiles"} <= shared
    timeouts = {name: models[name]["start_timeout"] for name in sites}
    assert timeouts == {"host": 120, "kubernetes": 1200, "slurm": 1200}
    for name, model in models.items():
        assert model["platform"] == name
        assert set(PROFILE) <= set(model["profiles"][0])
        assert set(model) > shared


@pytest.fixture
def playbook(tmp_path):
    """Run playbooks/hub.yml with roles that only print their names: (status, output)."""
    for role in (entry.role for entry in PLATFORMS.values() if entry.role):
        tasks = tmp_path / "roles" / role / "tasks"
        tasks.mkdir(parents=True)
        debug = {"name": "Say where", "debug": {"msg": f"{role} on {{{{ inventory_hostname }}}}"}}
        (tasks / "main.yml").write_text(yaml.safe_dump([debug]))
    (tmp_path / "hub.yml").write_text((PROJECT / "playbooks/hub.yml").read_text())
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "ansible_become": False}
    groups = {"controller": "control", "hub": "machine", "web": "machine"}
    hosts = {group: {"hosts": {host: local}} for group, host in groups.items()}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(hosts))

    def run(name):
        given = json.dumps({"hub_platform": name, "hub_service": {"allowed_cidrs": ["192.0.2.0/24"]}})
        command = ["ansible-playbook", "-i", "hosts.yml", "hub.yml", "-e", given]
        environment = os.environ | {
            "ANSIBLE_FILTER_PLUGINS": str(PROJECT / "plugins/filter"),
            "PYTHONPATH": str(PROJECT),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.parametrize("name", INSTALLED)
def test_hub_yml_runs_the_role_of_the_platform_on_its_hosts_only(playbook, name):
    status, output = playbook(name)
    entry = PLATFORMS[name]
    host = {"controller": "control", "hub": "machine"}[entry.hosts]
    assert status == 0, output
    assert re.findall(r"hub_\w+ on \w+", output) == [f"{entry.role} on {host}"]


def test_hub_yml_refuses_a_platform_that_cannot_be_installed(playbook):
    status, output = playbook("slurm")
    assert status != 0
    assert "this version does not install the hub on slurm yet" in " ".join(output.split())
    assert not re.findall(r"hub_\w+ on \w+", output)


@pytest.mark.parametrize(
    "text",
    [
        'hub_platform == "host"',
        "v['hub_platform'] != 'slurm'",
        'platform in ("host", "slurm")',
        'model["platform"] == "kubernetes"',
        '"host" == platform',
    ],
)
def test_the_search_for_comparisons_finds_them(text):
    assert COMPARISON.search(text)


def test_nothing_else_compares_the_name_of_a_platform():
    found = []
    for path in sorted(path for part in PRODUCT for path in (PROJECT / part).rglob("*")):
        if path.suffix in (".py", ".yml", ".j2") and path.is_file() and "node_modules" not in path.parts:
            found += [f"{path}: {match[0]}" for match in COMPARISON.finditer(path.read_text(errors="replace"))]
    assert found == []
