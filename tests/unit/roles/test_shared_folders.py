"""A shared folder is where its path says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("part", ["the folder", "a folder above it"])
def test_a_symlink_is_refused_before_anything_changes(tmp_path, part):
    for link in filter(Path.is_symlink, Path("playbooks").iterdir()):
        (tmp_path / link.name).symlink_to(link.resolve())
    (tmp_path / "link").symlink_to("/etc")
    folder = tmp_path / ("link" if part == "the folder" else "link/new")
    mounts = [{"name": "a", "path": "/a", "folder": str(folder), "read_only": True}]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.include_role": {"name": "hub_systemd", "tasks_from": "shared"}}],
        "vars": {
            "ansible_python_interpreter": sys.executable,
            "hub_systemd_model": {"profiles": [{"mounts": mounts}, {"mounts": mounts}]},
            "hub_systemd_secrets": {},
        },
    }
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    command = ["ansible-playbook", "-i", "localhost,", "-c", "local", tmp_path / "play.yml"]
    done = subprocess.run(command, env=os.environ | {"COLUMNS": "1000"}, capture_output=True, text=True, check=False)
    output = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2, output
    place = "/etc" if part == "the folder" else "/etc/new"
    assert f"hub_mounts: {folder} leads to {place} by a symlink on localhost: name the folder itself" in output
    assert not Path("/etc/new").exists()
