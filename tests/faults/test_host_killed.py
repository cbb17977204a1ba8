"""A run killed while it builds an environment, on the machine of molecule (`molecule converge -s host`)."""

import json
import subprocess
import sys
from pathlib import Path

import killing
import pytest

sys.path.append(str(Path(__file__).parents[2] / "testbed"))
import test_run

HUB = ["podman", "exec", f"openstack-hub-{test_run.variables('host')['testbed_name']}-hub"]
RUN = ["ansible-playbook", "-i", "molecule/inventory", "playbooks/hub.yml"]
ENVIRONMENTS = "/opt/openstack-hub/environments"


def on_hub(*command):
    return subprocess.run([*HUB, *command], capture_output=True, text=True, check=False)


def is_building():
    """Whether a build holds the lock."""
    return on_hub("flock", "--nonblock", f"{ENVIRONMENTS}/.lock", "true").returncode == 1


def remove_environment():
    """Remove the environment of this test, once no build that an earlier run left behind can bring it back."""
    remove = f"cd {ENVIRONMENTS} && grep -l 'of tests/faults' */requirements.txt | xargs -r dirname | xargs -r rm -r"
    on_hub("flock", f"{ENVIRONMENTS}/.lock", "sh", "-c", remove)


@pytest.fixture
def other_environment(tmp_path):
    """other_environment(N): a run that builds an environment of its own for the proxy, the smallest one."""
    assert on_hub("true").returncode == 0, "the machine of the tests is not up: molecule converge -s host"
    requirements = Path("roles/hub_systemd/files/proxy-requirements.txt").read_text()
    remove_environment()
    before = on_hub("readlink", "/opt/openstack-hub/proxy").stdout

    def run(number):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"{requirements}# of tests/faults, {number}\n")
        return [*RUN, "--extra-vars", json.dumps({"hub_systemd_proxy_requirements": str(path)})]

    yield run
    killing.run(RUN)
    assert on_hub("readlink", "/opt/openstack-hub/proxy").stdout == before
    remove_environment()


def test_an_environment_is_complete_after_two_kills_of_its_build(other_environment):
    for number in (1, 2):  # the first build has often ended before the second run begins its own
        killing.kill_at("Build the environment of the proxy", other_environment(number), is_building)
        assert is_building(), "the build continues after the kill"
    output = killing.run(other_environment(2))
    assert "Point the symlinks at them" in output
    assert sum(killing.changes(output)) > 0
    assert set(killing.changes(killing.run([*other_environment(2), "--check"]))) == {0}, "the environment is complete"
    requirements = on_hub("cat", "/opt/openstack-hub/proxy/requirements.txt").stdout
    assert requirements.rstrip().endswith("# of tests/faults, 2")
    assert on_hub("/opt/openstack-hub/proxy/bin/node", "--version").stdout.startswith("v")
    assert on_hub("find", ENVIRONMENTS, "-maxdepth", "1", "-name", ".build-*").stdout == ""
