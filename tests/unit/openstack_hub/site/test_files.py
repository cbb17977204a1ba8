"""The files of a site, and whether it is shipped with the project."""

import os

import pytest
from ansible.inventory import manager

from openstack_hub.site.files import NO_INVENTORY, PROJECT, inventory_sources, is_shipped, role_variables, sources


@pytest.mark.parametrize(
    ("folder", "shipped"),
    [
        ("inventories/example", True),
        ("inventories/example-cloud", True),
        ("inventories/demo", True),
        ("molecule/inventory", True),
        ("molecule/kubernetes/inventory", True),
        ("inventories/demo-cloud", True),
        ("inventories/../inventories/demo/", True),
        ("inventories/mysite", False),
        ("../mysite", False),
    ],
)
def test_shipped_inventories_are_recognised(folder, shipped):
    assert is_shipped(f"{PROJECT}/{folder}") is shipped


def test_files_in_the_order_of_ansible(tmp_path):
    for path in (
        "group_vars/web/a.yml", "group_vars/all/b.yml", "group_vars/all/a.yaml", "group_vars/all/c",
        "group_vars/z.json", "group_vars/all/more/d.yml", "host_vars/x/e.yml", "group_vars/all/.hidden.yml",
        "group_vars/all/README.md", "group_vars/all/a.yml~", "elsewhere/f.yml",
    ):  # fmt: skip
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("a: 1\n")
    (tmp_path / "group_vars/all/00-shared").symlink_to(PROJECT / "group_vars/all")
    (tmp_path / "group_vars/all/00-more.yml").symlink_to(PROJECT / "group_vars/all/wiring.yml")
    (tmp_path / "group_vars/web/linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "group_vars/web/loop").symlink_to(tmp_path / "group_vars")
    found = sources(tmp_path)
    assert [source.label for source in found] == [
        "group_vars/all/00-more.yml", "group_vars/all/a.yaml", "group_vars/all/b.yml", "group_vars/all/c",
        "group_vars/all/more/d.yml", "group_vars/web/a.yml", "group_vars/web/linked/f.yml", "group_vars/z.json",
        "host_vars/x/e.yml",
    ]  # fmt: skip
    assert [source.label for source in found if source.is_linked] == [
        "group_vars/all/00-more.yml", "group_vars/web/linked/f.yml"
    ]  # fmt: skip


def test_variables_of_roles_have_their_source():
    found = role_variables()
    assert found["web_server_name"] == "{{ hub_domain }}"
    assert found["openstack_hub_model"].startswith("{{")
    assert found["hub_systemd_hub_requirements"] is None


def test_the_same_files_are_inventories_as_for_ansible():
    names = [
        "hosts", "hosts.yml", "hosts.ini", "hosts.bak", "a~", "a.md", "a.txt", "a.rst", "a.cfg", "a.orig", "a.retry",
        "a.pyc", "a.swp", "a.rpm", ".git", "group_vars", "host_vars", "vars_plugins", "certificates", "certificates2",
        "group_var", "README", "a.toml", "a.sh",
    ]  # fmt: skip
    ours = [name for name in names if not NO_INVENTORY.search(name)]
    assert ours == [name for name in names if not manager.IGNORED.search(os.fsencode(name))]


def test_inventories_of_all_formats(tmp_path):
    for path, text in (
        ("hosts", "hub ansible_user=x\n"), ("hosts.yml", "hub: {}\n"), ("more", "web: {vars: {a: 1}}\n"),
        ("x.ini", "[hub]\n"), ("y.toml", "[hub]\n"), ("z.sh", "#!/bin/sh\n"), ("below/hosts.json", "{}"),
    ):  # fmt: skip
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "z.sh").chmod(0o755)
    found = {source.label: source.is_ini for source in inventory_sources(tmp_path)}
    assert found == {"below/hosts.json": False, "hosts": True, "hosts.yml": False, "more": False, "x.ini": True}
