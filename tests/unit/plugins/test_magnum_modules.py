"""What ansible-doc shows of the modules is what they take."""

import magnum_samples  # noqa: F401
import pytest
import yaml

MODULES = (
    "magnum_cluster",
    "magnum_cluster_template",
    "magnum_nodegroups",
    "magnum_kubeconfig",
    "hub_prerequisites",
    "hub_release",
    "hub_rollout",
)
PASSED = ("actions", "pending")  # of every pass


class Made(Exception):
    """What an AnsibleModule was made of."""


def capture(argument_spec, **rules):
    raise Made(argument_spec, rules)


@pytest.fixture(params=MODULES)
def module(request, load):
    return load(f"modules/{request.param}")


@pytest.fixture
def made(module):
    """(argument_spec, the other rules) of the module."""
    module.AnsibleModule = capture
    with pytest.raises(Made) as caught:
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


def test_options_are_documented_as_they_are(module, made):
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    assert plain(documented) == plain(made[0])


def test_every_module_can_be_tried_without_doing_anything(made):
    assert made[1]["supports_check_mode"] is True


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
    assert {*PASSED} <= {*returned}
    for value in returned.values():
        assert value["description"] and value["returned"] and value["type"]
        assert ("elements" in value) == (value["type"] == "list")
