"""Rules for every test, whichever Python runs it: in CI a skip is a failure; output has no colors; Ctrl-C works.

Reasons of skips are printed by every run (`-rfEs` in pyproject.toml).
"""

import os
import re
import signal

import pytest

# Reasons for which a test may be skipped in CI. Nothing else may be missing there.
ALLOWED_SKIPS = (
    r"no chart at ",  # the JupyterHub chart belongs to others and is not in this tree
)

# `make` asks for colors on a terminal; tests compare text.
os.environ["ANSIBLE_FORCE_COLOR"] = "0"

# Shells start background jobs, and nohup some programs, with SIGINT ignored, and children inherit that: kernels and
# commands that tests interrupt would go on. With a handler here, children start with the default.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _fail_if_skipped(report):
    """In CI, turn the report of a skip into that of a failure, unless its reason is allowed."""
    if not (report.skipped and os.environ.get("CI")) or hasattr(report, "wasxfail"):
        return report
    path, line, reason = report.longrepr
    reason = reason.removeprefix("Skipped: ")
    if not any(re.match(allowed, reason) for allowed in ALLOWED_SKIPS):
        report.outcome = "failed"
        report.longrepr = f"{path}:{line}: skipped in CI, which counts as a failure (see conftest.py): {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _fail_if_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _fail_if_skipped((yield))
