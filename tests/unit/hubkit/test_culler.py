import contextlib
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from processes import free_ports, until

from hubkit import culler as module
from hubkit.culler import Culler, CullPolicy, Hub, parse_time, serve_health

NOW = 1_000_000.0


def iso(seconds_ago):
    return datetime.fromtimestamp(NOW - seconds_ago, UTC).isoformat().replace("+00:00", "Z")


def server(idle_for, profile="default", age=100_000, **more):
    return {
        "url": "/user/ada/", "started": iso(age), "last_activity": iso(idle_for), "pending": None, "ready": True,
        "user_options": {"profile": profile},
    } | more  # fmt: skip


@pytest.fixture
def policy(profile):
    return CullPolicy([profile | {"idle": 100}, profile | {"name": "old", "idle": 0, "max_age": 1000}])


# --- Which servers are stopped ---------------------------------------------------------------------------------------
def test_two_reports_are_needed(policy):
    assert policy.stop_reason(server(150), NOW, lambda: NOW - 20) is None
    assert policy.stop_reason(server(150), NOW + 10, lambda: NOW - 20) is None  # the same report, read again
    assert policy.stop_reason(server(150), NOW, lambda: NOW - 5) == "idle (150 s)"


def test_a_stale_first_report_does_not_stop_a_busy_server(policy):
    """After an outage the hub receives a report that was computed earlier; the next one is up to date."""
    assert policy.stop_reason(server(150), NOW, lambda: NOW) is None
    assert policy.stop_reason(server(3), NOW, lambda: NOW) is None
    assert policy.stop_reason(server(150), NOW, lambda: NOW) is None, "the first report of a new idle period"


def test_new_activity_resets_the_count(policy):
    assert policy.stop_reason(server(150), NOW, lambda: NOW - 20) is None
    assert policy.stop_reason(server(120), NOW, lambda: NOW - 10) is None
    assert policy.stop_reason(server(120), NOW, lambda: NOW - 5) == "idle (120 s)"


def test_a_server_that_does_not_report_is_never_idle(policy):
    for _ in range(3):
        assert policy.stop_reason(server(5000), NOW, lambda: NOW - 4950) is None
        assert policy.stop_reason(server(5000), NOW, lambda: 0.0) is None
        assert policy.stop_reason(server(5000, last_activity=None), NOW, lambda: NOW) is None
        assert policy.stop_reason(server(5000, last_activity=None), NOW + 10, lambda: NOW + 10) is None


@pytest.mark.parametrize(("report", "counts"), [(100, False), (90, False), (51, False), (50, True), (49, True)])
def test_only_reports_after_the_idle_timeout_count(policy, report, counts):
    """The last activity was 150 s ago and the timeout is 100 s, so a report counts from 50 s ago."""
    assert policy.stop_reason(server(150), NOW, lambda: NOW - report) is None
    assert ("/user/ada/" in policy.first_reports) is counts


@pytest.mark.parametrize(("idle_for", "asks"), [(99, False), (100, True), (101, True)])
def test_the_hub_is_asked_only_about_servers_that_look_idle(policy, idle_for, asks):
    requests = []
    assert policy.stop_reason(server(idle_for), NOW, lambda: requests.append(1) or NOW) is None
    assert bool(requests) is asks


def test_maximum_age_counts_from_the_start_whatever_the_activity(policy):
    def unused():
        pytest.fail("the hub was asked")

    assert policy.stop_reason(server(5000, "old", 999), NOW, unused) is None
    assert policy.stop_reason(server(1, "old", 1000), NOW, unused) == "maximum age (1000 s)"
    assert policy.stop_reason(server(0, "old", 5000), NOW, unused) == "maximum age (5000 s)"
    assert policy.stop_reason(server(1, "old", started=None), NOW, unused) is None


@pytest.mark.parametrize("max_age", [1, 1000])
def test_a_server_that_has_not_started_has_no_age(profile, max_age):
    policy = CullPolicy([profile | {"max_age": max_age}])
    assert policy.stop_reason(server(1, started=None), NOW, lambda: NOW) is None


def test_a_young_server_is_kept_whatever_the_maximum_age_of_other_profiles(policy):
    assert policy.stop_reason(server(1, "default", 10**8), NOW, lambda: NOW) is None


