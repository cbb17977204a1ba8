"""A new site folder, validated, completed and used from both working directories."""

import shutil
import subprocess

import pytest
from person import PROJECT, run

SUBDIRECTORIES = {"modules": "library"}


@pytest.fixture(scope="module")
def new(made, tmp_path_factory):
    return shutil.copytree(made[0], tmp_path_factory.mktemp("new") / "my hub", symlinks=True)


@pytest.fixture(scope="module")
def first(new):
    """What validation says of it as it is, inside it."""
    return run("ansible-playbook", PROJECT / "playbooks/validate.yml", cwd=new)


@pytest.fixture(scope="module")
def whole(new, first, tmp_path_factory):
    """The same folder with what was missing; the client's secret comes from an editor."""
    subject = ["-subj", "/CN=hub.uni.edu", "-addext", "subjectAltName=DNS:hub.uni.edu", "-days", "9"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, "-keyout", "hub.key", "-out", "hub.crt"],
        cwd=new / "certificates",
        check=True,
        capture_output=True,
    )
    editor = tmp_path_factory.mktemp("editor") / "edit"
    editor.write_text('#!/bin/sh\ncat "$1"\nsed -i \'s/\\(client_secret: \\)""/\\1"s3cret"/\' "$1"\n')
    editor.chmod(0o700)
    edited = run("make", "vault-edit", f"INVENTORY={new}", EDITOR=str(editor))
    assert edited.returncode == 0, edited.stdout
    assert 'vault_hub_iam_client_secret: ""' in edited.stdout
    assert (new / "group_vars/all/vault.yml").read_text().startswith("$ANSIBLE_VAULT")
    return new


def test_a_new_folder_lacks_exactly_this(new, first):
    assert first.returncode != 0
    text = first.stdout.split(f"Mistakes in {new}:\n")[1].split("[ERROR]")[0]
    absent = f"there is no file {new}/certificates/hub.{{}} on the machine that runs Ansible"
    assert text.splitlines() == [
        f"group_vars/all/jupyterhub.yml:6: hub_certificate.file: {absent.format('crt')}",
        f"group_vars/all/jupyterhub.yml:7: hub_certificate.key: {absent.format('key')}",
        "group_vars/all/vault.yml: hub_iam_client_secret: nothing is set: put it into the vault as "
        "vault_hub_iam_client_secret (make vault-edit)",
    ]


def test_then_it_is_sound(whole):
    """Seen from the checkout; the certificates in the folder, which is an inventory, disturb nobody."""
    done = run("make", "validate", f"INVENTORY={whole}")
    assert done.returncode == 0, done.stdout
    assert "Mistakes" not in done.stdout and "WARNING" not in done.stdout


def test_every_playbook_works_from_both_folders(whole):
    """Inside the site folder neither inventory nor password is named."""
    inside = run("ansible-playbook", "--list-tasks", PROJECT / "playbooks/site.yml", cwd=whole)
    password = ("--vault-password-file", whole / ".vault-password")
    outside = run("ansible-playbook", "-i", whole, *password, "--list-tasks", "playbooks/site.yml")
    assert inside.returncode == outside.returncode == 0, inside.stdout + outside.stdout
    for text in ("Find mistakes", "hub_systemd : ", "web : ", "verify : Do what a user does"):
        assert text in inside.stdout
    assert inside.stdout.splitlines()[2:] == outside.stdout.splitlines()[2:]


def test_every_kind_of_plugin_is_linked_beside_the_playbooks():
    for kind in (path.name for path in (PROJECT / "plugins").iterdir() if path.is_dir() and path.name != "__pycache__"):
        assert (PROJECT / "playbooks" / SUBDIRECTORIES.get(kind, f"{kind}_plugins")).samefile(
            PROJECT / "plugins" / kind
        )
    assert (PROJECT / "playbooks/roles").samefile(PROJECT / "roles")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "there is no folder {0}/nowhere: make site DIR={0}/nowhere makes one"),
        (".", "{0} is no site folder, it holds no hosts.yml: make site DIR={0} writes what is missing"),
    ],
)
def test_validating_what_is_no_site(tmp_path, name, said):
    done = run("make", "validate", f"INVENTORY={tmp_path}/{name}")
    assert done.returncode != 0
    assert done.stdout.splitlines()[0] == said.format(tmp_path)


def test_vault_edit_asks_whose():
    done = run("make", "vault-edit")
    assert done.returncode != 0 and "say whose: make vault-edit INVENTORY=../my-hub" in done.stdout
