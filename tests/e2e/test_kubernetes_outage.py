"""The cluster's own API is away for a minute: open kernels go on, no server is lost, and then all is as before."""

import json

import deployment
import pytest
from deployment import site

from visitor.kernel import Kernel

NAME = "bob"
AWAY = 60  # seconds
pytestmark = [pytest.mark.disturbs, pytest.mark.slow]


def test_a_server_outlives_it(testbed):
    visitor = deployment.started(NAME, "default")
    before = site.server(NAME)
    with Kernel(visitor) as kernel:
        kernel.run("kept = 42")
        with site.api_is_away():
            for _ in range(AWAY // 15):  # somebody works all the while
                assert kernel.run("import time; time.sleep(15); print(kept)", timeout=60).text.strip() == "42"
        deployment.until("the cluster answers again", lambda: site.kubectl("get", "nodes", check=False), 60)
        assert kernel.run("print(kept)").text.strip() == "42"
    assert site.server(NAME) == before
    deployment.until("the hub knows of it", lambda: (visitor.running() or {}).get("ready"), 60)
    visitor.stop()
    visitor.start("brief", timeout=120)
    assert (
        json.loads(visitor.execute("import os, json; print(json.dumps(os.environ['HUBKIT_PROFILE']))").text) == "Brief"
    )
    visitor.stop()
