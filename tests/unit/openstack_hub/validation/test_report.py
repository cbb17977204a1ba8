"""Problems as lines: which file, which line, in which order."""

import pytest

from openstack_hub.validation.problems import Problem
from openstack_hub.validation.report import lines, summary
from openstack_hub.validation.yaml_source import Source

HUB = Source(
    "group_vars/all/jupyterhub.yml", "---\nhub_idle: 1:30\nhub_profiles:\n  - name: a\n    cpu: 1\nhub_port: 1\n"
)
MORE = Source("group_vars/all/more.yml", "hub_home: {size: 1G}\nhub_port: 2\n")
WEB = Source("group_vars/web/a.yml", "hub_port: 3\nhub_notice: a\n")
VAULT = Source("group_vars/all/secrets.yml", "$ANSIBLE_VAULT;1.1;AES256\n61\n")


def report_lines(*problems, sources=(HUB, MORE, WEB), given=()):
    return [line for _, line in lines(problems, list(sources), given)]


def problem(*path, text="wrong", source=None):
    return source, Problem(path, text)


def test_problems_are_ordered_by_file_and_line():
    assert report_lines(
        problem("hub_domain"),
        problem("hub_home", "size"),
        problem("hub_profiles", 0, "cpu"),
        problem("cloud_name"),
        problem("hub_profiles", 0),
        problem("hub_idle"),
        problem("hub_iam_name"),
    ) == [
        "group_vars/all/jupyterhub.yml:2: hub_idle: wrong",
        "group_vars/all/jupyterhub.yml:4: hub_profiles[0]: wrong",
        "group_vars/all/jupyterhub.yml:5: hub_profiles[0].cpu: wrong",
        "group_vars/all/more.yml:1: hub_home.size: wrong",
        "group_vars/all/jupyterhub.yml: hub_domain: wrong",
        "group_vars/all/jupyterhub.yml: hub_iam_name: wrong",
        "group_vars/all/openstack.yml: cloud_name: wrong",
    ]


def test_the_last_file_for_all_hosts_is_named():
    assert report_lines(problem("hub_port")) == ["group_vars/all/more.yml:2: hub_port: wrong"]
    assert report_lines(problem("hub_notice")) == ["group_vars/web/a.yml:2: hub_notice: wrong"]
    assert report_lines(problem("hub_port", source=WEB)) == ["group_vars/web/a.yml:1: hub_port: wrong"]


def test_the_command_line_takes_precedence():
    assert report_lines(problem("hub_port"), given={"hub_port": 1}) == ["-e: hub_port: wrong"]


@pytest.mark.parametrize(("sources", "file"), [([HUB], "vault"), ([HUB, VAULT], "secrets")])
def test_an_absent_secret_is_reported_in_the_vault(sources, file):
    assert report_lines(problem("hub_crypt_key"), sources=sources) == [
        f"group_vars/all/{file}.yml: hub_crypt_key: wrong"
    ]


def test_a_problem_of_the_inventory_has_no_line():
    assert report_lines(problem("hosts.yml")) == ["hosts.yml: wrong"]


def test_what_yaml_reads_is_appended_to_the_first_message():
    assert report_lines(problem("hub_idle", text="90 is not a time"), problem("hub_idle", text="is below others")) == [
        "group_vars/all/jupyterhub.yml:2: hub_idle: 90 is not a time (YAML reads 1:30 as 90)",
        "group_vars/all/jupyterhub.yml:2: hub_idle: is below others",
    ]


def test_no_problem_is_reported_twice():
    misread = [(HUB, problem) for problem in HUB.problems]
    assert [str(problem) for _, problem in misread] == ["hub_idle: YAML reads 1:30 as 90: write 90 if that is intended"]
    assert report_lines(problem("hub_idle", text="90 is not a time"), *misread) == [
        "group_vars/all/jupyterhub.yml:2: hub_idle: 90 is not a time (YAML reads 1:30 as 90)"
    ]
    assert len(report_lines(*misread)) == 1
    assert len(report_lines(problem("hub_domain"), problem("hub_domain"))) == 1


def test_warnings_are_marked():
    found = lines([(None, Problem(("hub_port",), "odd", warning=True)), problem("hub_idle")], [HUB])
    assert [warning for warning, _ in found] == [False, True]


@pytest.mark.parametrize(
    ("errors", "warnings", "text"),
    [
        ([], [], "no problems in the variables of /site"),
        (["a"], [], "1 problem in the variables of /site; nothing was changed"),
        (["a", "b"], ["c"], "2 problems, 1 warning in the variables of /site; nothing was changed"),
        ([], ["c", "d"], "no problems, 2 warnings in the variables of /site"),
    ],
)
def test_the_summary_counts_errors_and_warnings(errors, warnings, text):
    assert summary(errors, warnings, "/site") == text
