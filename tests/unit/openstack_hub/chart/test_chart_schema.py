"""What the chart accepts is known as the chart's own schema says it."""

import json
import tarfile

import chart_samples
import pytest
from jsonschema import Draft7Validator
from site_samples import at, schema_paths

from openstack_hub.chart import hub_config
from openstack_hub.chart.schema import SHIPPED, packaged, schema_of, value_problems
from openstack_hub.chart.values import merged
from openstack_hub.generate.chart_schema import main, reduced
from openstack_hub.validation.rules.chart import packaged_problems

VALUES = [None, True, 1, -1, 1.5, "x", "", [], ["a"], [1], {}, {"a": "b"}, {"a": 1}]
# No default of the chart has these, and the gateway needs a name.
INCOMPLETE = ("httpRoute", "gateway")


def test_the_shipped_schema_is_that_of_the_chart_without_its_texts():
    shipped = json.loads((SHIPPED / "4.4.0.json").read_text())
    assert shipped == reduced(chart_samples.in_chart("values.schema.json"))
    assert "description" not in json.dumps(shipped)


def test_every_value_is_judged_as_by_helm():
    full, defaults = chart_samples.in_chart("values.schema.json"), chart_samples.in_chart("values.yaml")
    for path in schema_paths(full):
        schema, default = full, defaults
        for key in path[:-1]:
            schema, default = schema["properties"][key], (default or {}).get(key)
        helm = Draft7Validator(schema)
        for value in VALUES if path[:2] != INCOMPLETE else ():
            accepted = helm.is_valid(merged(default, {path[-1]: value}))
            assert accepted is not any(value_problems(schema_of("4.4.0"), at(path, value))), (path, value)


def test_a_packaged_chart_counts_more_than_the_version(tmp_path):
    schema, own = tmp_path / "values.schema.json", tmp_path / "own-1.0.0.tgz"
    schema.write_text(json.dumps({"type": "object", "additionalProperties": False, "properties": {"a": {}}}))
    (tmp_path / "Chart.yaml").write_text("version: 9.9.9\n")
    with tarfile.open(own, "w:gz") as package:
        for file in (schema, tmp_path / "Chart.yaml"):
            package.add(file, f"jupyterhub/{file.name}")
    assert list(schema_of("4.4.0", str(own))["properties"]) == ["a"]
    assert packaged(str(own))[0] == "9.9.9" and packaged(str(schema)) is packaged("/nowhere") is None
    (problem,) = packaged_problems(str(own), "4.4.0")
    assert str(problem) == "hub_chart_version: the chart in hub_chart_path has version 9.9.9: write 9.9.9"
    assert list(packaged_problems(str(own), "9.9.9")) == list(packaged_problems("/nowhere", "4.4.0")) == []
    assert schema_of("4.4.0", str(schema)) == schema_of("4.4.0", "/nowhere") == schema_of("4.4.0")
    assert schema_of("9.9.9", "/nowhere") is None


def test_the_schema_of_a_packaged_chart_is_written(tmp_path, monkeypatch):
    chart_samples.in_chart("Chart.yaml")
    monkeypatch.setattr("openstack_hub.generate.chart_schema.SHIPPED", tmp_path)
    main(str(chart_samples.CHART))
    assert (tmp_path / "4.4.0.json").read_text() == (SHIPPED / "4.4.0.json").read_text()


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("c.JupyterHub.a = 1", [(1, "JupyterHub", "a")]),
        ("\nif True:\n  c['Spawner']['b'] = c.Spawner.d = 1", [(3, "Spawner", "b"), (3, "Spawner", "d")]),
        ("c.A.x, (c.B.y) = 1, 2\nc.C.z: int = 3", [(1, "A", "x"), (1, "B", "y"), (2, "C", "z")]),
        ("c.JupyterHub.load_roles += []\nc.A.b.c = 1\na.B.c = 1\nc.x = c.Y.z\nf().A.b = 1\nc.A.b.update({})", []),
    ],
)
def test_assignments_of_configuration_are_found(code, found):
    assert sorted(hub_config.assignments(code)) == found


def test_text_that_code_assigns_to_a_secret_is_found():
    code = "x.api_token = 'a'\nd['token'] = 'b'\ntoken = read()\nname = 'c'\nc.X.token = ''\n"
    assert list(hub_config.secret_assignments(code, lambda name: name.endswith("token"))) == [
        (1, "api_token"),
        (2, "token"),
    ]
