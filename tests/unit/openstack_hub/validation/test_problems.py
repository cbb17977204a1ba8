import datetime

import pytest

from openstack_hub.schema import specification
from openstack_hub.validation.problems import Problem, Unknown, dotted, match, meant, nearest, show

VARIABLES = list(specification.variables())
KEYS = list(specification.variables()["hub_profiles"]["items"]["keys"])


def test_a_problem_is_shown_with_its_path():
    assert dotted(("hub_profiles", 1, "groups", 0)) == "hub_profiles[1].groups[0]"
    assert str(Problem(("hub_idle",), "is wrong")) == "hub_idle: is wrong"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1d", "'1d'"),
        ("", "''"),
        (None, "null"),
        (True, "true"),
        (1.3, "1.3"),
        ([1, "a"], "[1, a]"),
        ({"a": {"b": None}}, "{a: {b: null}}"),
        (datetime.date(2027, 3, 15), "2027-03-15"),
        ("ü", "'ü'"),
        ("a" * 61, f"'{'a' * 59}…'"),
        (list(range(40)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, …"),
        ({"a": Unknown("b")}, "{a: Unknown}"),
        ("https://jane:5ec7e7@lab.test/a", "'https://…@lab.test/a'"),
        ("https://jane:5e/c7@e7@lab.test/a", "'https://…@lab.test/a'"),
        ({"url": "https://5ec7e7@lab.test/a"}, "{url: 'https://…@lab.test/a'}"),
        ("jane:5ec7e7@lab.test", "'…@lab.test'"),
        ("https://lab.test/a?private_token=5ec7e7&b=c", "'https://lab.test/a?private_token=…&b=c'"),
        ("glpat-5ec7e75ec7e7", "'…'"),
        ("help@lab.test", "'help@lab.test'"),
        ("a:v1@sha256:00", "'a:v1@sha256:00'"),
    ],
)
def test_values_are_shown_as_yaml(value, text):
    assert show(value) == text


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("hub_domian", "hub_domain"),
        ("hub_issuer", "hub_iam_issuer"),
        ("hup_domain", "hub_domain"),
        ("Hub_Domain", "hub_domain"),
        ("hub_banner", None),  # hub_ alone says nothing
        ("hub_tls", None),
        ("testbed_hub_domain", None),
        ("hub", None),
    ],
)
def test_a_mistyped_variable_is_matched(name, near):
    assert match(name, VARIABLES) == near


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("memroy", "memory"),
        ("mem", "memory"),
        ("memory_limit", "memory"),
        ("cpus", "cpu"),
        ("gpu", "gpus"),
        ("maxage", "max_age"),
        ("large", None),
        (None, None),
        (1, None),
    ],
)
def test_a_mistyped_key_is_matched(name, near):
    assert meant(name, KEYS) == near


def test_the_hint_names_the_nearest_key_or_all():
    assert nearest("siz", ["size", "storage_class"]) == "; did you mean size?"
    assert nearest("quota", ["size", "storage_class"]) == "; available: size, storage_class"
    assert nearest("quota", []) == ""