@pytest.mark.parametrize("options", [None, [], {}, {"profile": ["old"]}, {"profile": "gone"}, "old"])
def test_unknown_profiles_are_treated_as_the_first(policy, options):
    assert policy.profile({"user_options": options})["name"] == "default"


def test_known_profiles(policy):
    assert policy.profile({"user_options": {"profile": "old"}})["name"] == "old"


def test_times_with_z_and_with_an_offset():
    assert parse_time("2026-11-01T00:00:00.5Z") == parse_time("2026-11-01T01:00:00.5+01:00") == 1793491200.5
    assert parse_time(None) == parse_time("") == 0.0


# --- The sweep -------------------------------------------------------------------------------------------------------
class MockHub:
    def __init__(self, servers):
        self.users, self.calls = [{"name": "a/b", "servers": servers}], []

    def active_users(self):
        return iter(self.users)

    def last_report(self, user, url):
        return NOW

    def call(self, method, path):
        self.calls.append((method, path))
        if "fails" in path:
            raise urllib.error.URLError("no")


def test_sweep_stops_old_servers_but_none_that_start_or_stop(policy, monkeypatch, caplog):
    monkeypatch.setattr(module.time, "time", lambda: NOW)
    old = {"profile": "old", "age": 2000}
    servers = {
        "": server(1, **old), "fails/1": server(1, **old, url="/f"), "x": server(1, **old, url="/x", pending="stop"),
        "y": server(1, **old, url="/y", ready=False), "z": server(150, url="/z"),
    }  # fmt: skip
    culler = Culler(MockHub(servers), policy, 60)
    policy.first_reports["/gone"] = 1, 2
    with caplog.at_level("INFO"):
        culler.sweep()
        culler.pool.shutdown()
    reason = "reason=maximum+age+%282000+s%29"  # for the audit log
    paths = [f"/users/a%2Fb/server?{reason}", f"/users/a%2Fb/servers/fails%2F1?{reason}"]
    assert sorted(culler.hub.calls) == [("DELETE", path) for path in paths]
    assert "stop user=a/b profile=old reason=maximum age (2000 s)" in caplog.text
    assert "stop user=a/b failed: <urlopen error no>" in caplog.text
    assert not culler.stopping and set(policy.first_reports) == {"/z"}, "known are running servers, and only those"


def test_a_server_that_is_being_stopped_is_not_stopped_twice(policy, monkeypatch):
    monkeypatch.setattr(module.time, "time", lambda: NOW)
    hub, answer = MockHub({"": server(1, "old", 2000)}), threading.Event()
    hub.call = lambda method, path: hub.calls.append(path) or answer.wait(10)
    culler = Culler(hub, policy, 60)
    culler.sweep()
    culler.sweep()
    answer.set()
    culler.pool.shutdown()
    assert len(hub.calls) == 1 and not culler.stopping


@pytest.mark.parametrize("error", [OSError(), ValueError(), KeyError("items"), TypeError(), urllib.error.URLError("")])
def test_a_sweep_that_fails_is_repeated_after_the_interval(policy, monkeypatch, caplog, error):
    class Stopped(Exception):
        pass

    results, pauses = iter([error, None, Stopped()]), []
    culler = Culler(MockHub({}), policy, 60)

    def sweep():
        if result := next(results):
            raise result

    monkeypatch.setattr(culler, "sweep", sweep)
    monkeypatch.setattr(module.time, "sleep", pauses.append)
    with pytest.raises(Stopped):
        culler.run()
    assert pauses == [60, 60] and "sweep failed" in caplog.text


def health_of(culler):
    with serve_health(culler, "http://127.0.0.1:0", "/services/culler/") as running:
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()


