"""Configuration of all user servers: hubkit.server sets it."""

import os
import sys

sys.path.insert(0, os.environ["HUBKIT_ZIP"])

from hubkit.server import configure

configure(get_config())  # noqa: F821
