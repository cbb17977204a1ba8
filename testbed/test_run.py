"""Names and ports of one run of the tests, so that runs of two checkouts on one machine do not collide.

The environment variable TEST_RUN (0 to 799) chooses a run; without it the path of the checkout does.
molecule/*inventory/group_vars/all/test.yml compute the same.
"""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = 800
# Ports of the testbeds are 12000 to 19999: below those of OpenStack's services and of the kernel, ten for each run.
FIRST_PORT = {"host": 12000, "kubernetes": 12005}
NAMES = {"host": "test", "kubernetes": "test-cloud"}


def number(root=ROOT):
    """The number of this run."""
    return int(os.environ.get("TEST_RUN") or int(hashlib.sha256(str(root).encode()).hexdigest()[:4], 16) % RUNS)


def variables(platform):
    """The variables testbed_* of this run's testbed for platform host or kubernetes."""
    port = FIRST_PORT[platform] + 10 * number()
    ports = {"testbed_hub_port": port, "testbed_iam_port": port + 1, "testbed_ssh_port": port + 2}
    return {"testbed_name": f"{NAMES[platform]}-{number()}"} | ports


def state(platform):
    """The state folder of that testbed."""
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    return base / "openstack-hub" / variables(platform)["testbed_name"]
