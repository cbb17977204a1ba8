"""Broken files are told in our words, all of them, before Ansible stops at the first in its own."""

import pytest
from person import run

from openstack_hub.site import vault, yaml_check


def test_all_broken_files_are_told(site):
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
        "hosts.yml:2: a tab stands where YAML wants spaces",
        "group_vars/all/jupyterhub.yml:4: a tab stands where YAML wants spaces",
        'group_vars/all/openstack.yml:1: a value that begins with {{ must be in double quotes: "{{ ... }}"',
        "host_vars/hub.uni.edu.yml:2: a character that is not one of UTF-8: save the file in that encoding",
    ]


def test_a_broken_vault_is_told_without_its_secrets(site):
    broken = vault.cipher(site).encrypt("---\nvault_a: s3cret\n\tvault_b: s3cret\n")
    (site / "group_vars/all/vault.yml").write_bytes(broken)
    assert yaml_check.complaints(site) == ["group_vars/all/vault.yml:3: a tab stands where YAML wants spaces"]


@pytest.mark.parametrize(
    ("password", "said"),
    [
        (None, "group_vars/all/vault.yml: is encrypted, and .vault-password, which opens it, is not there"),
        ("another\n", "group_vars/all/vault.yml: .vault-password does not open it"),
        ("#!/bin/sh\ncat .real\n", None),
        ("#!/bin/sh\nexit 1\n", "group_vars/all/vault.yml: .vault-password does not open it"),
    ],
    ids=["missing", "wrong", "a script", "a script that fails"],
)
def test_the_vaults_password(site, monkeypatch, password, said):
    monkeypatch.chdir(site)
    for name in yaml_check.OTHER_WAYS:
        monkeypatch.delenv(name, raising=False)
    (site / ".vault-password").rename(site / ".real")
    if password:
        (site / ".vault-password").write_text(password)
        (site / ".vault-password").chmod(0o700 if password.startswith("#!") else 0o600)
    told = yaml_check.complaints(site)
    assert [line[: len(said or "")] for line in told] == ([said] if said else [])


def test_another_way_to_the_password_is_left_to_ansible(site, monkeypatch):
    (site / ".vault-password").unlink()
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", "/somewhere")
    assert yaml_check.complaints(site) == []
