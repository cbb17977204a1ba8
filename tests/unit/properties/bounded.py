"""How much properties are tried: the same examples in each `make unit`, PROPERTIES=20 others, 20 times as many."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("PROPERTIES", "1"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "openstack-hub"
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(CACHE / "hypothesis"))


def tries(examples):
    """Settings of a test with so many examples. A failure prints the line that repeats it."""
    return settings(
        max_examples=examples * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
