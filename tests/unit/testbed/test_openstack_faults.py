"""Faults on demand: what is refused, what a fault concerns, how services see it."""

import json
import socket

import openstack_path  # noqa: F401  (for what importing it does)
import pytest
from openstack_testbed import faults
from openstack_testbed.faults import Faults, Reader
from openstack_testbed.services.fault_middleware import PROBE, FaultMiddleware


@pytest.mark.parametrize(
    "fault",
    [
        {"service": "magnum", "answer": 503},
        {"service": "nova", "answer": "never", "path": "^/v2.1/servers", "method": "POST", "count": 2},
        {"service": "keystone", "delay": 0.5},
        {"operation": "create", "fail": "no host"},
        {"operation": "any", "cluster": "c", "node_group": "gpu", "stuck": True},
        {"conductor": "down"},
    ],
)
def test_a_valid_fault_is_accepted(fault):
    assert faults.mistake(fault) is None


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({}, "one of: service, operation, conductor"),
        ({"service": "heat", "answer": 503}, "service is one of"),
        ({"service": "magnum"}, "nothing happens"),
        ({"service": "magnum", "delay": 0}, "nothing happens"),
        ({"service": "magnum", "answer": 200}, "answer is a status"),
        ({"service": "magnum", "answer": True}, "answer is a status"),
        ({"service": "magnum", "answer": "gone"}, "answer is a status"),
        ({"service": "magnum", "answer": 503, "count": 0}, "count is"),
        ({"service": "magnum", "answer": 503, "path": "("}, "path is"),
        ({"service": "magnum", "fail": "text"}, "fail: not known with service"),
        ({"operation": "resize", "fail": "text"}, "operation is one of"),
        ({"operation": "create", "delay": -1}, "delay is"),
        ({"operation": "create"}, "nothing happens"),
        ({"conductor": "up"}, "conductor is down"),
    ],
)
def test_an_invalid_fault_is_refused(fault, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        Faults(tmp_path).set(**fault)
    assert Faults(tmp_path).list() == []


@pytest.mark.parametrize(
    ("fault", "operation", "group", "concerned"),
    [
        ({"operation": "create"}, "create", None, True),
        ({"operation": "create"}, "create", "gpu", True),
        ({"operation": "create"}, "delete", "gpu", False),
        ({"operation": "any"}, "upgrade", None, True),
        ({"operation": "any", "node_group": "gpu"}, "create", "gpu", True),
        ({"operation": "any", "node_group": "gpu"}, "create", "default-worker", False),
        ({"operation": "any", "node_group": "gpu"}, "create", None, False),
        ({"operation": "any", "cluster": "other"}, "create", None, False),
        ({"service": "magnum", "answer": 503}, "create", None, False),
    ],
)
def test_which_operations_a_fault_in_magnum_matches(fault, operation, group, concerned):
    assert faults.concerns_operation(fault, operation, "hub", group) is concerned


def test_services_see_a_fault_at_once_and_until_it_is_cleared(tmp_path):
    reader, here = Reader(tmp_path), Faults(tmp_path)
    assert not reader.conductor_is_down
    first, second = here.set(conductor="down"), here.set(operation="create", fail="no host")
    assert reader.conductor_is_down
    assert reader.for_operation("create", "hub")["fail"] == "no host"
    here.clear(first)
    assert not reader.conductor_is_down
    assert [fault["id"] for fault in reader.now()] == [second]
    here.clear()
    assert reader.now() == []


def test_a_fault_with_a_count_ends_after_so_many_requests(tmp_path):
    reader = Reader(tmp_path)
    Faults(tmp_path).set(service="nova", answer=500, count=2, path="servers")
    assert reader.for_call("nova", "GET", "/flavors") is None
    assert [bool(reader.for_call("nova", "GET", "/servers")) for _ in range(3)] == [True, True, False]


class Bench:
    """A middleware before an application of one line, called as waitress would."""

    def __init__(self, folder):
        self.log, self.calls, self.started = folder / "magnum.calls", 0, []
        self.socket, self.client = socket.socketpair()
        self.middleware = FaultMiddleware(self.application, "magnum", Reader(folder), self.log)

    def application(self, environ, start_response):
        self.calls += 1
        environ["HTTP_X_USER_NAME"] = "demo"
        start_response("202 Accepted", [])
        return [b"body"]

    def check_client_disconnected(self):
        return False

    def __call__(self, **more):
        environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "/v1",
            "PATH_INFO": "/clusters",
            "HTTP_X_AUTH_TOKEN": "secret",
        }
        environ["waitress.client_disconnected"] = self.check_client_disconnected
        return b"".join(
            self.middleware(environ | more, lambda status, headers, exc_info=None: self.started.append(status))
        )

    @property
    def lines(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.socket.close()
    bench.client.close()


def test_the_log_has_the_request_and_no_secret(bench):
    assert bench(HTTP_OPENSTACK_API_VERSION="container-infra 1.14", QUERY_STRING="limit=1") == b"body"
    (line,) = bench.lines
    fields = ("service", "method", "path", "query", "status", "version", "from", "user", "fault")
    assert [line[key] for key in fields] == [
        "magnum", "POST", "/v1/clusters", "limit=1", 202, "container-infra 1.14", None, "demo", None,
    ]  # fmt: skip
    assert "secret" not in bench.log.read_text() and "body" not in bench.log.read_text()
    assert bench.log.stat().st_mode & 0o077 == 0


def test_probes_are_neither_logged_nor_subject_to_faults(bench, tmp_path):
    Faults(tmp_path).set(service="magnum", answer=503)
    bench(**{PROBE: "1"})
    assert bench.started == ["202 Accepted"] and bench.lines == []


def test_calls_of_other_services_are_marked(bench):
    bench(HTTP_X_TESTBED_FROM="nova")
    assert bench.lines[0]["from"] == "nova"


def test_a_response_on_demand(bench, tmp_path):
    identifier = Faults(tmp_path).set(service="magnum", answer=503)
    assert json.loads(bench())["errors"][0]["status"] == 503
    assert bench.calls == 0
    assert (bench.lines[0]["status"], bench.lines[0]["fault"]) == (503, identifier)


@pytest.mark.parametrize(("answer", "calls"), [("close", 0), ("lost", 1)])
def test_a_connection_that_is_closed(bench, tmp_path, answer, calls):
    Faults(tmp_path).set(service="magnum", answer=answer)
    assert bench() == b""
    assert bench.client.recv(10) == b""
    assert bench.calls == calls
    assert bench.lines[0]["status"] is None


def test_a_fault_of_another_path_does_not_apply(bench, tmp_path):
    Faults(tmp_path).set(service="magnum", answer=503, path="/certificates")
    Faults(tmp_path).set(service="magnum", answer=503, method="GET")
    assert bench() == b"body"
