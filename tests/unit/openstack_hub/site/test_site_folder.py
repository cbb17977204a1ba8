"""`make site`: which files it writes, which folders it refuses, and that it never overwrites a file."""

import os
import signal
import stat
from multiprocessing import get_context
from pathlib import Path

import pytest
import yaml
from person import ANSWERS, arguments, files, run, talk

from openstack_hub.schema import specification
from openstack_hub.site import folder as site_folder
from openstack_hub.site import vault
from openstack_hub.site.files import PROJECT
from openstack_hub.validation import check

WRITTEN = {
    "group_vars/all/jupyterhub.yml",
    "group_vars/all/openstack.yml",
    "group_vars/all/vault.yml",
    "group_vars/all/00-shared",
    "hosts.yml",
    "ansible.cfg",
    "README.md",
    "certificates/README.md",
    ".gitignore",
    ".githooks/pre-commit",
    ".vault-password",
}


def variables(folder):
    return yaml.safe_load((folder / "group_vars/all/jupyterhub.yml").read_text())


def decrypted_vault(folder):
    """The text of the vault."""
    return vault.cipher(folder).decrypt((folder / "group_vars/all/vault.yml").read_bytes()).decode()


@pytest.fixture(scope="session")
def secrets(made):
    """Read by ansible-vault."""
    seen = run("ansible-vault", "view", "group_vars/all/vault.yml", cwd=made[0])
    assert seen.returncode == 0, seen.stdout
    return yaml.safe_load(seen.stdout)


def test_all_files_of_a_site_are_written(made):
    folder, output = made
    assert set(files(folder)) == WRITTEN
    assert variables(folder) == {
        "hub_domain": "hub.uni.edu",
        "hub_certificate": {
            "file": "{{ inventory_dir }}/certificates/hub.crt",
            "key": "{{ inventory_dir }}/certificates/hub.key",
        },
        "hub_iam_issuer": "https://iam.uni.edu/",
        "hub_iam_client_id": "0d1c6a0e",
        "hub_allowed_groups": ["cloud/jupyter", "staff"],
        "hub_contact": {"email": "help@uni.edu"},
    }
    hosts = yaml.safe_load((folder / "hosts.yml").read_text())
    assert {group: list(entry["hosts"]) for group, entry in hosts.items()} == {
        "controller": ["localhost"],
        "hub": ["hub.uni.edu"],
        "web": ["hub.uni.edu"],
    }
    assert files(folder)["group_vars/all/00-shared"] == PROJECT / "group_vars/all"
    assert "1. save a copy of .vault-password in your password manager" in output
    assert "2. put the certificate and its key into certificates/" in output
    assert f"3. make validate INVENTORY={folder}" in output


@pytest.mark.parametrize("name", specification.FILES)
def test_editors_find_the_schema(made, name):
    first, *_ = files(made[0])[f"group_vars/all/{name}.yml"].splitlines()
    assert first == f"# yaml-language-server: $schema={PROJECT}/schemas/{name}.schema.json"
    assert Path(first.partition("=")[2]).is_file()


def test_secrets_are_generated_and_only_in_the_vault(made, secrets):
    folder, output = made
    assert secrets["vault_hub_iam_client_secret"] == ""
    generated = [secrets[f"vault_hub_{name}"] for name in ("cookie_secret", "crypt_key", "proxy_token", "culler_token")]
    assert all(len(value) == 64 and set(value) <= set("0123456789abcdef") for value in generated)
    assert len(set(generated)) == len(secrets) - 1 == 4
    password = files(folder)[".vault-password"].strip()
    assert len(password) >= 32
    others = "".join(str(text) for name, text in files(folder).items() if name != ".vault-password")
    assert not [value for value in (password, *generated) if value in output + others]
    assert files(folder)["group_vars/all/vault.yml"].startswith("$ANSIBLE_VAULT;1.1;AES256\n")


def test_only_the_owner_can_read_the_folder(made):
    folder, _ = made
    modes = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in (*WRITTEN, "certificates", ".")}
    assert modes[".vault-password"] == modes["group_vars/all/vault.yml"] == 0o600
    assert modes[".githooks/pre-commit"] == 0o700
    assert modes["certificates"] == modes["."] == 0o700


