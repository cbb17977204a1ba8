"""hub_values_overrides of any shape: no traceback, no secret in a message, and advice that validation accepts."""

import random
import re

import pytest
import yaml
from site_samples import ON_KUBERNETES, at, schema_paths

from openstack_hub.chart.schema import schema_of, value_problems
from openstack_hub.validation.check import check
from openstack_hub.validation.problems import Problem
from openstack_hub.validation.rules.overrides import override_problems

SCHEMA = schema_of("4.4.0")
PARSED, _ = check(ON_KUBERNETES | {"cluster_kubeconfig": "/kubeconfig"})
KEYS = [
    "mountPath", "name", "value", "extraEnv", "extraVolumes", "ipBlock", "cidr", "except", "to", "from", "drop",
    "securityContext", "capabilities", "resources", "limits", "memory", "initContainers", "nodeSelector", "A_TOKEN",
    "extraConfig", "config", "Spawner", "cmd", 1, True, None, "x.y", 2.5,
]  # fmt: skip
LEAVES = [
    None, True, 0, 1, -1, 2.5, "", "x", "a: b", "c.Spawner.x = 1", "[", [], {}, "10.0.0.0/8", ["ALL"], b"x",
    float("nan"),
]  # fmt: skip
WRONG = ["x", "true", "7", 5, 2.5, True, ["a"], {"a": "b"}, [1], None]
SECRET = "5ec7e7"
SECRET_NAMES = ["password", "GITHUB_TOKEN", "clientSecret", "aws_secret_access_key", "db_pass", "apiKey", "CREDENTIALS"]


def problems(overrides):
    return list(override_problems(PARSED | {"hub_values_overrides": overrides}))


def anything(rng, depth):
    kind = rng.random()
    if depth <= 0 or kind < 0.3:
        return rng.choice(LEAVES)
    if kind < 0.6:
        return {rng.choice(KEYS): anything(rng, depth - 1) for _ in range(rng.randint(0, 3))}
    return [anything(rng, depth - 1) for _ in range(rng.randint(0, 3))]


def like_the_chart(rng, schema, depth):
    known = list(schema.get("properties", {}))
    if not known or rng.random() < 0.15:
        return anything(rng, depth)
    some = rng.sample(known, min(len(known), rng.randint(1, 4)))
    return {key: like_the_chart(rng, schema["properties"][key], depth - 1) for key in some}


@pytest.mark.parametrize("seed", range(10))
def test_no_shape_of_overrides_ends_validation(seed):
    rng = random.Random(seed)
    for _ in range(100):
        overrides = like_the_chart(rng, SCHEMA, 5)
        if isinstance(overrides, dict):
            assert all(isinstance(problem, Problem) and str(problem) for problem in problems(overrides))


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_no_secret_is_shown_wherever_it_is_written(name):
    for path in schema_paths(SCHEMA):
        for value in ({name: SECRET}, [{"name": name, "value": SECRET}], {"a": [{name: SECRET}]}):
            found = [str(problem) for problem in problems(at(path, value))]
            assert SECRET not in str(found)
            assert found, path


def advice(text):
    """The values that the message TEXT says to write."""
    for pattern in (
        r"write (true|false|\d+), without quotes",
        r"quotes, (\".*\")$",
        r"write (\[.*\])$",
        r": write (\w+)$",
    ):
        if (match := re.search(pattern, text)) and match[1] not in ("text", "a"):
            yield yaml.safe_load(match[1])


def test_advice_about_a_value_is_accepted():
    followed = 0
    for path in schema_paths(SCHEMA):
        for wrong in WRONG:
            for where, text, _ in value_problems(SCHEMA, at(path, wrong)):
                for value in advice(text) if where == path else ():
                    followed += 1
                    assert list(value_problems(SCHEMA, at(path, value))) == [], (path, wrong, text)
    assert followed > 500


def test_a_name_that_is_suggested_is_accepted_or_has_a_variable():
    for path in schema_paths(SCHEMA):
        wrong = (*path[:-1], f"{path[-1]}X")
        for problem in problems(at(wrong, {})):  # none where the chart allows any name
            assert re.search("did you mean|derived from|remove it|choose another name", problem.text), problem
