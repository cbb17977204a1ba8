"""One testbed for all tests of a session, resumed, stopped at the end; what is missing is said at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "testbed/openstack"))

from openstack_testbed import Failed, Testbed, places  # noqa: E402


@pytest.fixture(scope="session")
def testbed():
    """A control plane of these tests' own; what is in it is somebody's until `fresh` or `tidy` is asked for."""
    bed = Testbed(places.instance("cluster"))
    try:
        bed.start()
    except (Failed, OSError, subprocess.CalledProcessError) as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no OpenStack to test with: {error}")
    yield bed
    bed.stop()


@pytest.fixture(scope="module")
def fresh(testbed):
    """The same, as newly seeded, for the tests of a module."""
    return testbed.reset()