def get_json(url):
    """(status, type, body) of the answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            return response.status, response.headers["Content-Type"], json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], json.load(error)


def test_health_fails_when_the_last_sweep_is_older_than_three_intervals(policy, monkeypatch):
    culler = Culler(MockHub({}), policy, 60)
    with contextlib.contextmanager(health_of)(culler) as url:
        assert get_json(f"{url}/services/culler/health")[:2] == (200, "application/json")
        assert get_json(f"{url}/health")[0] == 404
        clock = time.monotonic()
        monkeypatch.setattr(module.time, "monotonic", lambda: clock)
        for age, status in ((180.06, 503), (180, 200), (12.34, 200)):
            culler.last_sweep = clock - age
            assert culler.health() == (status, {"every": 60, "swept_seconds_ago": round(age, 1)})
        culler.last_sweep = 0
        assert get_json(f"{url}/services/culler/health")[0] == 503
        culler.sweep()
        assert culler.health()[1]["swept_seconds_ago"] == 0


# --- The hub's API, as the real one answers (JupyterHub's own pagination is in test_service) -------------------------
class API(http.server.BaseHTTPRequestHandler):
    """A hub with 230 active users, which gives at most 100 at a time; records (method, path, accept, token)."""

    requests, tokens = [], []

    def answer(self, status, body=None):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"" if body is None else json.dumps(body).encode())

    def do_GET(self):
        self.requests.append(("GET", self.path, self.headers["Accept"], self.headers["Authorization"]))
        url = urllib.parse.urlsplit(self.path)
        if url.path.endswith("/tokens"):
            return self.answer(200, {"api_tokens": self.tokens})
        query = {name: values[0] for name, values in urllib.parse.parse_qs(url.query).items()}
        offset, limit = int(query["offset"]), int(query["limit"])
        assert query["state"] == "active" and limit <= 100
        stop = min(offset + limit, 230)
        following = {"offset": stop, "limit": limit, "url": "unused"} if stop < 230 else None
        users = [{"name": f"user-{number}"} for number in range(offset, stop)]
        return self.answer(200, {"items": users, "_pagination": {"next": following}})

    def do_DELETE(self):
        self.requests.append(("DELETE", self.path, self.headers["Accept"], self.headers["Authorization"]))
        self.answer(404 if "unknown" in self.path else 204)

    def log_message(self, *args):
        pass


@pytest.fixture
def api(monkeypatch):
    """A client of a small HTTP server; its environment names a proxy that must not be used."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setattr(API, "requests", [])
    monkeypatch.setattr(API, "tokens", [])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), API) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield Hub(f"http://127.0.0.1:{running.server_port}/hub/api", "secret")
        running.shutdown()


def test_all_pages_of_active_users_are_read(api):
    assert [user["name"] for user in api.active_users()] == [f"user-{number}" for number in range(230)]
    assert len(API.requests) == 3
    assert {(accept, token) for _, _, accept, token in API.requests} == {
        ("application/jupyterhub-pagination+json", "token secret")
    }


def test_only_the_servers_own_token_counts_as_its_report(api):
    """A user's script, the culler and a server at another URL use other tokens."""
    API.tokens += [
        {"note": "Server at /user/ada/", "last_activity": iso(500)},
        {"note": "Server at /user/ada/", "last_activity": iso(400)},
        {"note": "Server at /user/ada/", "last_activity": None},
        {"note": "Server at /user/ada/other/", "last_activity": iso(3)},
        {"note": "Requested via token page", "last_activity": iso(2)},
        {"note": None, "last_activity": iso(1)},
    ]
    assert api.last_report("ada/b", "/user/ada/") == NOW - 400
    assert API.requests[0][1:3] == ("/hub/api/users/ada%2Fb/tokens", "application/json")
    assert api.last_report("ada", "/user/eve/") == 0.0


def test_a_stop_has_no_body_and_errors_are_oserrors(api):
    assert api.call("DELETE", "/users/ada/server") is None
    with pytest.raises(OSError):
        api.call("DELETE", "/users/unknown/server")


def test_the_program_logs_reports_its_health_and_ends_on_sigterm(tmp_path, profile):
    (hub, health), root = free_ports(2), Path(module.__file__).parents[1]
    (tmp_path / "hub.json").write_text(json.dumps({"profiles": [profile], "cull_interval": 0.1}))
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(root), "JUPYTERHUB_API_URL": f"http://127.0.0.1:{hub}/hub/api",
        "JUPYTERHUB_API_TOKEN": "secret", "JUPYTERHUB_SERVICE_PREFIX": "/services/culler/",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{health}",
    }  # fmt: skip
    command = [sys.executable, "-m", "hubkit.culler", str(tmp_path / "hub.json")]
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, env=environment, stderr=log) as process:
        try:
            until(lambda: socket.socket().connect_ex(("127.0.0.1", health)) == 0)
            until(lambda: get_json(f"http://127.0.0.1:{health}/services/culler/health")[0] == 503)
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
    assert "WARNING sweep failed: URLError" in (tmp_path / "log").read_text()
