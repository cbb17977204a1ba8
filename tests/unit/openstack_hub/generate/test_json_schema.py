"""Schemas are as strict as validation where they can be, and never stricter."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator
from test_generated import GENERATED, NAMES, entries, values

from openstack_hub import platforms
from openstack_hub.generate import json_schema
from openstack_hub.schema import specification, structure
from openstack_hub.validation.check import check, unknown_names
from openstack_hub.validation.yaml_source import Source, secrets_in_clear

SCHEMAS = {file: json.loads(GENERATED[f"schemas/{file}.schema.json"]) for file in specification.FILES}
SHIPPED = [path for path in sorted(Path("inventories").glob("*/group_vars/all/*.yml")) if path.is_file()]
PROFILE = {"name": "a", "cpu": 1, "memory": "1G"}
BROKEN = {
    "typing error": ("hub_platform", "hosts"),
    "host with scheme": ("hub_domain", "https://hub.example.org"),
    "host of one word": ("hub_domain", "hub"),
    "required and null": ("hub_domain", None),
    "above max": ("hub_port", 99999),
    "number in quotes": ("hub_port", "443"),
    "key missing": ("hub_certificate", {"file": "/hub.crt"}),
    "relative path": ("hub_certificate", {"file": "hub.crt", "key": "/hub.key"}),
    "unknown key": ("hub_contact", {"mail": "help@example.org"}),
    "no address": ("hub_contact", {"email": "help"}),
    "map for text": ("hub_notice", {"en": "x"}),
    "empty list": ("hub_sign_in", []),
    "unknown choice in a list": ("hub_sign_in", ["ldap"]),
    "issuer without TLS": ("hub_iam_issuer", "http://iam.example.org/"),
    "blank text": ("hub_iam_name", " "),
    "text for list": ("hub_allowed_groups", "cloud/jupyter"),
    "slash in front": ("hub_allowed_groups", ["/cloud/jupyter"]),
    "URN": ("hub_allowed_groups", ["urn:geant:x:group:cloud:jupyter"]),
    "twice": ("hub_allowed_groups", ["cloud", "cloud"]),
    "unknown unit": ("hub_profiles", [PROFILE | {"memory": "1X"}]),
    "cpu in quotes": ("hub_profiles", [PROFILE | {"cpu": "2"}]),
    "below min": ("hub_profiles", [PROFILE | {"cpu": 0}]),
    "name with blank": ("hub_profiles", [PROFILE | {"name": "Large memory"}]),
    "word for flag": ("hub_profiles", [PROFILE | {"default": "yes"}]),
    "typing error in a key": ("hub_profiles", [PROFILE | {"memmory": "1G"}]),
    "time without unit": ("hub_idle", 90),
    "time in quotes without unit": ("hub_idle", "90"),
    "unit of two letters": ("hub_home", {"size": "1 GB"}),
    "half a person": ("hub_max_users", 2.5),
    "refused choice": ("cluster_network_driver", "flannel"),
    "even": ("cluster_control_plane", {"flavor": "m1.medium", "count": 2}),
    "address for network": ("cluster_pod_network", "10.100.0.0"),
    "version read as number": ("cluster_kubernetes_version", 1.33),
    "number for label": ("cluster_labels", {"boot_volume_size": 40}),
    "no exact version": ("hub_chart_version", "4.4"),
    "no exact tag": ("hub_profiles", [PROFILE | {"image": "registry.example.org/scipy:latest"}]),
    "German date": ("hub_accepted_advisories", {"CVE-2027-1": "5.7.2027"}),
}
# Found only by validation: bounds of values with units, platforms, other values.
VALIDATION_ONLY = {
    "size below min": {"hub_home": {"size": "1M"}},
    "time below min": {"hub_idle": "1s"},
    "version without v": {"hub_platform": "kubernetes", "cluster_kubernetes_version": "1.33.4"},
    "host bits in a network": {"hub_platform": "kubernetes", "cluster_pod_network": "10.100.0.1/16"},
    "platform of a variable": {"cluster_name": "another"},
    "platform of a key": {"hub_profiles": [PROFILE | {"gpus": 1}]},
    "guarantee above the limit": {"hub_profiles": [PROFILE | {"cpu_guarantee": 2}]},
    "two profiles of a name": {"hub_profiles": [PROFILE, PROFILE]},
    "nobody could sign in": {"hub_allowed_groups": [], "hub_admin_groups": []},
}
# Values of every kind, for which schema and validation are compared.
SAMPLES = yaml.safe_load("""
[null, true, false, 0, 1, 2, 3, 64, 0.5, -1, 1.0e+6, 2147483648, '', ' ', a, A, ab-c, a b, a.b, a/b, /a, ~/a, a//b,
'0', '7', 90s, ' 2 m ', 1.5h, 1d, 512M, 1.5G, 1T, 1 GB, 1.2.3, v1.2.3, '1.2', 'yes', lab, iam, host, calico, local,
hub.example.org, Hub.example.org, x@example.org, 'x:y@z', 'https://a', 'http://a/b?c', 'https://a/b?c', 'https://a b',
'urn:x', 'urn:x:group:y', 10.0.0.0/8, 10.0.0.0/255.0.0.0, '::/0', 10.0.0.1, '2027-01-31', '2027-13-31', 'r/a:1', r/a,
[], [a], [a, a], [1], [null], [{}], [{name: a}], [{name: a, cpu: 1, memory: 1G}], {}, {a: b}, {a: 1}, {size: 1G}]
""")


def accepts(name, value):
    """Whether the schema of NAME's file accepts VALUE."""
    return Draft7Validator(SCHEMAS[specification.variables()[name]["file"]]).is_valid({name: plain(value)})


