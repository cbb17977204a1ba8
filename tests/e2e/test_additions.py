"""What variables add to each server: environment variables and mounts."""

import deployment
import pytest

from visitor.kernel import Kernel

PLACE = {"host": "/data", "kubernetes": "/scratch"}[deployment.PLATFORM]


@pytest.fixture(scope="module")
def kernel(testbed):
    with Kernel(deployment.started("bob", "default")) as kernel:
        yield kernel
    deployment.stop_server("bob")


def test_a_variable_arrives_as_it_is_written(kernel):
    given = deployment.GIVEN["hub_environment"]["HUB_TEST"]
    assert kernel.run("import os; print(os.environ['HUB_TEST'])").text.strip() == given


def test_the_mount_of_all_profiles_is_there(kernel):
    mounts = kernel.run("print([line.split()[4] for line in open('/proc/self/mountinfo')])").text
    writable = kernel.run(f"import os; print(os.access('{PLACE}', os.W_OK))").text.strip()
    assert f"'{PLACE}'" in mounts
    assert writable == str(deployment.PLATFORM == "kubernetes")
