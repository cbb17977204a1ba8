"""A server is stopped after its idle timeout, whether or not a tab is open, and never while it works."""

import re
import time

import deployment
import pytest

IDLE_TIMEOUT, TOLERANCE, LONGER = 120, 15, 30  # seconds


@pytest.mark.parametrize("name", ["ida", "iris"])
def test_an_idle_server_is_stopped_in_time_with_and_without_an_open_tab(idlers, record_property, name):
    """By the wall clock, without the time that the stop itself takes, and by what the culler logs."""
    elapsed, stop = idlers.seconds_until_stopped(name), deployment.site.seconds_to_stop(name)
    pattern = rf"stop user={name} profile=brief reason=idle \((\d+) s\)"
    logged = int(re.findall(pattern, deployment.site.culler_log())[-1])
    record_property("idle", round(elapsed - stop, 1))
    record_property("stop", round(stop, 1))
    print(f"\n{name}: idle for {elapsed - stop:.1f} s ({logged} s in the culler's log), then stopped in {stop:.1f} s")
    assert IDLE_TIMEOUT <= elapsed - stop < IDLE_TIMEOUT + TOLERANCE
    assert IDLE_TIMEOUT <= logged < IDLE_TIMEOUT + TOLERANCE


def test_a_server_with_a_running_cell_is_not_stopped(idlers):
    def long_enough():
        stopped = "ivan" in idlers.stopped
        assert not stopped, f"stopped after {idlers.seconds_until_stopped('ivan'):.0f} s, in the middle of a cell"
        return time.monotonic() - idlers.last_activity["ivan"] > IDLE_TIMEOUT + LONGER

    deployment.until("two minutes and a half have passed", long_enough, IDLE_TIMEOUT + LONGER + TOLERANCE)
    assert idlers.visitors["ivan"].server("GET", "api/kernels").json()[0]["execution_state"] == "busy"
