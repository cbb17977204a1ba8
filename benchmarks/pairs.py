"""Two measurements in turn, so that a machine that slows down affects both; programs in the demo's hub container."""

import os
import statistics
import subprocess
import time
from pathlib import Path

INVENTORY = os.environ.get("INVENTORY", "inventories/demo")
CONTAINER = "openstack-hub-demo-hub"
STATE = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "openstack-hub/demo"


def seconds(command):
    """Wall time of a command that must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def compare(title, ours, reference, *, rounds=5, unit="s"):
    """Call `ours` and `reference` in turn, each returns a figure in `unit`; print medians and the median of ratios."""
    figures = [(ours(), reference()) for _ in range(rounds)]
    assert all(figure > 0 for pair in figures for figure in pair), f"{title}: nothing was measured: {figures}"
    a, b = (statistics.median(column) for column in zip(*figures, strict=True))
    ratio = statistics.median(x / y for x, y in figures)
    print(f"{title}: {a:.3g} {unit} against {b:.3g} {unit}, ratio {ratio:.2f} (median of {rounds} pairs)")


def inside(program):
    """Output of a Python program that runs in the demo's hub container."""
    command = ["podman", "exec", "-i", CONTAINER, "/opt/openstack-hub/user/bin/python", "-"]
    return subprocess.run(command, input=program, check=True, capture_output=True, text=True).stdout
