"""`make site`: which files it writes, which folders it refuses, and that it never overwrites a file."""

import errno
import os
import re
import signal
import stat
from multiprocessing import get_context
from pathlib import Path

import pytest
import yaml
from person import ANSWERS, arguments, files, run, talk

from openstack_hub import platforms
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
    ".schemas",
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
    assert "3. follow the README of the folder: what to prepare on this platform, and the commands" in output
    assert f"4. make validate INVENTORY={folder}" in output


@pytest.mark.parametrize("name", specification.FILES)
def test_editors_find_the_schema(made, name):
    first, *_ = files(made[0])[f"group_vars/all/{name}.yml"].splitlines()
    assert first == f"# yaml-language-server: $schema=../../.schemas/{name}.schema.json"
    path = os.path.normpath(made[0] / "group_vars/all" / first.partition("=")[2])  # as editors resolve it
    assert Path(path).samefile(PROJECT / f"schemas/{name}.schema.json")


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
        "PLATFORM: 'hosts' is not one of host, kubernetes",
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
        "GROUPS: nobody can sign in: write at least one group of the provider, such as [cloud/jupyter], or set "
        "hub_allowed_users or hub_allow_all",
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
        ("1. Platform", "slurm\n"),
        ("this version does not install the hub on slurm yet, only on host and kubernetes", "Kubernets\n"),
        ("'kubernets' is not one of host, kubernetes", "2\n"),
        ("2. Host name", "\n"),
        ("missing: write the host name of the service, such as hub.example.org", "hub.example.org\n"),
        ("'hub.example.org' is an example: replace it with your own", "hub.uni.edu\n"),
        ("3. URL", "iam.uni.edu\n"),
        ("for example https://iam.example.org/: ", "https://iam.uni.edu/\n"),
        ("https://hub.uni.edu/hub/oauth_callback", "\n"),
        ("5. Groups", "/staff, staff\n"),
        ("'/staff' has an extra slash: write 'staff'", "staff\n"),
        ("6. E-mail", "help@uni\n"),
        ("'help@uni' is not an e-mail address", "help@uni.edu\n"),
        ("client secret: ", "s{{3cret\n"),
    )
    assert status == 0, seen
    assert "s{{3cret" not in seen
    assert variables(folder)["hub_contact"] == {"email": "help@uni.edu"}
    assert variables(folder)["hub_platform"] == "kubernetes"
    assert "hub_iam_client_id" not in variables(folder)
    assert 'vault_hub_iam_client_secret: !unsafe "s{{3cret"' in decrypted_vault(folder)


def test_ctrl_c_leaves_nothing(tmp_path):
    status, seen = talk(
        ["make", "site", f"DIR={tmp_path / 'x'}", "PLATFORM=host", "DOMAIN=hub.uni.edu"], ("for example https", "\x03")
    )
    assert status != 0 and "Stopped; written: nothing." in seen and "Traceback" not in seen
    assert "   DOMAIN=hub.uni.edu\n" in seen
    assert not (tmp_path / "x").exists()


def test_existing_files_are_never_overwritten(site, make_site):
    for name in WRITTEN - {*site_folder.LINKS, "group_vars/all/jupyterhub.yml"}:
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
    for step in range(len(WRITTEN) - len(site_folder.LINKS)):
        folder = tmp_path / str(step)
        process = get_context("fork").Process(target=killed_at, args=(step, folder))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        before = {name: text for name, text in files(folder).items() if not name.endswith(".new")}
        assert len(before) == step + 2 * (step >= 8)  # the symlinks are created directly
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
        ("a,b", "cannot be an inventory of Ansible: choose a path without commas, braces and $"),
        ("a$b", "cannot be an inventory of Ansible: choose a path without commas, braces and $"),
        ("a{{b", "cannot be an inventory of Ansible: choose a path without commas, braces and $"),
        ("a\nb", "cannot be an inventory of Ansible: choose a path without commas, braces and $"),
        ("   ", "no folder: add one, such as make site DIR=../my-hub"),
        ("", "no folder: add one, such as make site DIR=../my-hub"),
    ],
)
def test_unsuitable_folders_are_refused(tmp_path, make_site, where, why):
    folder = tmp_path / "x"
    if where == "a file":
        folder.touch()
    elif where in ("other things", "open to all"):
        folder.mkdir()
        (folder / "thesis.tex").touch() if where == "other things" else folder.chmod(0o777)
    others = {name: tmp_path / name for name in ("a,b", "a$b", "a{{b", "a\nb")} | {"   ": "   "}
    folder = (others | {"in the product": PROJECT / "inventories/mine", "": ""}).get(where, folder)
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


def test_slurm_is_not_offered(tmp_path, make_site):
    status, output = make_site(tmp_path / "x", ANSWERS | {"PLATFORM": "slurm"})
    assert status == 1
    assert "PLATFORM: this version does not install the hub on slurm yet, only on host and kubernetes\n" in output


