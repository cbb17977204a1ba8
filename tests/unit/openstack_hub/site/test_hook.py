"""The repository of a site folder refuses secrets in clear text."""

import pytest
import secret_samples
from person import run

from openstack_hub.site.pre_commit import refusals

KEY = secret_samples.KEY
REFUSED = {
    "a one-time password": (".accounts/jane", "drawn\n", ["a one-time password: remove it from the commit"]),
    "text below the header of a vault": (
        "group_vars/all/vault.yml",
        "$ANSIBLE_VAULT;1.1;AES256\n6162\nvault_a: hunter2hunter\n",
        ["a vault that is not encrypted: run ansible-vault encrypt group_vars/all/vault.yml"],
    ),
    "the vault's password": (".vault-password", "drawn\n", ["the password of the vault: remove it from the commit"]),
    "a vault not encrypted": (
        "group_vars/all/vault.yml",
        "---\n",
        ["a vault that is not encrypted: run ansible-vault encrypt group_vars/all/vault.yml"],
    ),
    "a key by its name": ("certificates/hub.key", "MIIE", ["a private key: remove it from the commit"]),
    "a key by its content": ("notes.txt", f"this is it:\n{KEY}", ["a private key: remove it from the commit"]),
    "a secret of the hub": (
        "group_vars/all/jupyterhub.yml",
        "hub_domain: a.uni.edu\nhub_proxy_token: abc\n",
        ["2: hub_proxy_token: a secret in clear text: move it to the vault"],
    ),
    "a variable of the vault elsewhere": (
        "group_vars/all/more.yml",
        "vault_x: {y: [1]}\n",
        ["1: vault_x.y[0]: a secret in clear text: move it to the vault"],
    ),
    "a password below": (
        "group_vars/all/jupyterhub.yml",
        "verify_member:\n  username: me\n  password: 12345\n",
        ["3: verify_member.password: a secret in clear text: move it to the vault"],
    ),
    "two in hosts.yml": (
        "hosts.yml",
        "hub:\n  hosts:\n    a.uni.edu: {ansible_become_password: abc}\n  vars: {hub_crypt_key: abc}\n",
        [
            "3: hub.hosts.a.uni.edu.ansible_become_password: a secret in clear text: move it to the vault",
            "4: hub.vars.hub_crypt_key: a secret in clear text: move it to the vault",
        ],
    ),
    "one of the chart's": (
        "group_vars/all/jupyterhub.yml",
        "hub_values_overrides: {hub: {config: {X: {client_secret: abc}}}}\n",
        ["1: hub_values_overrides.hub.config.X.client_secret: a secret in clear text: move it to the vault"],
    ),
    "a variable of a container": (
        "pod.yml",
        "env:\n  - name: DB_PASSWORD\n    value: 5ec7e7\n  - {name: DB_HOST, value: db.uni.edu}\n",
        ["3: env[0].DB_PASSWORD: a secret in clear text: move it to the vault"],
    ),
    "a file without an ending": (
        "host_vars/a",
        "vault_x: y\n",
        ["1: vault_x: a secret in clear text: move it to the vault"],
    ),
    "what cannot be read": ("group_vars/all/x.yml", "a:\n\tvault_x: y\n", ["2: a tab in the indentation: use spaces"]),
    **secret_samples.REFUSED,
}
ACCEPTED = {
    "a key that is not there": ("values.yml", "? "),
    "references": ("group_vars/all/a.yml", 'hub_proxy_token: "{{ vault_x }}"\nvault_x: ""\nhub_crypt_key: null\n'),
    "values encrypted one by one": ("group_vars/all/a.yml", "vault_x: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  36\n"),
    "an encrypted vault": ("group_vars/all/vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n36\n"),
    "words that resemble secrets": ("group_vars/all/a.yml", "password_length: 12\nno_password: true\n"),
    "a certificate": ("certificates/hub.crt", "-----BEGIN CERTIFICATE-----\nMIIE\n"),
    **secret_samples.ACCEPTED,
}


@pytest.mark.parametrize(("name", "text", "messages"), REFUSED.values(), ids=REFUSED)
def test_a_file_with_a_secret_is_refused(name, text, messages):
    assert [sentence.removeprefix(f"{name}:").lstrip() for sentence in refusals(name, text)] == messages


