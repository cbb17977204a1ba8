"""Modules of the controller: their documentation, and what they say without the packages of this project."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

POLLED = (
    "magnum_cluster",
    "magnum_nodegroups",
    "magnum_kubeconfig",
    "magnum_unused_templates",
    "hub_prerequisites",
    "hub_release",
    "hub_rollout",
)
MODULES = [path.stem for path in Path("plugins/modules").glob("*.py") if "from openstack_hub" in path.read_text()]
RETURNED = ("actions", "pending")  # by each polled module


class Created(Exception):
    """The arguments of an AnsibleModule."""


def capture(argument_spec, **rules):
    raise Created(argument_spec, rules)


@pytest.fixture(params=MODULES)
def module(request, load):
    return load(f"modules/{request.param}")


@pytest.fixture
def arguments(module):
    """(argument_spec, the other arguments) of the module."""
    module.AnsibleModule = capture
    with pytest.raises(Created) as caught:
        module.main()
    return caught.value.args


def plain(options):
    """Name -> (type, required, default, choices, elements, options) of each option."""
    return {
        name: (
            option.get("type", "str"),
            option.get("required", False),
            option.get("default"),
            option.get("choices"),
            option.get("elements"),
            plain(option.get("options") or option.get("suboptions") or {}),
        )
        for name, option in options.items()
    }


def test_options_are_documented(module, arguments):
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    assert plain(documented) == plain(arguments[0])


def test_every_module_supports_check_mode(arguments):
    assert arguments[1]["supports_check_mode"] is True


def test_each_module_documents_its_options(module):
    text = yaml.safe_load(module.DOCUMENTATION)
    assert text["module"] == module.__name__
    assert text["short_description"] and not text["short_description"].endswith(".")
    described = [*text["options"].values()]
    described += [sub for option in described for sub in option.get("suboptions", {}).values()]
    assert all(option["description"] for option in described)
    for example in yaml.safe_load(module.EXAMPLES):
        arguments = example[module.__name__]
        required = {name for name, option in text["options"].items() if option.get("required")}
        assert required <= {*arguments} <= {*text["options"]}
    returned = yaml.safe_load(module.RETURN)
    assert module.__name__ not in POLLED or {*RETURNED} <= {*returned}
    for value in returned.values():
        assert value["description"] and value["returned"] and value["type"]
        assert ("elements" in value) == (value["type"] == "list")


WITHOUT_PACKAGE = """
import sys, runpy
sys.modules[{missing!r}] = None
sys.argv[1:] = []
runpy.run_path({path!r}, run_name="__main__")
"""
VALUES = {"str": "a-value", "path": "/a-value", "dict": {"name": "a-value"}, "list": [], "int": 1, "bool": True}


def test_the_modules_of_the_controller_are_found():
    assert {*POLLED, "cloud_facts", "cloud_site", "hub_backends", "hub_facts", "hub_homes", "hub_removal"} <= {*MODULES}


@pytest.mark.parametrize("is_product", [True, False])
@pytest.mark.parametrize("name", MODULES)
def test_without_its_packages_a_module_says_what_to_install(name, is_product, load):
    missing = "openstack_hub" if is_product else "kubernetes" if name.startswith("hub_") else "openstack"
    options = yaml.safe_load(load(f"modules/{name}").DOCUMENTATION)["options"]
    arguments = {key: VALUES[option["type"]] for key, option in options.items() if option.get("required")}
    arguments |= {"scope": "site"} if "scope" in options else {}
    arguments |= {"state": "absent"} if name == "magnum_cluster" else {}
    arguments |= {"hub": {"command": ["x"], "kubeconfig": "/x"}} if name == "hub_command" else {}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PACKAGE.format(missing=missing, path=f"plugins/modules/{name}.py")],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        capture_output=True,
        text=True,
        check=False,
    )
    result = json.loads(done.stdout)
    assert result["failed"] and done.stderr == ""
    assert f"{sys.executable} needs the packages of this project: make .venv/.operator" in result["msg"]
