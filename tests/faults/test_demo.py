"""`make demo` killed twice at several moments: the next run succeeds, and another one changes nothing."""

import subprocess
import time

import killing
import pytest

DEMO = ["make", "demo"]
# For a playbook that is not in playbooks/.
PLUGINS = ["ANSIBLE_ROLES_PATH=roles", "ANSIBLE_LIBRARY=plugins/modules", "ANSIBLE_ACTION_PLUGINS=plugins/action",
           "ANSIBLE_FILTER_PLUGINS=plugins/filter"]  # fmt: skip
CONTAINERS = ["openstack-hub-demo-hub", "openstack-hub-demo-iam"]
MOMENTS = {
    "creating containers": "Create and start the hub's container",
    "installing packages": "Install packages for environments and homes",
    "building environments": "Build the environment of the hub",
    "starting units": "Run the services | Install the units",
    "configuring Apache": "Write the virtual host",
    "verifying": "cell in default",
}


def podman(*arguments):
    return subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False).stdout


def on_hub(*command):
    done = subprocess.run(["podman", "exec", CONTAINERS[0], *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def loop_devices():
    done = subprocess.run(["losetup", "--noheadings", "--output", "NAME"], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def no_demo():
    if podman("ps", "--all", "--quiet", "--filter", "name=openstack-hub-demo"):
        pytest.fail("a demo is up, and this test would remove it: run `make demo-stop` first")
    before = loop_devices()
    yield
    subprocess.run(["make", "demo-stop"], check=True, capture_output=True)
    assert podman("ps", "--all", "--quiet", "--filter", "name=openstack-hub-demo") == ""
    assert loop_devices() <= before


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_demo_killed_twice_converges(no_demo, moment):
    subprocess.run(["make", "demo-stop"], check=True, capture_output=True)
    for _ in range(2):
        killing.kill_at(moment, DEMO)
    output = killing.run(DEMO)
    assert "The hub is ready:   https://hub.localhost:8443/" in output
    assert "checks passed" in output
    start = time.monotonic()
    output = killing.run(DEMO)
    assert set(killing.changes(output)) == {0}, output
    print(f"again in {time.monotonic() - start:.0f} s")


def test_homes_survive_the_removal_of_hub_and_apache(no_demo):
    """Removed twice and installed again: the same user gets the same home back."""
    on_hub("systemctl", "start", "jupyterhub-home@nina.service")
    on_hub("touch", "/home/nina/kept")
    absent = ["env", *PLUGINS, "ansible-playbook", "-i", "inventories/demo", "molecule/host/absent.yml"]
    output = killing.run(absent)
    assert "nina: /var/lib/openstack-hub/homes/nina.img, to be mounted at /home/nina" in output
    assert set(killing.changes(killing.run(absent))) == {0}
    assert on_hub("find", "/opt", "/etc", "-name", "openstack-hub*", "-o", "-name", "jupyterhub*") == ""
    on_hub("apachectl", "configtest")
    on_hub("test", "-e", "/home/nina/kept", "-a", "-e", "/var/lib/openstack-hub/accounts.sqlite")
    killing.run(DEMO)
    on_hub("systemctl", "start", "jupyterhub-home@nina.service")
    on_hub("test", "-e", "/home/nina/kept")


def test_the_demo_survives_a_power_off(no_demo):
    podman("stop", *CONTAINERS)
    killing.run(DEMO)
