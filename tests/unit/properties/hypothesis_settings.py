"""Settings of Hypothesis: the same examples in each `make unit`; with PROPERTIES=20 random ones, 20 times as many."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("PROPERTIES", "1"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "openstack-hub"
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(CACHE / "hypothesis"))


def examples(count):
    """Settings of a test with COUNT examples. A failure prints the line that reproduces it."""
    return settings(
        max_examples=count * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