@pytest.mark.parametrize(("name", "text"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_file_without_a_clear_secret_is_accepted(name, text):
    assert list(refusals(name, text)) == []


def commit(folder, *options):
    return run("git", "commit", "-qm", "x", *options, cwd=folder)


def test_commits_with_secrets_are_rejected(site):
    """The new folder is committed, then each secret is rejected."""
    assert run("git", "add", "-A", cwd=site).returncode == 0
    done = commit(site)
    assert done.returncode == 0, done.stdout
    tracked = run("git", "ls-files", cwd=site).stdout.split()
    assert not {".vault-password", "group_vars/all/00-shared"} & set(tracked)
    assert {"hosts.yml", "group_vars/all/vault.yml", ".githooks/pre-commit"} <= set(tracked)

    for kind in ("the vault's password", "a vault not encrypted", "a key by its name", "two in hosts.yml"):
        name, text, messages = REFUSED[kind]
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text(text)
        run("git", "add", "-f", name, cwd=site)
        (site / name).write_text("---\n")  # only staged content counts
        done = commit(site)
        assert done.returncode != 0 and done.stdout.startswith("commit rejected:\n") and messages[0] in done.stdout
        run("git", "rm", "-qf", "--cached", name, cwd=site)
        (site / name).unlink()
    run("git", "reset", "-q", "--hard", cwd=site)

    (site / 'a name with "quotes" and ü.yml').write_text("vault_x: y\n")
    run("git", "add", "-A", cwd=site)
    assert "ü.yml:1: vault_x" in commit(site).stdout

    (site / "group_vars/all/00-shared").unlink()
    done = commit(site)
    assert done.returncode != 0 and "commit rejected: it cannot be checked for secrets" in done.stdout
    assert f"In the checkout of openstack-hub run: make site DIR='{site}'" in done.stdout
    assert run("git", "log", "--oneline", cwd=site).stdout.count("\n") == 1


def test_the_hook_of_an_older_release_still_works(site):
    hook = site / ".githooks/pre-commit"
    hook.write_text(hook.read_text().replace("openstack_hub.site.pre_commit", "openstack_hub.staged"))
    (site / "more.yml").write_text("vault_x: y\n")
    run("git", "add", "-A", cwd=site)
    assert "more.yml:1: vault_x: a secret in clear text" in commit(site).stdout


def test_unusual_files_can_be_committed(site):
    """Binary, renamed, removed, linked, with a name that is not UTF-8, and a submodule."""
    (site / "logo.png").write_bytes(b"\x89PNG\0\xff" * 100)
    (site / "old.txt").write_text("prose\n")
    (site / "link").symlink_to(".vault-password")
    (site / b"caf\xe9.txt".decode("utf-8", "surrogateescape")).write_text("x\n")
    run("git", "init", "-q", "-b", "main", "part", cwd=site)
    run("git", "commit", "-qm", "x", "--allow-empty", cwd=site / "part")
    run("git", "add", "-A", cwd=site)
    done = commit(site)
    assert done.returncode == 0, done.stdout
    run("git", "mv", "old.txt", "new name.txt", cwd=site)
    run("git", "rm", "-q", "logo.png", cwd=site)
    done = commit(site)
    assert done.returncode == 0, done.stdout


def test_a_rejected_commit_says_how_to_allow_a_line(site):
    (site / "run.sh").write_text("PASSWORD=public\n")
    run("git", "add", "run.sh", cwd=site)
    done = commit(site)
    assert done.stdout.splitlines() == [
        "commit rejected:",
        "run.sh:1: PASSWORD: a secret in clear text: remove it from the commit",
        "For a line that holds no secret, add the comment: # pragma: allowlist secret",
    ]
    (site / "run.sh").write_text("PASSWORD=public # pragma: allowlist secret\n")
    run("git", "add", "run.sh", cwd=site)
    assert commit(site).returncode == 0


@pytest.mark.parametrize("text", ["a-" * 400_000, "a=b, c\n" * 100_000, '"' * 800_000, "http://" * 100_000])
def test_large_files_are_searched(text):
    """A pattern that tries each position again would take hours."""
    assert list(refusals("data.sh", text)) == []
