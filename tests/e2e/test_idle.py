"""A server is stopped after its idle life, whoever looks at it, and never while it works."""

import re
import time

import deployment
import pytest

LIFE, SLACK, LONGER = 120, 15, 30


@pytest.mark.parametrize("name", ["ida", "iris"])
def test_an_idle_server_is_stopped_in_time_with_and_without_an_open_tab(idlers, record_property, name):
    """How long it was idle is the culler's own figure; how long a stop then takes is the machine's affair."""
    life = idlers.life(name)
    idle = int(re.findall(rf"stop user={name} profile=brief reason=idle \((\d+) s\)", deployment.site.culler_log())[-1])
    record_property("seconds", round(life, 1))
    print(f"\n{name}: idle for {idle} s, gone after {life:.1f} s")
    assert LIFE <= idle < LIFE + SLACK
    assert life > LIFE - SLACK


def test_a_server_with_a_running_cell_is_not_stopped(idlers):
    def long_enough():
        assert "ivan" not in idlers.gone, f"stopped after {idlers.life('ivan'):.0f} s, in the middle of a cell"
        return time.monotonic() - idlers.since["ivan"] > LIFE + LONGER

    deployment.until("two minutes and a half have passed", long_enough, LIFE + LONGER + SLACK)
    assert idlers.visitors["ivan"].server("GET", "api/kernels").json()[0]["execution_state"] == "busy"
