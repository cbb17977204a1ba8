"""The Kubernetes API is down for a minute: open kernels keep running, no server is lost, then all works as before."""

import json

import deployment
import pytest
from deployment import site

from visitor.kernel import Kernel

NAME = "bob"
DOWN = 60  # seconds
pytestmark = [pytest.mark.disturbs, pytest.mark.slow]


def test_a_server_survives_an_outage_of_the_api(testbed):
    visitor = deployment.started(NAME, "default")
    before = site.server(NAME)
    with Kernel(visitor) as kernel:
        kernel.run("value = 42")
        with site.api_is_down():
            for _ in range(DOWN // 15):  # the user works meanwhile
                assert kernel.run("import time; time.sleep(15); print(value)", timeout=60).text.strip() == "42"
        deployment.until("the cluster answers again", lambda: site.kubectl("get", "nodes", check=False), 60)
        assert kernel.run("print(value)").text.strip() == "42"
    assert site.server(NAME) == before
    deployment.until("the hub shows the server", lambda: (visitor.running() or {}).get("ready"), 60)
    visitor.stop()
    visitor.start("brief", timeout=120)
    assert (
        json.loads(visitor.execute("import os, json; print(json.dumps(os.environ['HUBKIT_PROFILE']))").text) == "Brief"
    )
    visitor.stop()
