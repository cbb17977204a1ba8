"""An attacker, bob, with a server on a hub on one machine. The victim is alice."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "e2e"))

import deployment
from attempts import attempts

from visitor.kernel import Kernel


@pytest.fixture(scope="session", autouse=True)
def testbed():
    if lack := deployment.missing():
        pytest.fail(lack)


@pytest.fixture(scope="session")
def bob():
    yield deployment.started("bob", "default")
    deployment.stop_server("bob")


@pytest.fixture(scope="session")
def as_bob(bob):
    """The results of statements in bob's kernel: `as_bob(*statements)`."""
    with Kernel(bob) as kernel:
        yield lambda *statements: attempts(kernel, *statements)


@pytest.fixture(scope="session")
def outside(bob):
    """The results of statements with bob's account but outside of his server's unit: the control."""

    class Outside:
        def run(self, code, timeout):
            done = deployment.podman(
                "exec", "--user", "bob", deployment.HUB_CONTAINER, "/opt/openstack-hub/user/bin/python", "-c", code
            )
            return type("Output", (), {"text": done.stdout, "error": done.stderr or None})

    return lambda *statements: attempts(Outside(), *statements)
