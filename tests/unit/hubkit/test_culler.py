import json
import urllib.error
import urllib.request
from datetime import UTC, datetime

import pytest

from hubkit import culler as module
from hubkit.culler import Culler, Rule, serve_health, when

NOW = 1_000_000.0


def stamp(seconds_ago):
    return datetime.fromtimestamp(NOW - seconds_ago, UTC).isoformat().replace("+00:00", "Z")


def server(idle_for, profile="default", age=100_000, **more):
    return {
        "url": "/user/ada/", "started": stamp(age), "last_activity": stamp(idle_for), "pending": None, "ready": True,
        "user_options": {"profile": profile},
    } | more  # fmt: skip


@pytest.fixture
def rule(profile):
    return Rule([profile | {"idle": 100}, profile | {"name": "old", "idle": 0, "max_age": 1000}])


def test_idle_takes_two_reports(rule):
    assert rule.reason(server(150), NOW, lambda: NOW - 20) is None
    assert rule.reason(server(150), NOW + 10, lambda: NOW - 20) is None  # the same report, seen again
    assert rule.reason(server(150), NOW, lambda: NOW - 5) == "idle (150 s)"


def test_a_stale_first_report_does_not_stop_a_server_that_works(rule):
    """After an outage the hub hears late what the server computed early; the next report tells."""
    assert rule.reason(server(150), NOW, lambda: NOW) is None
    assert rule.reason(server(3), NOW, lambda: NOW) is None
    assert rule.reason(server(150), NOW, lambda: NOW) is None, "it starts over"


def test_other_activity_starts_over(rule):
    assert rule.reason(server(150), NOW, lambda: NOW - 20) is None
    assert rule.reason(server(120), NOW, lambda: NOW - 10) is None
    assert rule.reason(server(120), NOW, lambda: NOW - 5) == "idle (120 s)"


def test_a_silent_server_is_never_idle(rule):
    for _ in range(3):
        assert rule.reason(server(5000), NOW, lambda: NOW - 4950) is None
        assert rule.reason(server(5000, last_activity=None), NOW, lambda: NOW) is None


def test_reports_from_before_the_idle_life_passed_say_nothing(rule):
    for heard in (100, 90, 60):
        assert rule.reason(server(150), NOW, lambda heard=heard: NOW - heard) is None


def test_the_hub_is_asked_only_when_it_matters(rule):
    assert rule.reason(server(99), NOW, lambda: pytest.fail("asked")) is None


def test_maximum_age_and_no_idle_life(rule):
    assert rule.reason(server(5000, "old", 999), NOW, lambda: pytest.fail("asked")) is None
    assert rule.reason(server(1, "old", 1000), NOW, lambda: pytest.fail("asked")) == "maximum age (1000 s)"
    assert rule.reason(server(1, "old", started=None), NOW, lambda: pytest.fail("asked")) is None


@pytest.mark.parametrize("options", [None, [], {}, {"profile": ["old"]}, {"profile": "gone"}, "old"])
def test_unknown_profiles_count_as_the_first(rule, options):
    assert rule.profile({"user_options": options})["name"] == "default"


def test_times_of_either_spelling():
    assert when("2026-11-01T00:00:00.5Z") == when("2026-11-01T01:00:00.5+01:00")
    assert when(None) == 0.0


class Hub:
    def __init__(self, servers):
        self.users, self.stopped = [{"name": "a/b", "servers": servers}], []

    def active_users(self):
        return iter(self.users)

    def heard(self, user, url):
        return NOW

    def call(self, method, path):
        self.stopped.append((method, path))
        if "fails" in path:
            raise urllib.error.URLError("no")


def test_sweep_stops_old_ones_and_lets_be_what_starts_or_stops(rule, monkeypatch, caplog):
    monkeypatch.setattr(module.time, "time", lambda: NOW)
    old = {"profile": "old", "age": 2000}
    servers = {
        "": server(1, **old), "fails": server(1, **old, url="/f"), "x": server(1, **old, url="/x", pending="stop"),
        "y": server(1, **old, url="/y", ready=False),
    }  # fmt: skip
    culler = Culler(Hub(servers), rule, 60)
    rule.seen["/gone"] = 1, 2
    with caplog.at_level("INFO"):
        culler.sweep()
        culler.pool.shutdown()
    assert sorted(culler.hub.stopped) == [("DELETE", "/users/a%2Fb/server"), ("DELETE", "/users/a%2Fb/servers/fails")]
    assert "stop user=a/b profile=old reason=maximum age (2000 s)" in caplog.text
    assert not culler.stopping and not rule.seen


def test_health_fails_when_sweeps_do(rule):
    culler = Culler(Hub({}), rule, 60)
    with serve_health(culler, "http://127.0.0.1:0", "/services/culler/") as server:

        def get(path):
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"http://127.0.0.1:{server.server_port}{path}", timeout=5) as answer:
                return json.load(answer)

        assert get("/services/culler/health")["every"] == 60
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get("/health")
        culler.swept -= 181
        with pytest.raises(urllib.error.HTTPError, match="503"):
            get("/services/culler/health")
        server.shutdown()
