"""Invalid values become None and the rest is parsed; messages that broken/*.txt does not contain."""

import pytest

from openstack_hub.schema import specification
from openstack_hub.schema.structure import read
from openstack_hub.validation.problems import Problem, Unknown

PROFILES = specification.variables()["hub_profiles"]
PROFILE = {"name": "a", "cpu": 1, "memory": "1G"}


def texts(problems):
    return [str(problem) for problem in problems if problem.text]


def read_variable(name, value, platform="host"):
    parsed, problems = read(specification.variables()[name], (name,), value, platform)
    return parsed, texts(problems)


def test_defaults_of_absent_keys_are_parsed():
    (profile,), problems = read_variable("hub_profiles", [PROFILE])
    assert problems == []
    assert profile == {
        "name": "a", "title": None, "description": "", "default": False, "cpu": 1.0, "memory": 1 << 30,
        "cpu_guarantee": 0.0, "memory_guarantee": None, "gpus": 0, "groups": [], "idle": None, "max_age": 0,
        "node_group": None, "image": None, "environment": {}, "mounts": [], "placeholders": 0, "shared_memory": None,
        "sudo": False, "repositories": [], "time": None, "partitions": [],
        "default_url": None, "gpu_resource": None, "runtime_class": None, "node_selector": {},
    }  # fmt: skip


def test_an_invalid_value_becomes_none_and_the_rest_is_parsed():
    wrong = [PROFILE | {"memory": "1X", "groups": ["a", "/b"]}, None, PROFILE | {"cpu": 4, "idle": "1m"}]
    (first, second, third), problems = read_variable("hub_profiles", wrong)
    assert (first["memory"], first["groups"], second, third["cpu"], third["idle"]) == (None, ["a", None], None, 4.0, 60)
    assert [text.split(":")[0] for text in problems] == [
        "hub_profiles[0].memory",
        "hub_profiles[0].groups[1]",
        "hub_profiles[1]",
    ]


@pytest.mark.parametrize(
    ("name", "value", "platform", "parsed"),
    [
        ("hub_notice", "", "host", ""),
        ("hub_iam_issuer", None, "host", None),
        ("verify_http_port", None, "host", None),
        ("hub_iam_client_secret", "", "host", None),
        ("hub_chart_version", "4.4.0", "host", "4.4.0"),  # the default
        ("hub_mounts", [], "host", []),
        ("hub_contact", {"email": "a@b.test"}, "host", {"email": "a@b.test", "url": None}),
        ("hub_chart_version", "4.4.1", None, "4.4.1"),  # the platform is invalid, which has its own message
        ("cluster_labels", {1: "a"}, "kubernetes", {"1": "a"}),
    ],
)
def test_valid_values_are_parsed(name, value, platform, parsed):
    assert read_variable(name, value, platform) == (parsed, [])


@pytest.mark.parametrize(
    ("name", "value", "platform", "sentence"),
    [
        (
            "hub_chart_version",
            "4.4.1",
            "host",
            "hub_chart_version: only available on platform kubernetes, but hub_platform is host: remove it",
        ),
        (
            "hub_sign_in",
            ["iam", "pam"],
            "host",
            "hub_sign_in[1]: 'pam' is only available on platform slurm, but hub_platform is host: remove it",
        ),
        (
            "hub_profiles",
            None,
            "host",
            "hub_profiles: the value after the colon is missing: write one, or remove the line for the default, "
            "[{name: default, title: Default, cpu: 2, memory: 1.5G}, {na…",
        ),
        (
            "cluster_labels",
            "teaching",
            "kubernetes",
            "cluster_labels: 'teaching' is not a map: write for example {boot_volume_size: '40'}",
        ),
        ("cluster_labels", {"a": None}, "kubernetes", "cluster_labels.a: missing: write for example 40"),
        (
            "verify_member",
            "5ec7e7",
            "host",
            "verify_member: the value is not an account: write for example "
            "{username: jupyter-test, password: '{{ vault_verify_member_password }}'}",
        ),
        ("hub_home", "size:1G", "host", "hub_home: a space is missing after the colon of size"),
        ("hub_home", {"size:1G": None}, "host", "hub_home.size:1G: a space is missing after the colon of size"),
        ("hub_allowed_groups", "-a -b", "host", "hub_allowed_groups: a space is missing after the dash"),
        ("hub_sign_in", "iam", "host", "hub_sign_in: 'iam' is not a list of values: write [iam]"),
        (
            "hub_blocked_users",
            "jane, bob",
            "host",
            "hub_blocked_users: 'jane, bob' is not a list of texts: write [jane, bob]",
        ),
        (
            "hub_home",
            {1: 2, "size": "1G"},
            "host",
            "hub_home.1: unknown key; available: size, group_sizes, storage_class",
        ),
        ("hub_idle", Unknown("refers to x"), "host", "hub_idle: refers to x"),
        ("hub_home", {"size": Unknown("refers to x")}, "host", "hub_home.size: refers to x"),
        (
            "hub_values_overrides",
            {"a": [1, {"b": Unknown("refers to x")}]},
            "kubernetes",
            "hub_values_overrides.a[1].b: refers to x",
        ),
    ],
)
def test_each_problem_has_its_message(name, value, platform, sentence):
    assert read_variable(name, value, platform)[1] == [sentence]


def test_choice_among_lists_has_an_example():
    assert read_variable("hub_sign_in", 4)[1] == ["hub_sign_in: 4 is not a list of values: write for example [iam]"]


@pytest.mark.parametrize("key", ["memroy", "mem"])
def test_a_typing_error_is_not_a_missing_key_as_well(key):
    (profile,), problems = read_variable("hub_profiles", [{"name": "a", "cpu": 1, key: "1G"}])
    assert profile["memory"] is None
    assert problems == [f"hub_profiles[0].{key}: unknown key; did you mean memory?"]


def test_a_typing_error_beside_the_right_key_is_the_only_problem():
    (profile,), problems = read_variable("hub_profiles", [PROFILE | {"memroy": "2G"}])
    assert profile["memory"] == 1 << 30
    assert problems == ["hub_profiles[0].memroy: unknown key; did you mean memory?"]


def test_a_renamed_key_is_reported_with_its_new_name(monkeypatch):
    monkeypatch.setitem(PROFILES["items"]["keys"]["memory"], "was", ["ram"])
    _, problems = read_variable("hub_profiles", [{"name": "a", "cpu": 1, "ram": "1G"}])
    assert problems == ["hub_profiles[0].ram: this key is now called memory: rename it here"]


def test_a_key_hidden_by_a_typing_error_is_invalid_without_a_message():
    _, problems = read(specification.variables()["hub_home"], ("hub_home",), {"siez": "1G"}, "host")
    assert Problem(("hub_home", "size"), "") in problems
