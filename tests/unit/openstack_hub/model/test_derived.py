"""Settings that follow from others: their bounds, and what they are for."""

import pytest

from openstack_hub.model import derived

MANY = (1, 10, 100, 101, 500, 1000, 2999, 3000)


@pytest.mark.parametrize(("users", "grain"), [(1, 2), (100, 2), (101, 3), (3000, 60)])
def test_report_grain(users, grain):
    assert derived.report_grain(users) == grain


@pytest.mark.parametrize(("users", "shortest"), [(1, 60), (100, 60), (101, 90), (1000, 600), (3000, 1800)])
def test_shortest_idle(users, shortest):
    assert derived.shortest_idle(users) == shortest


@pytest.mark.parametrize(
    ("idle", "users", "interval"),
    [(0, 100, 300), (60, 100, 2), (120, 100, 3), (3600, 100, 90), (86400, 100, 300), (3600, 3000, 90), (240, 3000, 60)],
)
def test_activity_interval(idle, users, interval):
    assert derived.activity_interval(idle, users) == interval


@pytest.mark.parametrize(
    ("shortest", "users", "interval"), [(0, 100, 60), (60, 100, 2), (120, 100, 3), (3600, 100, 60), (240, 3000, 60)]
)
def test_cull_interval(shortest, users, interval):
    assert derived.cull_interval(shortest, users) == interval


@pytest.mark.parametrize("users", MANY)
@pytest.mark.parametrize("idle", [60, 120, 240, 3600, 86400])
def test_intervals_keep_stops_punctual_and_reports_bounded(users, idle):
    idle = max(idle, derived.shortest_idle(users))
    report, cull = derived.activity_interval(idle, users), derived.cull_interval(idle, users)
    assert users / report <= derived.REPORTS_PER_SECOND
    # Two reports, each up to a tenth late, and one interval of the culler.
    assert 2 * 1.1 * report + cull <= 0.107 * idle
    # Each report is noticed.
    assert 0 < derived.activity_resolution(idle, users) < 0.9 * report


@pytest.mark.parametrize(("minutes", "seconds"), [(5, 180), (2, 72)])
def test_auth_refresh(minutes, seconds):
    assert derived.auth_refresh(minutes) == seconds
    # A check is due, the sweep begins, the IAM answers late, the server takes its time to stop.
    assert seconds + seconds / 6 + 10 + 20 <= 60 * minutes


@pytest.mark.parametrize(("minutes", "seconds"), [(15, 1200), (2, 420)])
def test_start_timeout(minutes, seconds):
    assert derived.start_timeout(minutes) == seconds


@pytest.mark.parametrize(("users", "starts"), [(1, 10), (50, 10), (100, 20), (500, 100), (3000, 100)])
def test_concurrent_starts(users, starts):
    assert derived.concurrent_starts(users) == starts
