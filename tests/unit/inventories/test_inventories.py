"""What is shipped is sound, the site's value wins, and an update speaks to those who have not read its changelog."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
EXAMPLES = ["inventories/example", "inventories/example-cloud"]
STANDING = ["inventories/demo", "molecule/inventory", "inventories/demo-cloud", "molecule/kubernetes/inventory"]
MACHINE = "on the machine that runs Ansible"


def ansible(*command, project=PROJECT, **environment):
    environment = os.environ | {"ANSIBLE_FORCE_COLOR": "0", "PYTHONPATH": str(project)} | environment
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=project)


def validate(site, *arguments, playbook="validate", **options):
    return ansible("ansible-playbook", "-i", str(site), f"playbooks/{playbook}.yml", *arguments, **options)


def told(out, what):
    """The lines below `Mistakes in ...:` or `Warnings in ...:`."""
    lines = out.stdout.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith(f"{what} in ")), None)
    if start is None:
        return []
    below = lines[start + 1 :]
    return below[: next(i for i, line in enumerate(below) if not line or line.startswith(("ok:", "[ERROR]", "fatal:")))]


@pytest.fixture
def state(tmp_path):
    """A state folder as testbed/up.yml leaves it, as far as inventories read it."""
    for name in ("demo", "test", "demo-cloud", "test-cloud"):
        (tmp_path / "openstack-hub" / name / "ca").mkdir(parents=True)
        (tmp_path / "openstack-hub" / name / "client_secret").write_text("not-secret")
        (tmp_path / "openstack-hub" / name / "passwords.json").write_text('{"verify": "not", "dave": "secret"}')
        for file in ("hub.crt", "hub.key", "ca.crt"):
            (tmp_path / "openstack-hub" / name / "ca" / file).touch()
        (tmp_path / "openstack-hub" / name / "images.json").write_text('{"user": "localhost/user:1"}')
        (tmp_path / "openstack-hub" / name / "iam-address").write_text("192.0.2.7")
    return {"XDG_STATE_HOME": str(tmp_path)}


@pytest.fixture
def site(tmp_path):
    """The example, copied out of the project."""
    return copied(tmp_path / "site", PROJECT)


def copied(folder, project):
    shutil.copytree(project / "inventories/example", folder, symlinks=True)
    link = folder / "group_vars/all/00-shared"
    link.unlink()
    link.symlink_to(project / "group_vars/all")
    return folder


@pytest.mark.parametrize("inventory", [*EXAMPLES, *STANDING])
def test_the_shared_manual_is_linked(inventory):
    assert Path(PROJECT, inventory, "group_vars/all/00-shared").resolve() == PROJECT / "group_vars/all"


@pytest.mark.parametrize(
    ("inventory", "platform"),
    [
        ("inventories/example", "host"),
        ("inventories/example-cloud", "kubernetes"),
        ("molecule/inventory", "host"),
        ("molecule/kubernetes/inventory", "kubernetes"),
    ],
)
def test_the_sites_value_wins(inventory, platform, state):
    seen = json.loads(ansible("ansible-inventory", "-i", inventory, "--host", "localhost", **state).stdout)
    shared = {"hub_notice": "", "hub_allowed_groups": [], "hub_domain": None}
    assert all(seen[name] != value for name, value in shared.items())
    assert seen["hub_platform"] == platform


@pytest.mark.parametrize("inventory", STANDING)
def test_what_is_shipped_is_sound(inventory, state):
    out = validate(inventory, "--tags", "variables", **state)
    assert (out.returncode, told(out, "Mistakes"), told(out, "Warnings")) == (0, [], []), out.stdout


# Beyond its variables the example of a cloud needs a cloud.
@pytest.mark.parametrize(
    ("inventory", "line", "part"), [(EXAMPLES[0], 5, []), (EXAMPLES[1], 6, ["--tags", "variables"])], ids=EXAMPLES
)
def test_the_example_lacks_nothing_but_its_certificate(inventory, line, part):
    out = validate(inventory, *part)
    folder = f"{PROJECT}/{inventory}/certificates"
    assert told(out, "Warnings") == [
        f"group_vars/all/jupyterhub.yml:{at}: hub_certificate.{key}: there is no file {folder}/{file} {MACHINE}"
        for at, key, file in ((line, "file", "hub.example.org.crt"), (line + 1, "key", "hub.example.org.key"))
    ]
    assert (out.returncode, told(out, "Mistakes")) == (0, []), out.stdout


def test_all_mistakes_are_told_and_nothing_is_reached(site):
    variables = site / "group_vars/all/jupyterhub.yml"
    text = variables.read_text().replace("memory: 7.5G", "memory: 7.5X").replace("example.org", "lab.test")
    variables.write_text(text.replace("hub_idle: 1d", "hub_idle: 1w").replace("hub-example", "hub-lab"))
    out = validate(site, "-e", "hub_max_users=many", playbook="site")
    hub, units = "group_vars/all/jupyterhub.yml", "write a number with one of the units"
    crt, key = (f"there is no file {site}/certificates/hub.lab.test.{end} {MACHINE}" for end in ("crt", "key"))
    assert told(out, "Mistakes") == [
        f"{hub}:5: hub_certificate.file: {crt}",
        f"{hub}:6: hub_certificate.key: {key}",
        f"{hub}:27: hub_profiles[1].memory: '7.5X' is not a size: {units} K, M, G, T, like 1.5G",
        f"{hub}:33: hub_idle: '1w' is not a time: {units} s, m, h, d, like 15m",
        "group_vars/all/vault.yml:4: vault_hub_iam_client_secret: these are the example's secrets, drawn anew at every "
        "run: write your own in their place",
        "hosts.yml: 'hub.example.org' is an example: write your own machine",
        "-e: hub_max_users: 'many' is not a whole number: write one like 100",
    ]
    assert out.returncode != 0
    assert f"7 mistakes in the variables of {site}; nothing was changed" in out.stdout
    assert out.stdout.count("PLAY [") == 1


@pytest.mark.parametrize("arguments", [[], ["-i", "inventories/nowhere"]], ids=["none", "nowhere"])
def test_a_missing_inventory_is_an_error(arguments):
    assert ansible("ansible-playbook", *arguments, "playbooks/validate.yml").returncode != 0


def test_after_an_update_the_new_name_of_a_variable_is_told(tmp_path):
    project = tmp_path / "project"
    for part in (
        "openstack_hub",
        "group_vars",
        "inventories/example",
        "playbooks",
        "plugins",
        "roles",
        "schemas",
        "docs",
    ):
        shutil.copytree(PROJECT / part, project / part, symlinks=True)
    site = copied(tmp_path / "site", project)
    for path in project.glob("openstack_hub/**/*"):
        if path.suffix in (".py", ".yml") and "hub_notice" in path.read_text():
            path.write_text(path.read_text().replace("hub_notice", "hub_banner"))
    spec = project / "openstack_hub/variables/20-address.yml"
    spec.write_text(spec.read_text().replace("    hub_banner:\n", "    hub_banner:\n      was: [hub_notice]\n"))
    subprocess.run(
        [sys.executable, "-m", "openstack_hub.generate.files"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        check=True,
    )
    assert 'hub_banner: ""\n' in (project / "group_vars/all/jupyterhub.yml").read_text()
    assert (
        "group_vars/all/jupyterhub.yml:15: hub_notice: this variable is now called hub_banner: rename it here"
        in told(validate(site, project=project), "Mistakes")
    )
