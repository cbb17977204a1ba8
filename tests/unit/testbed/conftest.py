import pathlib
import socket
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "testbed" / "iam"))

import launch  # noqa: E402  (found through the line above)

HUB = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def iam(tmp_path_factory):
    cache = launch.cache_dir()
    if not cache.exists():
        pytest.fail(f"the test IAM is not installed: testbed/iam/install.sh {cache.parent}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with launch.running_iam(tmp_path_factory.mktemp("iam"), HUB, port) as running:
        yield running
