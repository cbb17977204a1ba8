"""Sites with one problem each, and with ten: the complete messages. The sites are in broken/*.txt."""

import shutil
from pathlib import Path

import pytest
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


def test_the_defaults_files_are_not_read(tmp_path, capsys):
    site = write(tmp_path / "site", SOUND)
    link, manual = site / "group_vars/all/00-shared", tmp_path / "manual"
    shutil.copytree(link, manual)
    (manual / "more.yml").write_text("---\nhub_banner: 1:30\nhub_proxy_token: clear\nhub_idle: 2d\n")
    link.unlink()
    link.symlink_to(manual)
    assert report(site, capsys)[1] == []


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
