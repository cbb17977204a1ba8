"""All syntax errors are reported before Ansible stops at the first."""

import pytest
from person import run

from openstack_hub.site import vault, yaml_check


def test_all_broken_files_are_reported(site):
    (site / "group_vars/all/jupyterhub.yml").write_text(
        "---\nhub_domain: hub.uni.edu\nhub_contact:\n\temail: a@uni.edu\n"
    )
    (site / "group_vars/all/openstack.yml").write_text("cloud_name: {{ cloud }}\n")
    (site / "hosts.yml").write_text("hub:\n\thosts:\n")
    (site / "host_vars").mkdir()
    (site / "host_vars/hub.uni.edu.yml").write_bytes("---\nansible_user: jörg\n".encode("latin-1"))
    done = run("make", "validate", f"INVENTORY={site}")
    assert done.returncode != 0
    assert done.stdout.splitlines()[:-1] == [
        "hosts.yml:2: a tab in the indentation: use spaces",
        "group_vars/all/jupyterhub.yml:4: a tab in the indentation: use spaces",
        'group_vars/all/openstack.yml:1: a value that begins with {{ must be in double quotes: "{{ ... }}"',
        "host_vars/hub.uni.edu.yml:2: a character that is not valid UTF-8: save the file in UTF-8",
    ]


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("controller: {hosts: {localhost: {}}}\nhub:\n  hosts:\n    - hub.uni.edu\n",
         ["hosts.yml:3: hub.hosts is a list: write each host without a dash, with a colon behind its name"]),
        ("hub: {hosts: {hub.uni.edu: {}}}\n",
         ["hosts.yml:1: group controller is missing: add the lines that make site writes, with the host localhost"]),
        ("all:\n  children:\n    controller: {hosts: {localhost: {}}}\n", []),
        ("controller: {hosts: {localhost: }}\nhub:\n  hosts:\n    7:\n  children:\n    ~:\n",
         ["hosts.yml:4: host 7 is not text: put the name in quotes",
          "hosts.yml:6: group ~ is not text: put the name in quotes"]),
        ("controller: {hosts: {localhost: }}\nhub: {children: {hub: }}\n",
         ["hosts.yml:2: group hub is below itself: remove it from children of hub"]),
        ("controller: {hosts: {localhost: }}\nhub:\n  children: {a: }\na:\n  children:\n    b: {children: {hub: }}\n",
         ["hosts.yml:3: group a is below itself: remove it from children of hub"]),
        ("controller: {hosts: {localhost: }}\nhub: {children: {a: , b: }}\nb: {children: {a: }}\n", []),
    ],
)  # fmt: skip
def test_inventories_that_ansible_does_not_read_are_reported(site, text, errors):
    (site / "hosts.yml").write_text(text)
    assert yaml_check.folder_errors(site) == errors


def test_an_inventory_in_the_ini_format_is_not_yaml(site):
    (site / "hosts.yml").rename(site / "hosts.txt")
    (site / "hosts.ini").write_text("[controller]\nlocalhost ansible_connection=local\n[all:vars]\na = {{ b }}\n")
    assert yaml_check.folder_errors(site) == []


def test_notes_and_playbooks_in_a_site_are_no_errors(site):
    (site / "README").write_text("Our hub: see below: a\n")
    (site / "playbooks").mkdir()
    (site / "playbooks/backup.yml").write_text("- hosts: all\n  tasks: []\n")
    assert yaml_check.folder_errors(site) == []


def test_a_broken_vault_is_reported_without_its_secrets(site):
    broken = vault.cipher(site).encrypt("---\nvault_a: s3cret\n\tvault_b: s3cret\n")
    (site / "group_vars/all/vault.yml").write_bytes(broken)
    assert yaml_check.folder_errors(site) == ["group_vars/all/vault.yml:3: a tab in the indentation: use spaces"]


@pytest.mark.parametrize(
    ("password", "error"),
    [
        (
            None,
            "group_vars/all/vault.yml: encrypted, but .vault-password is missing: write the vault's password to this "
            "file",
        ),
        ("another\n", "group_vars/all/vault.yml: cannot be decrypted with .vault-password ("),
        ("#!/bin/sh\ncat .real\n", None),
        ("#!/bin/sh\nexit 1\n", "group_vars/all/vault.yml: cannot be decrypted with .vault-password ("),
    ],
    ids=["missing", "wrong", "a script", "a script that fails"],
)
def test_a_missing_or_wrong_vault_password_is_reported(site, monkeypatch, password, error):
    monkeypatch.chdir(site)
    for name in yaml_check.OTHER_PASSWORD_SOURCES:
        monkeypatch.delenv(name, raising=False)
    (site / ".vault-password").rename(site / ".real")
    if password:
        (site / ".vault-password").write_text(password)
        (site / ".vault-password").chmod(0o700 if password.startswith("#!") else 0o600)
    errors = yaml_check.folder_errors(site)
    assert [line[: len(error or "")] for line in errors] == ([error] if error else [])


def test_another_source_of_the_password_is_accepted(site, monkeypatch):
    (site / ".vault-password").unlink()
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", "/somewhere")
    assert yaml_check.folder_errors(site) == []
