"""The tests of tests/cluster and these use one testbed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "cluster"))

from fixtures import fresh, make_site, site, testbed  # noqa: F401
