"""Importing this module puts the package of the Kubernetes testbed on the path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "testbed/kubernetes"))
