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


def told(*problems, sources=(HUB, MORE, WEB), given=()):
    return [line for _, line in lines(problems, list(sources), given)]


def at(*path, text="wrong", source=None):
    return source, Problem(path, text)


def test_order_is_that_of_the_files():
    assert told(
        at("hub_domain"),
        at("hub_home", "size"),
        at("hub_profiles", 0, "cpu"),
        at("cloud_name"),
        at("hub_profiles", 0),
        at("hub_idle"),
        at("hub_iam_name"),
    ) == [
        "group_vars/all/jupyterhub.yml:2: hub_idle: wrong",
        "group_vars/all/jupyterhub.yml:4: hub_profiles[0]: wrong",
        "group_vars/all/jupyterhub.yml:5: hub_profiles[0].cpu: wrong",
        "group_vars/all/more.yml:1: hub_home.size: wrong",
        "group_vars/all/jupyterhub.yml: hub_domain: wrong",
        "group_vars/all/jupyterhub.yml: hub_iam_name: wrong",
        "group_vars/all/openstack.yml: cloud_name: wrong",
    ]


def test_the_last_file_that_every_machine_reads_counts():
    assert told(at("hub_port")) == ["group_vars/all/more.yml:2: hub_port: wrong"]
    assert told(at("hub_notice")) == ["group_vars/web/a.yml:2: hub_notice: wrong"]
    assert told(at("hub_port", source=WEB)) == ["group_vars/web/a.yml:1: hub_port: wrong"]


def test_the_command_line_wins():
    assert told(at("hub_port"), given={"hub_port": 1}) == ["-e: hub_port: wrong"]


@pytest.mark.parametrize(("sources", "file"), [([HUB], "vault"), ([HUB, VAULT], "secrets")])
def test_a_secret_that_stands_nowhere_belongs_into_the_vault(sources, file):
    assert told(at("hub_crypt_key"), sources=sources) == [f"group_vars/all/{file}.yml: hub_crypt_key: wrong"]


def test_what_is_no_variable():
    assert told(at("hosts.yml")) == ["hosts.yml: wrong"]


def test_what_yaml_reads_stands_behind_what_it_explains():
    assert told(at("hub_idle", text="90 is not a time"), at("hub_idle", text="is below others")) == [
        "group_vars/all/jupyterhub.yml:2: hub_idle: 90 is not a time (YAML reads 1:30 as 90)",
        "group_vars/all/jupyterhub.yml:2: hub_idle: is below others",
    ]


def test_each_is_told_once():
    traps = [(HUB, problem) for problem in HUB.problems]
    assert [str(problem) for _, problem in traps] == ["hub_idle: YAML reads 1:30 as 90: write 90 if that is intended"]
    assert told(at("hub_idle", text="90 is not a time"), *traps) == [
        "group_vars/all/jupyterhub.yml:2: hub_idle: 90 is not a time (YAML reads 1:30 as 90)"
    ]
    assert len(told(*traps)) == 1
    assert len(told(at("hub_domain"), at("hub_domain"))) == 1


def test_warnings_are_told_apart():
    found = lines([(None, Problem(("hub_port",), "odd", warning=True)), at("hub_idle")], [HUB])
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
def test_summary(errors, warnings, text):
    assert summary(errors, warnings, "/site") == text
