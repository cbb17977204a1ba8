"""Documentation of the polled modules and those of the cloud: it names the options that they take."""

import json
import subprocess
import sys

import pytest
import yaml

POLLED = (
    "magnum_cluster",
    "magnum_cluster_template",
    "magnum_nodegroups",
    "magnum_kubeconfig",
    "hub_prerequisites",
    "hub_release",
    "hub_rollout",
)
MODULES = (*POLLED, "cloud_facts", "cloud_orphaned_resources", "cloud_site")
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


def test_documentation(module):
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
sys.modules["openstack_hub"] = None
sys.argv[1:] = []
runpy.run_path({path!r}, run_name="__main__")
"""
VALUES = {"str": "x", "path": "/x", "dict": {"name": "x"}, "list": [], "int": 1, "bool": True}


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("hub_")])
def test_without_the_project_s_package_a_module_says_what_to_install(name, load):
    options = yaml.safe_load(load(f"modules/{name}").DOCUMENTATION)["options"]
    arguments = {key: VALUES[option["type"]] for key, option in options.items() if option.get("required")}
    arguments |= {"scope": "site"} if "scope" in options else {}
    arguments |= {"state": "absent", "family": "x"} if name == "magnum_cluster_template" else {}
    arguments |= {"state": "absent"} if name == "magnum_cluster" else {}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PACKAGE.format(path=f"plugins/modules/{name}.py")],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        capture_output=True,
        text=True,
        check=False,
    )
    result = json.loads(done.stdout)
    assert result["failed"] and done.stderr == ""
    assert f"{sys.executable} needs the packages of this project: make .venv/.operator" in result["msg"]
