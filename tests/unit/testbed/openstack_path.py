"""Importing this module puts the testbed's package on the path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "testbed/openstack"))
