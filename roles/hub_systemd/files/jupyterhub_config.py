"""Configuration of JupyterHub: everything is derived from hub.json and secrets.json, which Ansible writes."""

import json
import sys
from pathlib import Path

sys.path.insert(0, "/opt/openstack-hub/lib/hubkit.zip")

from hubkit.hub import configure

folder = Path("/etc/openstack-hub")
model = json.loads((folder / "hub.json").read_text())
configure(get_config(), model, json.loads((folder / "secrets.json").read_text()))  # noqa: F821
