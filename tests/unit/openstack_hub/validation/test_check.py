"""All problems are reported, each of them once."""

import pytest
from check_samples import MOUNT, PROFILE, SLURM, errors_of, warnings_of

from openstack_hub.schema import specification
from openstack_hub.validation import check
from openstack_hub.validation.problems import Unknown


def test_valid_variables_have_no_problem(variables):
    parsed, problems = check.check(variables)
    assert problems == []
    assert set(parsed) == set(specification.variables())
    assert (parsed["hub_idle"], parsed["hub_platform"]) == (86400, "host")


def test_without_variables_the_required_ones_are_reported():
    _, problems = check.check({})
    assert {problem.path for problem in problems if not problem.warning} == {
        ("hub_domain",), ("hub_certificate",), ("hub_contact",), ("hub_iam_issuer",), ("hub_iam_client_id",),
        ("hub_iam_client_secret",), ("hub_allowed_groups",), ("hub_cookie_secret",), ("hub_crypt_key",),
        ("hub_proxy_token",), ("hub_culler_token",),
    }  # fmt: skip


def test_invalid_and_misspelt_values_are_marked():
    parsed, _ = check.check({"hub_idle": "1x", "hub_profiles": [PROFILE | {"idle": "1x"}], "hub_home": {"siez": "1G"}})
    assert not parsed.is_valid("hub_idle")
    assert not parsed.is_valid("hub_port", "hub_profiles")
    assert parsed.is_valid("hub_port", "hub_notice")
    assert not parsed.is_valid_at("hub_profiles", 0, "idle")
    assert parsed.is_valid_at("hub_profiles", 0, "cpu")
    assert not parsed.is_valid_at("hub_home", "size")


@pytest.mark.parametrize(
    "changes",
    [
        {"hub_sign_in": "iam", "hub_admin_groups": []},
        {"hub_admin_groups": "x", "hub_allowed_groups": []},
        {"hub_certificate": Unknown("x")},
        {"hub_contact": {"mail": "a@b.test"}},
        {"hub_iam_issuer": "x"},
        {"hub_iam_scopes": "profile"},
        {"hub_idle": "1x", "hub_profiles": [PROFILE | {"max_age": "2m"}]},
        {"hub_profiles": [PROFILE | {"idle": "1x", "max_age": "2m"}]},
        {"hub_profiles": [PROFILE | {"idel": "5m", "max_age": "10m"}]},
        {"hub_profiles": [PROFILE, PROFILE | {"title": "b"}]},
        {"hub_profiles": [PROFILE, PROFILE]},
        {"hub_max_users": "many", "hub_idle": "2m"},
        {"hub_platform": "kubernets", "cluster_name": "x", "hub_home": {"size": "1G", "storage_class": "x"}},
    ],
    ids=str,
)
def test_one_mistake_is_one_problem(variables, changes):
    assert len(errors_of(variables, **changes)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"cluster_node_groups": "x", "hub_profiles": [PROFILE | {"node_group": "x"}]},
        {"cluster_node_groups": [None, {"name": "b", "flavor": "f", "max": 1}],
         "hub_profiles": [PROFILE | {"node_group": "x"}]},
        {"cluster_node_groups": [{"name": "B", "flavor": "f", "max": 1}],
         "hub_profiles": [PROFILE | {"node_group": "b"}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 1, "gpus": "x"}],
         "hub_profiles": [PROFILE | {"gpus": 1}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": "x"}],
         "hub_profiles": [PROFILE | {"placeholders": 1000}]},
        {"cluster_node_groups": [{"name": "b", "flavor": "f", "max": 1, "min": "x"}]},
        {"cluster_kubeconfig": "kubeconfig", "cluster_image": "x"},
        {"hub_mounts": "x", "hub_profiles": [PROFILE | {"mounts": ["a"]}]},
        {"hub_mounts": [MOUNT | {"name": "A"}], "hub_profiles": [PROFILE | {"mounts": ["a"]}]},
        {"hub_values_overrides": "x"},
        {"hub_images": {"hub": 1}, "hub_accepted_advisories": {}},
        {"hub_chart_version": 4.4, "hub_accepted_advisories": {}},
        {"hub_accepted_advisories": "x"},
        {"hub_service": {"type": "x", "node_port": 30080}},
        {"hub_registry_mirrors": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_one_mistake_is_one_problem_on_kubernetes(cluster, changes):
    assert len(errors_of(cluster, **changes)) == 1
    assert warnings_of(cluster, **changes) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"hub_sign_in": [1], "hub_admin_users": ["a"]},
    ],
    ids=str,
)
def test_one_mistake_is_one_problem_on_slurm(variables, changes):
    assert len(errors_of(variables | SLURM, **changes)) == 1
    assert len(warnings_of(variables | SLURM, **changes)) == 1  # that this version only checks


def test_parse_raises_every_error_and_no_warning(variables):
    assert check.parse(variables | {"hub_admin_groups": []})["hub_idle"] == 86400  # a warning: nobody administers
    with pytest.raises(ValueError, match=r"^hub_port: [^\n]*\nhub_idle: [^\n]*$"):
        check.parse(variables | {"hub_idle": "1w", "hub_port": "x", "hub_admin_groups": []})


def test_entries_that_cannot_be_parsed_are_no_duplicates(variables):
    assert len(errors_of(variables, hub_allowed_groups=["/a", "/b"])) == 2