def plain(value):
    """As an editor sees it: YAML 1.2 has no dates."""
    return json.loads(json.dumps(value, default=str))


@pytest.mark.parametrize("file", specification.FILES)
def test_schemas_are_valid(file):
    Draft7Validator.check_schema(SCHEMAS[file])


@pytest.mark.parametrize("path", SHIPPED, ids=str)
def test_shipped_inventories_pass(path):
    for each in [SCHEMAS[path.stem]] if path.stem in SCHEMAS else SCHEMAS.values():
        assert not [
            error.message for error in Draft7Validator(each).iter_errors(plain(yaml.safe_load(path.read_text())))
        ]


@pytest.mark.parametrize("name", NAMES)
def test_defaults_examples_and_templates_pass(name):
    for path, at, value in values(name):
        assert Draft7Validator(json_schema.node(at)).is_valid(plain(value)), path
    for path, at in entries(name):
        assert Draft7Validator(json_schema.node(at)).is_valid("{{ testbed_something }}"), path


@pytest.mark.parametrize("name", BROKEN)
def test_schema_and_validation_both_refuse(name, variables, monkeypatch):
    variable, value = BROKEN[name]
    names = specification.variables()[variable].get("platforms", platforms.PLATFORMS)
    assert not accepts(variable, value)
    for platform in names:
        _, problems = check(variables | {"hub_platform": platform, variable: value})
        assert [problem for problem in problems if problem.path[0] == variable and not problem.warning]


@pytest.mark.parametrize("name", VALIDATION_ONLY)
def test_some_problems_only_validation_finds(name, variables):
    assert all(accepts(*item) for item in VALIDATION_ONLY[name].items())
    _, problems = check(variables | VALIDATION_ONLY[name])
    assert [m for m in problems if m.path[0] in VALIDATION_ONLY[name] and m.path != ("hub_platform",) and not m.warning]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_never_stricter_than_validation(name, monkeypatch):
    for path, at in entries(name):
        found = Draft7Validator(json_schema.node(at))
        for value in SAMPLES if at["type"] != "secret" else ():
            valid = any(not structure.read(at, path[:1], value, platform)[1] for platform in platforms.PLATFORMS)
            assert found.is_valid(value) or not valid, (path, value)


@pytest.mark.parametrize("file", specification.FILES)
def test_names_with_the_projects_prefixes_must_exist(file):
    found = Draft7Validator(SCHEMAS[file])
    wrong = [f"{name}x" for name, at in specification.variables().items() if at["file"] == file]
    assert len(list(unknown_names(wrong, {}))) == len(wrong)
    assert not [name for name in wrong if found.is_valid({name: 1})]
    assert found.is_valid({"my_own": 1, "vault_hub_proxy_token": "x", "testbed_name": "y", "ansible_user": "root"})


def test_only_settable_variables_of_roles_are_accepted():
    assert Draft7Validator(SCHEMAS["jupyterhub"]).is_valid({"verify_certificate_days": 30, "web_http_port": 8080})
    for name, value in {"verify_certificate_days": "soon", "web_server_name": "a.b", "hub_systemd_model": {}}.items():
        assert not Draft7Validator(SCHEMAS["jupyterhub"]).is_valid({name: value})


def test_secrets_in_clear_text_are_refused():
    for value, right in (("abc", False), ("{{ vault_x }}", True), ("$ANSIBLE_VAULT;1.1;AES256 31", True)):
        assert accepts("hub_proxy_token", value) == right
    assert list(secrets_in_clear(Source("jupyterhub.yml", "hub_proxy_token: abc\n")))


def test_schemas_have_the_messages_of_validation_and_old_names(monkeypatch):
    monkeypatch.setattr(specification, "renamed", lambda: {"hub_host": "hub_domain", "cloud": "cloud_name"})
    properties = json_schema.json_schema("jupyterhub", {})["properties"]
    assert properties["hub_idle"]["errorMessage"].startswith("this is not a time: write a number with one of the units")
    assert properties["hub_host"]["deprecationMessage"] == "this is now called hub_domain"
    assert "cloud" not in properties
    keys = properties["hub_profiles"]["items"]["properties"]
    assert keys["warm"]["deprecationMessage"] == "this is now called placeholders"
    assert "deprecated" not in keys["placeholders"]
