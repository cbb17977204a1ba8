"""Sites with one problem each, and with ten: the complete messages. The sites are in broken/*.txt."""

import shutil
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from sites import PROJECT, cases, report, run_validate, write

from openstack_hub.schema import specification

TABLES = {path.stem: cases(path) for path in sorted(Path(__file__).with_name("broken").glob("*.txt"))}
SECRET = "5ec7e7"  # part of every secret of the tables
SOUND = TABLES["host"]["sound"][0]


@pytest.mark.parametrize(
    ("files", "expected"),
    [pytest.param(*case, id=f"{table}: {name}") for table, found in TABLES.items() for name, case in found.items()],
)
def test_each_site_has_its_complete_report(tmp_path, capsys, files, expected):
    result, lines = report(write(tmp_path, files), capsys)
    assert lines == expected
    assert result["failed"] == any(line.startswith("!") for line in expected)
    assert SECRET not in f"{lines} {result}"


def test_ten_problems_are_ten_lines():
    counts = {
        f"{table}: {name}": len([line for line in expected if line.startswith("!")])
        for table, found in TABLES.items()
        for name, (_, expected) in found.items()
        if name.startswith("ten ")
    }
    assert len(counts) >= 10
    assert set(counts.values()) == {10}, counts


def test_the_result_counts_all_problems(tmp_path, capsys):
    result, _ = report(write(tmp_path, TABLES["kubernetes"]["ten about the cluster"][0]), capsys)
    assert result["msg"] == f"10 problems in the variables of {tmp_path}; nothing was changed"
    result, _ = report(tmp_path, capsys, hub_idle="1x")
    assert result["msg"].startswith("11 problems in ")


SECRETS = [
    *((name,) for name in specification.secrets()),
    ("verify_member", "password"),
    ("verify_outsider", "password"),
]
MISUSES = ("5ec7e7", '"5ec7e7:"', "5377107", "5:37:51", "[5ec7e7]", "{a: 5ec7e7}", "\"{{ '5ec7e7' | no_filter }}\"")
TRACES = (SECRET, "5377107", "5:37:51", "20271")  # YAML reads the third as the last


@pytest.mark.parametrize("value", MISUSES)
@pytest.mark.parametrize("place", ["in the vault", "in clear text"])
def test_no_secret_is_shown(tmp_path, capsys, value, place):
    clear, vault = ["---"], ["$ENCRYPT"]
    for name, *key in SECRETS:
        secret = "_".join(["vault", name, *key])
        written = value if place == "in clear text" else f'"{{{{ {secret} }}}}"'
        clear.append(f"{name}: {{username: jane, password: {written}}}" if key else f"{name}: {written}")
        vault.append(f"{secret}: {value}")
    files = {"group_vars/all/y.yml": "\n".join(clear), "group_vars/all/z.yml": "\n".join(vault)}
    result, lines = report(write(tmp_path, SOUND | files), capsys)
    wrong = [
        path
        for path in SECRETS
        if any(name in line for name in (f": {'.'.join(path)}: ", f": vault_{'_'.join(path)}: ") for line in lines)
    ]
    assert wrong == SECRETS or (value, place) in [("5ec7e7", "in the vault"), ('"5ec7e7:"', "in the vault")]
    assert not any(trace in f"{lines} {result}" for trace in TRACES)


def test_problems_of_the_command_line_are_marked(tmp_path, capsys):
    _, lines = report(write(tmp_path, SOUND), capsys, hub_idle="1x", hub_idel="1h")
    assert lines == [
        "! -e: hub_idle: '1x' is not a time: write a number with one of the units s, m, h, d, such as 15m",
        "! -e: hub_idel: unknown variable; did you mean hub_idle?",
    ]


