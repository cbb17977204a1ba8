"""Configuration of every user's server: hubkit.server says what it is."""

import os
import sys

sys.path.insert(0, os.environ["HUBKIT_ZIP"])

from hubkit.server import configure

configure(get_config())  # noqa: F821