class TrialFails:
    """A folder below which nothing can be written, as on a full disk or a read-only file system."""

    def __init__(self, code):
        self.code = code

    def __call__(self, *_args, **_given):
        raise OSError(self.code, os.strerror(self.code))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (errno.ENOSPC, "No space left on device"),
        (errno.EROFS, "Read-only file system"),
        (errno.EACCES, "Permission denied"),
        (errno.EDQUOT, "Disk quota exceeded"),
    ],
)
def test_a_folder_that_cannot_be_written_is_refused_before_the_first_question(
    tmp_path, make_site, monkeypatch, code, text
):
    monkeypatch.setattr(site_folder.tempfile, "TemporaryDirectory", TrialFails(code))
    asked = []
    monkeypatch.setattr(site_folder, "answers", lambda *given: asked.append(given))
    status, output = make_site(tmp_path / "new/x", {})
    expected = f"cannot write to {tmp_path} ({text}): make room there, or choose another folder"
    assert (status, output.splitlines()[0], asked) == (1, expected, [])


def test_a_read_only_file_system_is_noticed():
    done = run("make", "site", "DIR=/proc/x/y", *arguments(**ANSWERS))
    assert done.returncode != 0 and done.stdout.startswith("cannot write to /proc (")


def test_nothing_remains_of_the_trial(tmp_path, make_site):
    make_site(tmp_path / "x", {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", ["\x04", "\x03"], ids=["end of input", "Ctrl-C"])
@pytest.mark.parametrize("moment", ["(empty: host): ", "for example hub.example.org: "])
def test_an_interrupted_question_writes_nothing(tmp_path, end, moment):
    answers = [("(empty: host): ", "\n")] if "hub" in moment else []
    status, seen = talk(["make", "site", f"DIR={tmp_path / 'x'}"], *answers, (moment, end))
    assert status != 0 and "Stopped; written: nothing." in seen and "Traceback" not in seen
    assert not (tmp_path / "x").exists()


HOSTILE = ["my hub", "a'b", 'a"b', "a#b", "a;b", "~", "a\\b", "ä", "-x", "a%b", "a:b", "a&b"]


@pytest.mark.parametrize("name", HOSTILE)
def test_the_printed_command_can_be_pasted(tmp_path, name):
    """Every command that `make site` prints is understood by the shell, make and Ansible."""
    folder = tmp_path / name / "hub"
    folder.parent.mkdir()
    done = run("make", "site", f"DIR={folder}", *arguments(**ANSWERS))
    assert done.returncode == 0, done.stdout
    command = done.stdout.splitlines()[-1].partition(". ")[2]
    shown = run("bash", "-c", command.replace("make validate", "make --silent vault-edit"), EDITOR="cat")
    assert shown.returncode == 0 and "vault_hub_proxy_token" in shown.stdout, shown.stdout
    assert {path.name for path in tmp_path.iterdir()} == {name}


def test_answers_with_dollar_signs_arrive(tmp_path):
    done = run("make", "site", f"DIR={tmp_path / 'x'}", *arguments(**ANSWERS | {"GROUPS": "a$b;c$(d)"}))
    assert done.returncode == 0, done.stdout
    assert variables(tmp_path / "x")["hub_allowed_groups"] == ["a$b", "c$(d)"]


def test_a_dollar_sign_in_the_path_is_not_expanded(tmp_path):
    done = run("make", "site", f"DIR={tmp_path}/$HOME$(touch x)", *arguments(**ANSWERS))
    assert done.returncode != 0
    assert done.stdout.startswith(f"'{tmp_path}/$HOME$(touch x)' cannot be an inventory of Ansible")


def test_a_symlink_to_a_folder_is_followed(tmp_path, make_site):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert make_site(tmp_path / "link")[0] == 0
    assert (tmp_path / "real/hosts.yml").is_file() and (tmp_path / "link").is_symlink()


def test_a_loop_of_symlinks_is_refused(tmp_path, make_site):
    (tmp_path / "loop").symlink_to("loop")
    assert make_site(tmp_path / "loop")[0] == 1
    assert make_site("~nobody-of-this-name/x")[0] == 1


README_COMMAND = re.compile(r"^(make|ansible-playbook|kubectl|git|product=|\.) .*|^product=.*", re.MULTILINE)


@pytest.mark.parametrize("platform", platforms.INSTALLED)
def test_the_commands_of_the_readme_work(tmp_path, make_site, platform):
    """Each is started in the folder: playbooks are parsed, make prints what it would run."""
    folder = tmp_path / "my 'hub'"
    assert make_site(folder, ANSWERS | {"PLATFORM": platform})[0] == 0
    text = (folder / "README.md").read_text()
    commands = [match[0].partition("  #")[0] for match in README_COMMAND.finditer(text)]
    playbooks = [command for command in commands if command.startswith("ansible-playbook")]
    assert len(playbooks) == (6 if platform == "kubernetes" else 5)
    assert ("kubectl" in text) == ("clouds.yaml" in text.partition("## Git")[0]) == (platform == "kubernetes")
    script = [f"{command} --syntax-check" if command in playbooks else command for command in commands]
    script = [f"{command} --dry-run" if command.startswith("make") else command for command in script]
    script = [command for command in script if not command.startswith(("kubectl", "git"))]
    done = run("bash", "-euc", "\n".join(script), cwd=folder)
    assert done.returncode == 0, done.stdout
    assert re.findall(r"`(playbooks/[a-z]+\.yml)`", text) == [
        name for name in re.findall(r"`(playbooks/[a-z]+\.yml)`", text) if (PROJECT / name).is_file()
    ]
