"""Modules run outside of the checkout, so what they import has to be installed."""

import subprocess
import sys
from pathlib import Path

PACKAGE = Path("openstack_hub/kubernetes")


def test_every_module_of_the_package_can_be_imported_elsewhere(tmp_path):
    names = [f"openstack_hub.kubernetes.{path.stem}" for path in PACKAGE.glob("*.py")]
    command = [sys.executable, "-c", f"import {', '.join(names)}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
