"""Commands in the hub's pod."""

from types import SimpleNamespace

import pytest
from kubernetes.client.exceptions import ApiException
from websocket import WebSocketException

from openstack_hub.kubernetes import client
from openstack_hub.kubernetes.client import Api, Refused, Unreachable
from openstack_hub.kubernetes.hub_pod import run_in_hub


class Process:
    """A command that answers with what it read; it ends unless it HANGS."""

    returncode = 3

    def __init__(self, hangs=False):
        self.hangs, self.text = hangs, ""

    def write_stdin(self, text):
        self.text += text

    def run_forever(self, timeout):
        pass

    def is_open(self):
        return self.hangs

    def close(self):
        self.hangs = False

    def read_stdout(self, timeout):
        return f"read {self.text}"

    def read_stderr(self, timeout):
        return "warning"


@pytest.fixture
def api(monkeypatch):
    """The API of a cluster with two pods of the hub, of which one is ending; `api.process` runs in a pod."""
    api = Api.__new__(Api)
    api._client, api.server, api.process, api.calls = None, "https://cluster", Process(), []
    pods = [{"metadata": {"name": "old", "deletionTimestamp": "now"}}, {"metadata": {"name": "hub-1"}}]
    api.items = lambda path, **query: (
        pods if path == "/api/v1/namespaces/ns/pods" and "component=hub" in str(query) else []
    )

    def stream(_, *args, **kwargs):
        api.calls.append((args, kwargs["command"], kwargs["container"]))
        if isinstance(api.process, Exception):
            raise api.process
        return api.process

    monkeypatch.setattr(client, "stream", stream)
    monkeypatch.setattr(client, "CoreV1Api", lambda _: SimpleNamespace(connect_get_namespaced_pod_exec=None))
    return api


def test_a_command_gets_its_input_in_the_running_pod(api):
    assert run_in_hub(api, "ns", ["python3"], "secret") == (3, "read secret\n", "warning")
    assert api.calls == [(("hub-1", "ns"), ["python3"], "hub")], "the input is on no command line"


def test_without_a_pod_the_hub_is_to_be_installed(api):
    with pytest.raises(Refused, match="does not run in namespace other"):
        run_in_hub(api, "other", ["python3"], "x")


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (ApiException(status=0, reason="Handshake status 403 Forbidden"), Refused),
        (WebSocketException("closed"), Unreachable),
        (TimeoutError("late"), Unreachable),
        (Process(hangs=True), Unreachable),
    ],
)
def test_a_failure_is_told(api, failure, error):
    api.process = failure
    with pytest.raises(error):
        run_in_hub(api, "ns", ["python3"], "x")
