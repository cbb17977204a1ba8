"""Defaults, argument specs and the defaults files of roles agree."""

from pathlib import Path

import pytest
import yaml

from openstack_hub.schema import specification

ROLES = sorted(path for path in Path("roles").iterdir() if path.is_dir())


def load(path):
    return yaml.safe_load(path.read_text())


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_and_specs_agree(role):
    defaults = load(role / "defaults/main.yml") or {}
    options = load(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert set(defaults) == set(options)
    for name, option in options.items():
        assert name.startswith(f"{role.name}_")
        if option.get("required"):
            assert f"undef(hint='{name}: " in defaults[name], "a required variable says what it is when it is missing"
        else:
            assert defaults[name] == option.get("default"), name


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_is_complete_and_reads_its_own_prefix(role):
    for name in ("README.md", "tasks/main.yml", "tasks/validate.yml"):
        assert (role / name).exists(), name
    for name in load(role / "vars/main.yml") if (role / "vars/main.yml").exists() else ():
        assert name.startswith(f"__{role.name}_")
    called = [] if role.name == "destroy" else [f"{other.name}_" for other in ROLES if other != role]
    others = [*called, "hub_iam", "hub_profiles", "hub_domain"]
    for path in [*role.glob("tasks/*.yml"), *role.glob("templates/*")]:
        text = path.read_text()
        for module in Path("plugins/modules").glob("*.py"):
            text = text.replace(module.stem, "")
        assert not [prefix for prefix in others if f" {prefix}" in text or f"{{{prefix}" in text], path


@pytest.mark.parametrize("file", specification.FILES)
def test_the_defaults_files_contain_every_variable(file):
    variables = [name for name, variable in specification.variables().items() if variable["file"] == file]
    assert list(load(Path(f"group_vars/all/{file}.yml"))) == variables


def test_the_wiring_sets_variables_of_roles_alone():
    options = {
        name for role in ROLES for name in load(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    }
    assert {
        name for name in load(Path("group_vars/all/wiring.yml")) if not name.startswith("openstack_hub_")
    } <= options
