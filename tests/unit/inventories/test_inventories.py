"""Shipped inventories are valid, the site's values take precedence, and an update reports renamed variables."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[3]
sys.path += [str(PROJECT / "testbed"), str(PROJECT / "tests/unit/openstack_hub")]
import test_run  # noqa: E402  (found through the line above)
from certificate_samples import authority, issue, key_pem, pem  # noqa: E402

EXAMPLES = ["inventories/example", "inventories/example-cloud"]
STANDING = ["inventories/demo", "molecule/inventory", "inventories/demo-cloud", "molecule/kubernetes/inventory"]
MISSING = "does not exist on the controller: create the file"


def ansible(*command, project=PROJECT, **environment):
    environment = os.environ | {"PYTHONPATH": str(project)} | environment
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=project)


def validate(site, *arguments, playbook="validate", **options):
    return ansible("ansible-playbook", "-i", str(site), f"playbooks/{playbook}.yml", *arguments, **options)


def reported(out, what):
    """The lines below `Problems in ...:` or `Warnings in ...:`."""
    lines = out.stdout.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith(f"{what} in ")), None)
    if start is None:
        return []
    below = lines[start + 1 :]
    return below[: next(i for i, line in enumerate(below) if not line or line.startswith(("ok:", "[ERROR]", "fatal:")))]


@pytest.fixture
def state(tmp_path):
    """A state folder as testbed/up.yml leaves it, as far as inventories read it."""
    certificate, key = issue("hub", by=authority(), names=("hub.localhost", "*.localhost"))
    files = {"hub.crt": pem(certificate), "hub.key": key_pem(key), "ca.crt": pem(authority()[0])}
    for name in ("demo", f"test-{test_run.number()}", "demo-cloud", f"test-cloud-{test_run.number()}"):
        (tmp_path / "openstack-hub" / name / "ca").mkdir(parents=True)
        (tmp_path / "openstack-hub" / name / "client_secret").write_text("not-secret")
        (tmp_path / "openstack-hub" / name / "passwords.json").write_text('{"verify": "not", "dave": "secret"}')
        for file, content in files.items():
            (tmp_path / "openstack-hub" / name / "ca" / file).write_bytes(content)
            (tmp_path / "openstack-hub" / name / "ca" / file).chmod(0o600)
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
def test_the_shared_defaults_files_are_symlinked(inventory):
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
def test_the_sites_value_takes_precedence(inventory, platform, state):
    seen = json.loads(ansible("ansible-inventory", "-i", inventory, "--host", "localhost", **state).stdout)
    shared = {"hub_notice": "", "hub_allowed_groups": [], "hub_domain": None}
    assert all(seen[name] != value for name, value in shared.items())
    assert seen["hub_platform"] == platform


@pytest.mark.parametrize("inventory", STANDING)
def test_shipped_inventories_are_valid(inventory, state):
    out = validate(inventory, "--tags", "variables", **state)
    assert (out.returncode, reported(out, "Problems"), reported(out, "Warnings")) == (0, [], []), out.stdout


# Beyond its variables the example of a cloud needs a cloud.
@pytest.mark.parametrize(
    ("inventory", "line", "part"), [(EXAMPLES[0], 5, []), (EXAMPLES[1], 6, ["--tags", "variables"])], ids=EXAMPLES
)
def test_the_example_lacks_only_its_certificate(inventory, line, part):
    out = validate(inventory, *part)
    folder = f"{PROJECT}/{inventory}/certificates"
    assert reported(out, "Warnings") == [
        f"group_vars/all/jupyterhub.yml:{at}: hub_certificate.{key}: {folder}/{file} {MISSING}"
        for at, key, file in ((line, "file", "hub.example.org.crt"), (line + 1, "key", "hub.example.org.key"))
    ]
    assert (out.returncode, reported(out, "Problems")) == (0, []), out.stdout


def test_all_problems_are_reported_and_no_host_is_contacted(site):
    variables = site / "group_vars/all/jupyterhub.yml"
    text = variables.read_text().replace("memory: 7.5G", "memory: 7.5X").replace("example.org", "lab.test")
    variables.write_text(text.replace("hub_idle: 1d", "hub_idle: 1w").replace("hub-example", "hub-lab"))
    out = validate(site, "-e", "hub_max_users=many", playbook="site")
    hub, units = "group_vars/all/jupyterhub.yml", "write a number with one of the units"
    crt, key = (f"{site}/certificates/hub.lab.test.{end} {MISSING}" for end in ("crt", "key"))
    assert reported(out, "Problems") == [
        "hosts.yml:11: 'hub.example.org' is an example: replace it with your own host",
        f"{hub}:5: hub_certificate.file: {crt}",
        f"{hub}:6: hub_certificate.key: {key}",
        f"{hub}:27: hub_profiles[1].memory: '7.5X' is not a size: {units} K, M, G, T, such as 1.5G",
        f"{hub}:33: hub_idle: '1w' is not a time: write 7d",
        "group_vars/all/vault.yml:4: vault_hub_iam_client_secret: the secrets of the example change at every run: "
        "replace them all with your own",
        "-e: hub_max_users: 'many' is not a whole number: write one such as 100",
    ]
    assert out.returncode != 0
    assert f"7 problems in the variables of {site}; nothing was changed" in out.stdout
    assert out.stdout.count("PLAY [") == 1


@pytest.mark.parametrize("arguments", [[], ["-i", "inventories/nowhere"]], ids=["none", "nowhere"])
def test_a_missing_inventory_is_an_error(arguments):
    assert ansible("ansible-playbook", *arguments, "playbooks/validate.yml").returncode != 0


def test_after_an_update_the_new_name_of_a_variable_is_reported(tmp_path):
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
        in reported(validate(site, project=project), "Problems")
    )


@pytest.mark.parametrize("run", [None, "7"], ids=["this checkout", "TEST_RUN=7"])
@pytest.mark.parametrize(
    ("platform", "inventory"), [("host", "molecule/inventory"), ("kubernetes", "molecule/kubernetes/inventory")]
)
def test_names_and_ports_of_a_run_are_the_same_in_inventories_and_tests(monkeypatch, platform, inventory, run):
    monkeypatch.setenv("TEST_RUN", run) if run else monkeypatch.delenv("TEST_RUN", raising=False)
    variables = test_run.variables(platform)
    message = "{{ {" + ", ".join(f"'{name}': {name}" for name in variables) + "} }}"
    out = ansible("ansible", "-i", inventory, "-m", "debug", "-a", f"msg={message}", "localhost")
    assert yaml.safe_load(out.stdout.partition("=>")[2])["msg"] == variables, out.stderr


def test_runs_have_ports_of_their_own(monkeypatch):
    ports = []
    for number in (0, 1, test_run.RUNS - 1):
        monkeypatch.setenv("TEST_RUN", str(number))
        for platform in test_run.NAMES:
            ports += [value for name, value in test_run.variables(platform).items() if name.endswith("_port")]
    assert len(set(ports)) == len(ports) == 18
    assert min(ports) >= 12000 and max(ports) < 20000


def test_a_key_with_its_former_name_is_reported(tmp_path):
    site = tmp_path / "site"
    shutil.copytree(PROJECT / "inventories/example-cloud", site, symlinks=True)
    link = site / "group_vars/all/00-shared"
    link.unlink()
    link.symlink_to(PROJECT / "group_vars/all")
    variables = site / "group_vars/all/jupyterhub.yml"
    text = variables.read_text()
    assert text.count("    placeholders: 2") == 1
    line = text.split("    placeholders: 2")[0].count("\n") + 1
    variables.write_text(text.replace("    placeholders: 2", "    warm: 2"))
    out = ansible("make", "validate", f"INVENTORY={site}")
    assert out.returncode != 0
    assert (
        f"group_vars/all/jupyterhub.yml:{line}: hub_profiles[0].warm: this key is now called placeholders: "
        "rename it here" in reported(out, "Problems")
    )
