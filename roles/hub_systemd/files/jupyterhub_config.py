"""Configuration of JupyterHub: all of it follows from hub.json and secrets.json, both written by Ansible."""

import json
import sys
from pathlib import Path

sys.path.insert(0, "/opt/openstack-hub/lib/hubkit.zip")

from hubkit.hub import configure, host

c = get_config()  # noqa: F821
etc = Path("/etc/openstack-hub")
model = json.loads((etc / "hub.json").read_text())
configure(c, model, json.loads((etc / "secrets.json").read_text()))
host.configure(c, model)
