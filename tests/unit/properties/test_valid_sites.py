"""Valid variables have no problem and become a consistent model."""

import json
from math import ceil

import valid_sites
from hypothesis import given
from hypothesis_settings import examples
from jsonschema import Draft7Validator
from mutations import secretive

from openstack_hub import chart
from openstack_hub.generate.json_schema import json_schema
from openstack_hub.model.hub_model import hub_model
from openstack_hub.schema import specification
from openstack_hub.validation.check import check

SCHEMAS = {file: Draft7Validator(json_schema(file, {})) for file in specification.FILES}
SECRET = "5ec7e7aa" * 8


@examples(40)
@given(valid_sites.variables())
def test_valid_variables(v):
    v |= {name: SECRET for name in specification.secrets() if v.get(name)}
    assert [str(problem) for problem in check(v)[1] if not problem.warning] == []
    model = hub_model(v)
    assert json.loads(json.dumps(model, allow_nan=False)) == model
    assert SECRET not in json.dumps(model)
    for path, value in numbers(model):
        assert value >= 0, path
        assert isinstance(value, int) or path.endswith(("cpu", "cpu_guarantee")), path
    if model["platform"] == "kubernetes":
        values(model, v.get("hub_values_overrides", {}))
    order(model["profiles"], v.get("hub_profiles", specification.variables()["hub_profiles"]["default"]))
    intervals(model, users=v.get("hub_max_users", 100))
    assert model["auth_refresh"] >= 72 and model["start_timeout"] >= 120 and 10 <= model["concurrent_starts"] <= 100


@examples(20)
@given(valid_sites.variables())
def test_schemas_are_never_stricter(v):
    v = json.loads(json.dumps(secretive(v, specification.variables(), "{{ vault_x }}"), default=str))
    for file, validator in SCHEMAS.items():
        validator.validate(
            {name: value for name, value in v.items() if specification.variables()[name]["file"] == file}
        )


def values(model, overrides):
    """Values of the chart are plain data."""
    said = {"package": "UEs=", "server_files": {"a/b.py": "c\n"}, "digest": "0", "sources": ["192.0.2.7/32"]}
    found = chart.chart_values(model, **said, overrides=overrides)
    more = [chart.placeholder_sets(model), chart.service_patch(model), chart.pod_security(model)]
    assert json.loads(json.dumps([found, more])) == [found, more]


def order(profiles, given):
    """The default one first, the others as they stand."""
    names = [profile["name"] for profile in given]
    first = next((profile["name"] for profile in given if profile.get("default")), names[0])
    assert [profile["name"] for profile in profiles] == [first, *(name for name in names if name != first)]


def intervals(model, users):
    """Reports are not too frequent for the hub, and stops not later than a tenth or the shortest interval."""
    grain = max(2, ceil(users / 50))
    for profile in model["profiles"]:
        report, idle = profile["activity_interval"], profile["idle"]
        assert report >= grain
        assert 0 < model["activity_resolution"] < 0.9 * report
        # Two reports, each up to a tenth late, and one interval of the culler.
        assert not idle or 2 * 1.1 * report + model["cull_interval"] <= 0.107 * idle
        assert grain <= model["cull_interval"] <= (idle or 60)


def numbers(value, path=""):
    """(path, number) of each number in VALUE."""
    if isinstance(value, dict | list):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers(entry, f"{path}.{key}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value
