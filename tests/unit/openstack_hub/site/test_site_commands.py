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
    """The output of validation in the new folder."""
    return run("ansible-playbook", PROJECT / "playbooks/validate.yml", cwd=new)


@pytest.fixture(scope="module")
def completed(new, first, tmp_path_factory):
    """The same folder with certificate and client secret, which an editor writes into the vault."""
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


def test_a_new_folder_lacks_certificate_and_client_secret(new, first):
    assert first.returncode != 0
    text = first.stdout.split(f"Problems in {new}:\n")[1].split("[ERROR]")[0]
    absent = f"{new}/certificates/hub.{{}} does not exist on the controller: create the file"
    assert text.splitlines() == [
        f"group_vars/all/jupyterhub.yml:6: hub_certificate.file: {absent.format('crt')}",
        f"group_vars/all/jupyterhub.yml:7: hub_certificate.key: {absent.format('key')}",
        "group_vars/all/vault.yml:3: hub_iam_client_secret: not set: add vault_hub_iam_client_secret to the "
        "vault (make vault-edit)",
    ]


def test_the_completed_folder_is_valid(completed):
    """Validated from the checkout; the certificates in the inventory folder cause no warning."""
    done = run("make", "validate", f"INVENTORY={completed}")
    assert done.returncode == 0, done.stdout
    assert "Problems" not in done.stdout and "WARNING" not in done.stdout


def test_every_playbook_works_from_both_folders(completed):
    """Inside the site folder neither inventory nor password is named."""
    inside = run("ansible-playbook", "--list-tasks", PROJECT / "playbooks/site.yml", cwd=completed)
    password = ("--vault-password-file", completed / ".vault-password")
    outside = run("ansible-playbook", "-i", completed, *password, "--list-tasks", "playbooks/site.yml")
    assert inside.returncode == outside.returncode == 0, inside.stdout + outside.stdout
    verify = "verify : Sign in, start servers and run cells"
    for text in ("Find problems in the variables", "Gather the machine's facts", "web : ", verify):
        assert text in inside.stdout
    assert inside.stdout.splitlines()[2:] == outside.stdout.splitlines()[2:]


def test_every_kind_of_plugin_is_linked_beside_the_playbooks():
    for kind in (path.name for path in (PROJECT / "plugins").iterdir() if path.is_dir() and path.name != "__pycache__"):
        assert (PROJECT / "playbooks" / SUBDIRECTORIES.get(kind, f"{kind}_plugins")).samefile(
            PROJECT / "plugins" / kind
        )
    assert (PROJECT / "playbooks/roles").samefile(PROJECT / "roles")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "the folder {0}/nowhere does not exist: create it with make site DIR={0}/nowhere"),
        (".", "{0} is not a site folder, hosts.yml is missing: create it with make site DIR={0}"),
    ],
)
def test_validate_refuses_other_folders(tmp_path, name, message):
    done = run("make", "validate", f"INVENTORY={tmp_path}/{name}")
    assert done.returncode != 0
    assert done.stdout.splitlines()[0] == message.format(tmp_path)


def test_vault_edit_asks_for_the_site():
    done = run("make", "vault-edit")
    assert done.returncode != 0 and "name the site: make vault-edit INVENTORY=../my-hub" in done.stdout


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no where", "the folder {0}/no where does not exist: create it with make site DIR='{0}/no where'"),
        (".", "{0} is not a site folder: create one with make site DIR={0}"),
        ("empty", "{0}/empty/group_vars/all/vault.yml does not exist: create it with make site DIR={0}/empty"),
        ("clear", "{0}/clear/group_vars/all/vault.yml is not encrypted: run ansible-vault encrypt "
         "{0}/clear/group_vars/all/vault.yml"),
    ],
)  # fmt: skip
def test_vault_edit_of_a_folder_without_a_vault_says_so(tmp_path, name, message):
    for folder in ("empty", "clear"):
        (tmp_path / folder / "group_vars/all").mkdir(parents=True)
    (tmp_path / "clear/group_vars/all/vault.yml").write_text("---\n")
    done = run("make", "vault-edit", f"INVENTORY={tmp_path}/{name}")
    assert done.returncode != 0
    assert done.stdout.splitlines()[0] == message.format(tmp_path)
    assert len(done.stdout.splitlines()) == 2  # the other line is of make
