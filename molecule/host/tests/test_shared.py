"""What users have in common: packages, environment variables and folders."""

import json
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest

from hubkit.hub import sandbox
from openstack_hub.locks import pins

LOCK = Path(__file__).parents[3] / "roles/hub_systemd/files/user-requirements.txt"
USERS = ("iris", "jack")


@pytest.fixture(scope="module")
def model(host):
    return json.loads(host.file("/etc/openstack-hub/hub.json").content_string)


@pytest.fixture(scope="module")
def large(model):
    """The profile with the writable folder."""
    return next(profile for profile in model["profiles"] if profile["name"] == "large")


@pytest.fixture(scope="module")
def as_user(host, run, large):
    """Run a shell command of a user as in a server of the profile. Returns testinfra's result."""
    accounts = {}
    for name in USERS:
        run(f"systemctl start jupyterhub-home@{name}.service")
        uid, gid = run(f"id -u {name}"), run(f"id -g {name}")
        accounts[name] = SimpleNamespace(pw_dir=f"/home/{name}", pw_uid=int(uid), pw_gid=int(gid))

    def as_user(name, command, **more):
        account = accounts[name]
        properties = sandbox.unit_properties(account, 1 << 30, 1, False, large["mounts"]) | more
        options = [f"--uid={account.pw_uid}", f"--gid={account.pw_gid}", *sandbox.options("property", properties)]
        return host.run(f"systemd-run --quiet --wait --pipe {shlex.join(options)} sh -c {shlex.quote(command)}")

    yield as_user
    for name in USERS:
        host.run(f"umount /home/{name}; userdel {name}; rm -rf /home/{name} /var/lib/openstack-hub/homes/{name}.img")
    host.run("rm -rf /srv/shared/* /srv/data/*")


def test_packages_are_beside_those_of_the_project(run):
    python = "/opt/openstack-hub/user/bin/python"
    assert run(f"{python} -c 'import cowsay; print(cowsay.__version__)'") == "6.1"
    assert run("/opt/openstack-hub/user/bin/jupyter lab --version") == "4.6.6"
    found = {package: version for package, version, _ in pins(run("cat /opt/openstack-hub/user/requirements.txt"))}
    pinned = {}
    for package, version, _ in pins(LOCK.read_text()):
        pinned.setdefault(package, set()).add(version)
    assert found.pop("cowsay") == "6.1"
    assert {package: version for package, version in found.items() if version not in pinned[package]} == {}
    assert run("tree --version").startswith("tree ")


def test_the_resolved_versions_are_kept_for_a_repair(run):
    environment = run("realpath /opt/openstack-hub/user")
    run(f"cmp {environment}.txt {environment}/requirements.txt")


def test_values_of_variables_arrive_as_they_are(as_user, run, large):
    """Written as the spawner does (systemdspawner.systemd.make_environment_file)."""
    value = large["environment"]["HUB_TEST"]
    assert value == "it's $(HOME) {x}"
    values = {"A": value, "B": "two\nlines\t\\ \"'%h", "C": ""}
    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    run(f"printf %s {shlex.quote(text)} >/run/hub-test.env")
    try:
        found = as_user("iris", "env -0", EnvironmentFile="/run/hub-test.env").stdout.split("\0")
    finally:
        run("rm /run/hub-test.env")
    assert {f"{name}={value}" for name, value in values.items()} <= set(found)


def test_a_shared_folder_is_for_users_alone(host):
    folder = host.file("/srv/shared")
    assert (folder.user, folder.group, folder.mode) == ("root", "jupyterhub-users", 0o2770)
    folder = host.file("/srv/data")
    assert (folder.user, folder.group, folder.mode) == ("root", "root", 0o755)


def test_users_edit_the_files_of_each_other(as_user):
    made = as_user("iris", "cd /srv/hub/shared && mkdir folder && echo one >folder/file && stat -c '%a %G' folder/file")
    assert (made.rc, made.stdout.split()) == (0, ["660", "jupyterhub-users"]), made.stderr
    edited = as_user("jack", "cd /srv/hub/shared/folder && echo two >>file && cat file && rm file && stat -c %U .")
    assert (edited.rc, edited.stdout.split()) == (0, ["one", "two", "iris"]), edited.stderr


def test_files_at_home_stay_private(as_user):
    assert as_user("iris", "touch ~/private && stat -c %a ~/private ~").stdout.split() == ["660", "700"]
    assert as_user("jack", "ls /home").stdout.split() == ["jack"]
    assert as_user("jack", "cat /home/iris/private").rc != 0


def test_a_folder_that_is_mounted_read_only_is(as_user, run):
    run("echo data >/srv/data/file && chown iris /srv/data /srv/data/file")
    try:
        assert as_user("iris", "cat /data/file").stdout == "data\n"
        for command in ("echo x >/data/file", "touch /data/new", "rm /data/file", "touch /srv/data/new"):
            done = as_user("iris", command)
            assert done.rc != 0 and "Read-only file system" in done.stderr, (command, done.stderr)
    finally:
        run("chown root /srv/data && rm /srv/data/file")


def test_a_folder_that_is_missing_does_not_prevent_a_start(as_user, run):
    run("mv /srv/data /srv/away")
    try:
        assert as_user("iris", "echo started").stdout == "started\n"
    finally:
        run("mv /srv/away /srv/data")