IN_CLEAR = (
    "a secret on the command line, where everybody on this machine sees it in the list of processes: put it into the "
    "vault (make vault-edit)"
)
TEXT = "-e {0}=... gives text: write -e '{{\"{0}\": {1}}}'"
OTHERS = {"ansible_user": "debian", "our_own": 1, "destroy_cluster": "x", "audit_user": "ada", "people_move": "ada",
          "hub_systemd_proxy_requirements": "/x", "verify_profiles": [], "web_http_port": 8080}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (OTHERS, []),
        ({"hub_max_users": 50, "hub_user_tokens": "true", "hub_idle": "2h", "hub_profiles": []}, None),
        (
            {"hub_max_users": "50"},
            [f"hub_max_users: {TEXT.format('hub_max_users', 50)}"],
        ),
        (
            {"hub_user_tokens": "yes", "hub_allowed_groups": "[lab/jupyter, lab/large]", "hub_home": "{size: 2G}"},
            [
                "hub_allowed_groups: -e hub_allowed_groups=... gives text: write -e "
                '\'{"hub_allowed_groups": ["lab/jupyter", "lab/large"]}\'',
                'hub_home: -e hub_home=... gives text: write -e \'{"hub_home": {"size": "2G"}}\'',
                "hub_user_tokens: -e hub_user_tokens=... gives text: write -e '{\"hub_user_tokens\": true}'",
            ],
        ),
        ({"hub_idle": "0"}, ["hub_idle: -e hub_idle=... gives text: write -e '{\"hub_idle\": 0}'"]),
        (
            {
                "hub_idel": "1h",
                "hup_idle": "1h",
                "HUB_IDLE": "1h",
                "hub-idle": "1h",
                "cluster_x": 1,
                "vault_x": "5ec7e7",
            },
            [
                "HUB_IDLE: unknown variable: names are written in lower case: hub_idle",
                "cluster_x: unknown variable: docs/variables.md lists all",
                "hub-idle: unknown variable: names are written with letters and underscores only: hub_idle",
                "hub_idel: unknown variable; did you mean hub_idle?",
                "hup_idle: unknown variable; did you mean hub_idle?",
                f"vault_x: {IN_CLEAR}",
            ],
        ),
        (
            {"hub_proxy_token": "5ec7e7", "verify_member": {"username": "ada", "password": "5ec7e7"}},
            [
                f"hub_proxy_token: {IN_CLEAR}",
                f"verify_member: {IN_CLEAR}",
            ],
        ),
        ({"hub_proxy_token": "{{ vault_hub_proxy_token }}"}, []),
    ],
)
def test_variables_of_the_command_line(tmp_path, capsys, given, expected):
    result, lines = report(write(tmp_path, SOUND), capsys, **given)
    if expected is None:
        lines = [line for line in lines if "hub_profiles" not in line]
    assert sorted(lines) == sorted(f"! -e: {line}" for line in expected or ())
    assert SECRET not in f"{lines} {result}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"hub_proxy_token": "5ec7e7"}', []),
        (
            "hub_idel: 1d\nhub_max_users: '50'\n",
            [
                ":1: hub_idel: unknown variable; did you mean hub_idle?",
                ":2: hub_max_users: '50' is not a whole number: write 50, without quotes",
            ],
        ),
    ],
)
def test_files_of_the_command_line(tmp_path, capsys, text, expected):
    file = tmp_path / "more.yml"
    file.write_text(text)
    loaded = DataLoader().load_from_file(str(file), trusted_as_template=True)
    assert report(write(tmp_path / "site", SOUND), capsys, **loaded)[1] == [f"! {file}{line}" for line in expected]


PROGRAM = """\
#!/bin/sh
test "$1" = --list && echo '{"hub": {"hosts": ["hub.lab.test"], "vars": {"hub_idle": "2h", "our_own": 1}},
  "_meta": {"hostvars": {"hub.lab.test": {"hub_idel": "1d", "ansible_user": "debian"}}}}'
"""
TOML = "[hub.hosts]\n'hub.lab.test' = { hub_idle = '2h' }\n[hub.vars]\nhub_idel = '1d'\n"


@pytest.mark.parametrize(
    ("name", "text", "paths"),
    [
        ("cloud.sh", PROGRAM, ["hub.hub_idle", "hub.lab.test.hub_idel"]),
        ("hosts.toml", TOML, ["hub.hub_idel", "hub.lab.test.hub_idle"]),
    ],
)
def test_inventories_that_only_ansible_reads_are_checked(tmp_path, capsys, name, text, paths):
    site = write(tmp_path / "site", SOUND)
    (site / name).write_text(text)
    (site / name).chmod(0o755 if text == PROGRAM else 0o644)
    found = {
        "hub_idle": "set in an inventory file, where it does not apply to all hosts: move it to "
        "group_vars/all/jupyterhub.yml",
        "hub_idel": "unknown variable; did you mean hub_idle?",
    }
    assert report(site, capsys)[1] == [f"! {name}:1: {path}: {found[path.split('.')[-1]]}" for path in paths]


