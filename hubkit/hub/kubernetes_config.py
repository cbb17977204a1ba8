"""Executed by the chart at the end of its own jupyterhub_config.py, with its `c` and `get_config`."""

import json
from pathlib import Path

from hubkit.hub import configure
from hubkit.hub.kubernetes import STATE

model = get_config("custom.hubkit")  # noqa: F821
secrets = json.loads(Path("/etc/openstack-hub/secrets/secrets.json").read_text())
configure(c, model, secrets)  # noqa: F821
Path(STATE, "hub.json").write_text(json.dumps(model))  # for the culler