def test_all_problems_are_reported_and_nothing_is_written(tmp_path):
    wrong = {
        "DOMAIN": "https://hub.uni.edu/",
        "ISSUER": "https://iam.example.org/",
        "CLIENT_ID": "",
        "GROUPS": "/staff,urn:geant:uni.edu:group:cloud:jupyter",
        "CONTACT": "me",
        "PLATFORM": "hosts",
    }
    done = run("make", "site", f"DIR={tmp_path / 'x'}", *arguments(**wrong))
    expected = [
        "PLATFORM: 'hosts' is not one of host, kubernetes, slurm; did you mean host?",
        "DOMAIN: 'https://hub.uni.edu/' is not a host name: write the full name in lower case, without https://, "
        "port or path, such as hub.uni.edu",
        "ISSUER: 'https://iam.example.org/' is an example: replace it with your own",
        "GROUPS: '/staff' has an extra slash: write 'staff'",
        "GROUPS: 'urn:geant:uni.edu:group:cloud:jupyter' is a URN: write the group name, 'cloud/jupyter'",
        "CONTACT: 'me' is not an e-mail address: write for example help@example.org",
        "Stopped; written: nothing.",
    ]
    assert done.returncode != 0
    assert done.stdout.splitlines()[:-1] == expected
    assert not (tmp_path / "x").exists()


def test_without_a_terminal_nothing_is_asked(tmp_path):
    done = run("make", "site", f"DIR={tmp_path / 'x'}", "CONTACT=help@uni.edu")
    assert done.returncode != 0
    assert done.stdout.splitlines()[:-1] == [
        "DOMAIN: missing: write the host name of the service, such as hub.example.org",
        "ISSUER: missing: write the URL of your OpenID provider, such as https://iam.example.org/",
        "CLIENT_ID: missing: write the client ID that the provider gave to this hub (CLIENT_ID= leaves it empty "
        "for now)",
        "GROUPS: nobody can sign in: write at least one group of the provider, such as [cloud/jupyter]",
        "Stopped; written: nothing.",
    ]
    assert not (tmp_path / "x").exists()


def test_a_secret_is_refused_as_an_argument(tmp_path):
    done = run("make", "site", f"DIR={tmp_path / 'x'}", "CLIENT_SECRET=s3cret")
    assert done.returncode != 0 and "every user of this machine can read CLIENT_SECRET=" in done.stdout
    assert not (tmp_path / "x").exists()


def test_questions_are_repeated_until_the_answer_is_valid(tmp_path):
    folder = tmp_path / "my hub"
    status, seen = talk(
        ["make", "site", f"DIR={folder}"],
        ("1. Host name", "\n"),
        ("missing: write the host name of the service, such as hub.example.org", "hub.example.org\n"),
        ("'hub.example.org' is an example: replace it with your own", "hub.uni.edu\n"),
        ("2. URL", "iam.uni.edu\n"),
        ("for example https://iam.example.org/: ", "https://iam.uni.edu/\n"),
        ("https://hub.uni.edu/hub/oauth_callback", "\n"),
        ("4. Groups", "/staff, staff\n"),
        ("'/staff' has an extra slash: write 'staff'", "staff\n"),
        ("5. E-mail", "help@uni\n"),
        ("'help@uni' is not an e-mail address", "help@uni.edu\n"),
        ("client secret: ", "s{{3cret\n"),
    )
    assert status == 0, seen
    assert "s{{3cret" not in seen
    assert variables(folder)["hub_contact"] == {"email": "help@uni.edu"}
    assert "hub_iam_client_id" not in variables(folder)
    assert 'vault_hub_iam_client_secret: !unsafe "s{{3cret"' in decrypted_vault(folder)


def test_ctrl_c_leaves_nothing(tmp_path):
    status, seen = talk(["make", "site", f"DIR={tmp_path / 'x'}", "DOMAIN=hub.uni.edu"], ("for example https", "\x03"))
    assert status != 0 and "Stopped; written: nothing." in seen and "Traceback" not in seen
    assert "   DOMAIN=hub.uni.edu\n" in seen
    assert not (tmp_path / "x").exists()


def test_existing_files_are_never_overwritten(site, make_site):
    for name in WRITTEN - {"group_vars/all/00-shared", "group_vars/all/jupyterhub.yml"}:
        (site / name).write_text("mine\n")
    (site / "hosts.yml").unlink()
    before = files(site)
    status, output = make_site(site, ANSWERS | {"DOMAIN": "other.uni.edu"})
    assert status == 0
    assert {name: text for name, text in files(site).items() if name != "hosts.yml"} == before
    assert "hub.uni.edu:" in files(site)["hosts.yml"]
    assert "\n  written: hosts.yml\n" in output
    assert all(name in output.split("existed, unchanged: ")[1] for name in WRITTEN - {"hosts.yml", ".vault-password"})


