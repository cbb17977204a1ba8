"""Problems of a whole site: unknown, misspelt and renamed variables, missing files."""

import pytest

from openstack_hub.schema import specification
from openstack_hub.validation import check
from openstack_hub.validation.problems import Problem
from openstack_hub.validation.variable_names import unknown_names

ROLES = {"web_server_name": "{{ hub_domain }}", "web_certificate_file": "{{ hub_certificate.file }}",
         "hub_systemd_slice": None, "openstack_hub_names": "{{ x }}"}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("hub_domian", "unknown variable; did you mean hub_domain?"),
        ("hub_banner", "unknown variable: docs/variables.md lists all"),
        ("cloud_x", "unknown variable: docs/variables.md lists all"),
        ("openstack_hub_x", "unknown variable: docs/variables.md lists all"),
        ("web_server_name", "derived from hub_domain: remove it"),
        ("openstack_hub_names", "not for a site to set: remove it"),
        ("hup_domain", "unknown variable; did you mean hub_domain?"),
        ("hub_systemd_slice", None),
        ("hub_domain", None),
        ("vault_hub_domain", None),
        ("ansible_user", None),
        ("our_own", None),
        ("hub", None),
        ("cloud", None),
    ],
)
def test_unknown_variables_are_reported(name, sentence):
    assert [text for _, _, text, _ in unknown_names([name], ROLES)] == ([sentence] if sentence else [])


def test_a_sites_own_variable_may_resemble_one_that_is_set():
    assert list(unknown_names(["my_domain", "hub_domain"], {})) == []


def site(variables, names=(), files=("/hub.crt", "/hub.key"), shipped=False):
    return check.site_problems(variables, [*variables, *names], files.__contains__, shipped, ROLES)


def test_a_valid_site_has_no_problem(variables):
    assert site(variables) == []


def test_a_misspelt_variable_is_not_reported_as_missing_too(variables):
    del variables["hub_domain"], variables["hub_allowed_groups"], variables["hub_admin_groups"]
    found = site(variables, ["hub_domian", "hub_alowed_groups"])
    assert [problem.path[0] for problem in found if not problem.warning] == ["hub_domian", "hub_alowed_groups"]


def test_a_variable_is_checked_beside_its_misspelt_name(variables):
    found = site(variables | {"hub_idle": "1x"}, ["hub_idel"])
    assert [problem.path[0] for problem in found] == ["hub_idel", "hub_idle"]


@pytest.mark.parametrize("shipped", [True, False])
def test_missing_files_are_reported(variables, shipped):
    account = {"verify_ca_file": "~/ca.crt"}
    assert site(variables | account, files=["/hub.crt"], shipped=shipped) == [
        Problem(
            ("hub_certificate", "key"),
            "/hub.key does not exist on the controller: create the file",
            shipped,
        ),
        Problem(("verify_ca_file",), "~/ca.crt does not exist on the controller: create the file", shipped),
    ]


def test_an_invalid_path_is_not_reported_as_missing_too(variables):
    found = site(variables | {"hub_certificate": {"file": "hub.crt", "key": "/hub.key"}})
    assert [problem.path for problem in found] == [("hub_certificate", "file")]


@pytest.mark.parametrize(
    ("names", "hint"), [(["hub_host"], "rename it here"), (["hub_host", "hub_domain"], "remove it, both are set")]
)
def test_a_variable_with_its_former_name(monkeypatch, names, hint):
    monkeypatch.setattr(specification, "renamed", lambda: {"hub_host": "hub_domain"})
    assert list(unknown_names(names, {})) == [
        ("hub_host", "hub_domain", f"this variable is now called hub_domain: {hint}", False)
    ]