def test_a_second_inventory_is_checked(tmp_path, capsys):
    other = write(tmp_path / "other", {"group_vars/all/more.yml": "hub_idel: 1d\nhub_audit_days: 30\nours: 1\n"})
    (other / "group_vars/all/00-shared").unlink()
    (other / "group_vars/web.yml").write_text("hub_notice: a\nansible_user: debian\n")
    (other / "hosts.yml").write_text("web: {hosts: {hub.lab.test: {hub_idle: 1d}}}\n")
    moved = "move it to group_vars/all/jupyterhub.yml"
    assert sorted(report(write(tmp_path / "site", SOUND), capsys, other)[1]) == [
        f"! {other}/group_vars/all/more.yml:1: hub_idel: unknown variable; did you mean hub_idle?",
        f"! {other}/group_vars/web.yml:1: hub_notice: this file applies only to some hosts: "
        f"{moved.replace('it', 'the line')}",
        f"! {other}/hosts.yml:1: web.hosts.hub.lab.test.hub_idle: set in an inventory file, where it does not apply to "
        f"all hosts: {moved}",
        f"? {other}/group_vars/all/more.yml:3: ours: nothing refers to this variable: remove it, or correct its name",
    ]


@pytest.mark.parametrize("is_copy", [False, True])
def test_defaults_files_of_another_place_are_reported_and_not_read(tmp_path, capsys, is_copy):
    site = write(tmp_path / "site", SOUND)
    link, manual = site / "group_vars/all/00-shared", tmp_path / "manual"
    shutil.copytree(link, manual)
    (manual / "more.yml").write_text("---\nhub_banner: 1:30\nhub_proxy_token: clear\nhub_idle: 2d\n")
    link.unlink()
    shutil.move(manual, link) if is_copy else link.symlink_to(manual)
    text = (
        "! group_vars/all/00-shared: a copy that updates do not reach: remove it, then run make site DIR=/site"
        if is_copy
        else f"? group_vars/all/00-shared: leads to {manual}, which may be of another version: run ln -sfn "
        f"{PROJECT}/group_vars/all /site/group_vars/all/00-shared"
    )
    assert report(site, capsys)[1] == [text]


def test_missing_defaults_files_are_one_problem(tmp_path, capsys):
    site = write(tmp_path, SOUND)
    (site / "group_vars/all/00-shared").unlink()
    assert report(site, capsys)[1] == [
        f"! group_vars/all/00-shared: must be a symlink to {PROJECT}/group_vars/all: create it with make site DIR=/site"
    ]


def test_an_inventory_without_a_folder_is_refused():
    assert run_validate("controller,")["msg"] == "no site folder: add one, such as -i ../my-hub"


def test_renamed_variables_and_keys_are_reported_with_their_new_names(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(specification.variables()["hub_notice"], "was", ["hub_banner"])
    monkeypatch.setitem(specification.variables()["hub_domain"], "was", ["hub_host"])
    monkeypatch.setitem(specification.variables()["hub_home"]["keys"]["size"], "was", ["quota"])
    specification.renamed.cache_clear()
    text = SOUND["group_vars/all/jupyterhub.yml"]
    for old, new in (("hub_notice:", "hub_banner:"), ("hub_domain:", "hub_host:"), ("{size:", "{quota:")):
        text = text.replace(old, new)
    _, lines = report(write(tmp_path, SOUND | {"group_vars/all/jupyterhub.yml": text}), capsys)
    specification.renamed.cache_clear()
    assert lines == [
        "! group_vars/all/jupyterhub.yml:2: hub_host: this variable is now called hub_domain: rename it here",
        "! group_vars/all/jupyterhub.yml:7: hub_banner: this variable is now called hub_notice: rename it here",
        "! group_vars/all/jupyterhub.yml:28: hub_home.quota: this key is now called size: rename it here",
    ]