def test_a_vault_keeps_its_password(site, make_site):
    (site / ".vault-password").unlink()
    before = files(site)
    status, output = make_site(site)
    assert status == 0 and files(site) == before
    assert "1. write the password of the existing group_vars/all/vault.yml to .vault-password" in output


def test_a_dangling_symlink_is_replaced(site, make_site):
    link = site / "group_vars/all/00-shared"
    link.unlink()
    link.symlink_to("/gone/group_vars/all")
    assert make_site(site)[0] == 0
    assert link.readlink() == PROJECT / "group_vars/all"


def killed_at(step, folder):
    """Create a site, killed before file number STEP is moved into place."""
    replace, steps = Path.replace, iter(range(100))
    Path.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL) if next(steps) == step else replace(*paths)
    site_folder.create_site(str(folder), ANSWERS, False)


def test_after_a_kill_at_any_step_the_next_run_completes_the_folder(tmp_path, make_site, secrets):
    for step in range(len(WRITTEN) - 1):
        folder = tmp_path / str(step)
        process = get_context("fork").Process(target=killed_at, args=(step, folder))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        before = {name: text for name, text in files(folder).items() if not name.endswith(".new")}
        assert len(before) == step + (step >= 8)  # the symlink is created directly
        answers = {} if before else ANSWERS  # answers are asked for once
        assert make_site(folder, answers)[0] == 0
        after = files(folder)
        assert set(after) == WRITTEN and before.items() <= after.items()
    assert set(yaml.safe_load(decrypted_vault(folder))) == set(secrets)


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("in the product", "is inside the checkout of openstack-hub: choose a folder outside it, such as ../my-hub"),
        ("a file", "is not a folder"),
        ("other things", "contains other files and is not a site folder: choose a new folder"),
        ("open to all", "so Ansible would ignore its ansible.cfg: run chmod o-w"),
        ("", "no folder: add one, such as make site DIR=../my-hub"),
    ],
)
def test_unsuitable_folders_are_refused(tmp_path, make_site, where, why):
    folder = tmp_path / "x"
    if where == "a file":
        folder.touch()
    elif where:
        folder.mkdir()
        (folder / "thesis.tex").touch() if where == "other things" else folder.chmod(0o777)
    folder = {"in the product": PROJECT / "inventories/mine", "": ""}.get(where, folder)
    status, output = make_site(folder)
    assert status == 1 and why in output
    assert not (PROJECT / "inventories/mine").exists() and not (tmp_path / "x/hosts.yml").exists()


def test_inside_another_repository_no_repository_is_created(tmp_path, make_site):
    run("git", "init", "-q", tmp_path)
    status, output = make_site(tmp_path / "my-hub")
    assert status == 0 and not (tmp_path / "my-hub/.git").exists()
    assert (
        f"the repository is {tmp_path}: call {tmp_path}/my-hub/.githooks/pre-commit from its pre-commit hook" in output
    )


@pytest.mark.parametrize(
    ("platform", "missing"),
    [
        ("host", set()),
        ("slurm", {"slurm_partitions"}),
        (
            "kubernetes",
            {
                "cloud_name",
                "cloud_external_network",
                "cluster_image",
                "cluster_kubernetes_version",
                "cluster_node_groups",
            },
        ),
    ],
)
def test_each_platforms_required_variables_are_in_the_files(tmp_path, make_site, platform, missing):
    assert make_site(tmp_path / "x", ANSWERS | {"PLATFORM": platform})[0] == 0
    texts = files(tmp_path / "x")
    given = variables(tmp_path / "x") | dict.fromkeys(specification.secrets(), "a" * 64)
    given["hub_certificate"] = {"file": "/hub.crt", "key": "/hub.key"}
    assert {problem.path[0] for problem in check.check(given)[1] if not problem.warning} == missing
    lines = (texts["group_vars/all/jupyterhub.yml"] + texts["group_vars/all/openstack.yml"]).splitlines()
    assert all(any(line.startswith(f"# {name}: ") for line in lines) for name in missing)
