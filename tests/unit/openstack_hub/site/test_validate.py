"""Validation without a playbook: the same report as the task, in every case of broken/*.txt."""

import os
import sys
from unittest import mock

import pytest
import sites
from person import PROJECT, run

from openstack_hub.site import plain_values, prerequisites, validate

TABLES = {
    path.stem: sites.cases(path) for path in sorted(PROJECT.glob("tests/unit/openstack_hub/validation/broken/*.txt"))
}
CASES = {f"{table}: {name}": case for table, found in TABLES.items() for name, case in found.items()}
SOUND = TABLES["host"]["sound"][0]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A function that writes files as a site folder."""
    for name in [name for name in os.environ if name.startswith("ANSIBLE_")]:
        monkeypatch.delenv(name)

    def write(files):
        sites.write(tmp_path / "site", files)
        (tmp_path / "site/.vault-password").write_text("not-secret\n")
        return tmp_path / "site"

    with sites.with_helm():
        yield write


def lines(folder, values, extra=None, in_files=None):
    errors, warnings = validate.site_report(folder, values, extra, in_files)
    return [line.replace(str(folder), "/site") for line in [f"? {w}" for w in warnings] + [f"! {e}" for e in errors]]


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES)
def test_the_report_is_that_of_the_task(folder, files, expected):
    where = folder(files)
    try:
        values = plain_values.read(where)
    except plain_values.NeedsAnsible:
        return  # compared by the next test
    assert sorted(lines(where, values)) == sorted(expected)


def needs_ansible(tmp_path, files):
    where = sites.write(tmp_path / "site", files)
    (where / ".vault-password").write_text("not-secret\n")
    try:
        plain_values.read(where)
    except plain_values.NeedsAnsible:
        return True
    return False


def test_what_needs_ansible_has_the_same_report(tmp_path):
    """Few cases: templates with filters, undefined names, inventories that are not one YAML file."""
    found = {}
    for number, (name, (files, expected)) in enumerate(CASES.items()):
        if needs_ansible(tmp_path / str(number), files):
            found[name] = tmp_path / str(number) / "site", expected
    assert 5 < len(found) < len(CASES) / 8, list(found)
    with sites.with_helm():
        for name, (where, expected) in found.items():
            assert sorted(by_ansible(where, expected)) == sorted(expected), name


def by_ansible(where, expected):
    """The lines of the report; EXPECTED if these are among them, and nothing else can be found before they are gone."""
    try:
        values, extra, in_files = validate.read(where, [])
    except validate.Unreadable as error:
        is_part = set(str(error).splitlines()) <= {line.partition(" ")[2] for line in expected}
        return expected if is_part else [str(error)]
    return lines(where, values, extra, in_files)


def test_the_list_is_the_last_thing_on_the_screen(site):
    """Warnings, problems, their number: nothing of Ansible."""
    (site / "group_vars/all/more.yml").write_text("hub_idle: 1w\nhub_port: 80\n")
    done = run("make", "--silent", "validate", f"INVENTORY={site}")
    assert done.returncode != 0
    missing = f"{site}/certificates/hub.{{}} does not exist on the controller: create the file"
    assert done.stdout.splitlines()[:-1] == [
        "",
        f"Warnings in {site}:",
        "group_vars/all/jupyterhub.yml: hub_admin_groups: the hub has no administrator, so nobody can see or stop "
        "servers of others: write at least one group",
        "",
        f"Problems in {site}:",
        f"group_vars/all/jupyterhub.yml:6: hub_certificate.file: {missing.format('crt')}",
        f"group_vars/all/jupyterhub.yml:7: hub_certificate.key: {missing.format('key')}",
        "group_vars/all/more.yml:1: hub_idle: '1w' is not a time: write 7d",
        "group_vars/all/more.yml:2: hub_port: 80 is the port that redirects to HTTPS: write another, such as 443 or "
        "8443",
        "group_vars/all/vault.yml:3: hub_iam_client_secret: not set: add vault_hub_iam_client_secret to the vault "
        "(make vault-edit)",
        "",
        f"5 problems, 1 warning in the variables of {site}; nothing was changed",
    ]


def test_options_and_folders_are_those_of_ansible(folder, monkeypatch, capsys):
    """Relative, with ~, or the hosts file itself; -e on the command line is read by Ansible."""
    where = folder(SOUND)
    monkeypatch.chdir(where.parent)
    monkeypatch.setenv("HOME", str(where.parent))
    for path in ("site", "~/site", "site/hosts.yml", str(where)):
        assert validate.validate(path, [], False) == 0
        assert capsys.readouterr().out == f"\nno problems in the variables of {where}\n"
    assert validate.validate("site", ["hub_idle=1x", '{"hub_max_users": 0}'], False) == 1
    shown = capsys.readouterr().out
    assert "\n-e: hub_idle: '1x' is not a time" in shown and "\n-e: hub_max_users: " in shown


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"group_vars/all/x.yml": "a:\n\tb: c\n"}, "group_vars/all/x.yml:2: a tab in the indentation: use spaces\n"),
        (
            {"hosts.yml": "hub: {hosts: {hub.lab.test: }}\nweb: {hosts: {hub.lab.test: }}\n"},
            "hosts.yml:1: group controller is missing: add the lines that make site writes, with the host localhost\n",
        ),
        (
            {"hosts.yml": "controller: {hosts: {localhost: }}\n\thub:"},
            "hosts.yml:2: a tab in the indentation: use spaces\n",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_reported_alone(folder, capsys, change, error):
    where = folder(SOUND | change)
    assert validate.validate(where, [], False) == 1
    assert capsys.readouterr().err == error


def test_templates_that_double_each_other_end_validation(folder, capsys):
    text = "t0: {{a}}\n".replace("{{a}}", "a" * 50)
    text += (
        "".join(f't{n}: "{{{{ t{n - 1} }}}}{{{{ t{n - 1} }}}}"\n' for n in range(1, 40)) + 'hub_notice: "{{ t39 }}"\n'
    )
    files = {"group_vars/all/jupyterhub.yml": SOUND["group_vars/all/jupyterhub.yml"].replace("hub_notice:", "# ")}
    where = folder(SOUND | files | {"group_vars/all/x.yml": text})
    assert validate.validate(where, [], False) == 1
    assert "templates that repeat each other" in capsys.readouterr().err


def test_options_that_are_no_names_are_reported(folder, capsys):
    assert validate.validate(folder(SOUND), ["{1: 2}"], False) in (0, 1)


def test_colours_are_for_terminals(folder, capsys, monkeypatch):
    where = folder(SOUND | {"group_vars/all/x.yml": "hub_idle: 1x\n"})
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    validate.validate(where, [], False)
    assert "\033[0;31m\nProblems in" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    validate.validate(where, [], False)
    assert "\033[" not in capsys.readouterr().out


def test_ansible_is_not_imported_for_an_ordinary_site(site):
    script = (
        "import sys; from openstack_hub.site import validate; validate.validate(sys.argv[1], [], True); "
        "print([name for name in ('ansible', 'kubernetes', 'openstack', 'jinja2') if name in sys.modules])"
    )
    assert run(sys.executable, "-c", script, site).stdout.splitlines()[-1] == "[]"


@pytest.fixture
def clouds_yaml(tmp_path, monkeypatch):
    """The only clouds.yaml: one with the cloud `lab`."""
    path = tmp_path / "clouds.yaml"
    path.write_text("clouds: {lab: {auth: {}}}\n")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clouds: {labs: {}}\n", "cloud_name: 'lab' is not in {path}; did you mean labs?"),
        ("clouds:\n\tlab: {}\n", "cloud_name: {path}:2: a tab in the indentation: use spaces"),
        (
            "clouds: {lab: {auth: {password: 2027-06-31}}}\n",
            "cloud_name: {path}:1: this is not an existing date: correct it",
        ),
        ("lab: {}\n", "cloud_name: {path}:1: no map of clouds: write clouds: and below it name and data of each"),
    ],
)
def test_a_missing_entry_of_clouds_yaml_is_told_with_all_else(folder, capsys, clouds_yaml, text, message):
    clouds_yaml.write_text(text)
    site = TABLES["kubernetes"]["sound"][0] | {"group_vars/all/zz.yml": "hub_notice: [a]\n"}
    assert validate.validate(folder(site), [], True) == 1
    lines = capsys.readouterr().out.splitlines()
    assert f"group_vars/all/openstack.yml:2: {message.format(path=clouds_yaml)}" in lines
    assert lines[-1].startswith("2 problems")


def test_the_cloud_is_asked_when_nothing_else_is_wrong(folder, capsys, monkeypatch, clouds_yaml):
    asked = []
    facts = {"cloud": "lab", "unanswered": {}, "quotas": {}, "error": {"message": "no", "kind": "refused"},
             "entries": [], "file": None, "broken": None}  # fmt: skip
    ask = mock.Mock(side_effect=lambda *given: asked.append(given) or facts)
    monkeypatch.setattr("openstack_hub.openstack.cloud_facts.cloud_facts", ask)
    where = folder(TABLES["kubernetes"]["sound"][0])
    assert validate.validate(where, [], False) == 0 and not asked
    capsys.readouterr()
    assert validate.validate(where, [], True) == 1 and len(asked) == 1
    assert (
        capsys.readouterr().out.splitlines()[-1].endswith(f"1 problem in the variables of {where}; nothing was changed")
    )
    monkeypatch.setenv("ANSIBLE_SKIP_TAGS", "cloud")
    assert validate.validate(where, [], True) == 0 and len(asked) == 1
    monkeypatch.delenv("ANSIBLE_SKIP_TAGS")
    (where / "group_vars/all/zz.yml").write_text("hub_idle: 1x\n")
    assert validate.validate(where, [], True) == 1 and len(asked) == 1


HELM = "Helm 3, version 3.14 or newer, is needed: https://github.com/helm/helm/releases"


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (None, f"hub_helm: there is no program {{0}} on the controller. {HELM}; set hub_helm to its path"),
        ("#!/bin/sh\necho v3.2.0\n", f"hub_helm: {{0}} is v3.2.0. {HELM}; set hub_helm to its path"),
        ("#!/bin/sh\nexit 3\n", f"hub_helm: {{0}} does not print its version (no output). {HELM}"),
        ("no program\n", f"hub_helm: {{0}} does not print its version (OSError). {HELM}"),
        ("#!/bin/sh\necho v3.20.2\n", None),
    ],
)
def test_helm_and_an_unusable_kubeconfig_are_in_the_list(tmp_path, script, text):
    helm = tmp_path / "helm"
    if script:
        helm.write_text(script)
        helm.chmod(0o700)
    (tmp_path / "config").write_text("just text\n")
    given = {"hub_platform": "kubernetes", "hub_helm": str(helm), "cluster_kubeconfig": str(tmp_path / "config")}
    found = prerequisites.prerequisite_problems(tmp_path, given)
    assert [str(problem) for problem in found] == [
        *([text.format(helm)] if text else []),
        f"cluster_kubeconfig: {tmp_path}/config is not a usable kubeconfig (TypeError): write the path of an "
        "administrator's kubeconfig",
    ]
