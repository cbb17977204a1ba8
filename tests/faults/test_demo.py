"""`make demo` killed at several moments and run again: it comes to its normal end, and once more changes nothing."""

import os
import re
import signal
import subprocess
import time

import pytest

ENVIRONMENT = os.environ | {"ANSIBLE_FORCE_COLOR": "0"}
CONTAINERS = ["openstack-hub-demo-hub", "openstack-hub-demo-iam"]


def podman(*arguments):
    return subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False).stdout


def demo():
    return subprocess.Popen(
        ["make", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=ENVIRONMENT,
    )


def changes(output):
    return [int(number) for number in re.findall(r"changed=(\d+)", output)]


def loop_devices():
    done = subprocess.run(["losetup", "--noheadings", "--output", "NAME"], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def nothing_there():
    if podman("ps", "--all", "--quiet", "--filter", "name=openstack-hub-demo"):
        pytest.skip("a demo is up, and this test would remove it: make demo-stop")
    before = loop_devices()
    yield
    subprocess.run(["make", "demo-stop"], check=True, capture_output=True)
    assert podman("ps", "--all", "--quiet", "--filter", "name=openstack-hub-demo") == ""
    assert loop_devices() <= before


MOMENTS = {
    "making containers": "Run the hub's container",
    "building environments": "Build the one of the hub",
    "starting units": "Install the units",
    "configuring Apache": "Write the site",
    "verifying": "cell in default",
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_killed(nothing_there, moment):
    with demo() as process:
        for line in process.stdout:
            if moment in line:
                time.sleep(0.5)  # into the task, not before it
                os.killpg(process.pid, signal.SIGKILL)
                break
        else:
            pytest.fail(f"the demo never came to {moment!r}")


def test_comes_to_its_normal_end(nothing_there):
    with demo() as process:
        output = process.stdout.read()
    assert process.returncode == 0, output[-5000:]
    assert "The hub is ready:   https://hub.localhost:8443/" in output
    assert "are ok" in output


def test_once_more_changes_nothing(nothing_there):
    start = time.monotonic()
    with demo() as process:
        output = process.stdout.read()
    assert process.returncode == 0, output[-5000:]
    assert set(changes(output)) == {0}, output
    print(f"again in {time.monotonic() - start:.0f} s")


def test_comes_back_after_the_machine_was_off(nothing_there):
    podman("stop", *CONTAINERS)
    with demo() as process:
        output = process.stdout.read()
    assert process.returncode == 0, output[-5000:]
