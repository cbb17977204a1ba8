"""A site's own requirements files are checked before anything is installed from them."""

import json
import os
import subprocess
from pathlib import Path

SECRETS = ("client_secret", "cookie_secret", "crypt_key", "proxy_token", "culler_token")


def test_requirements_of_the_site_are_checked(tmp_path):
    for link in filter(Path.is_symlink, Path("playbooks").iterdir()):
        (tmp_path / link.name).symlink_to(link.resolve())
    file = tmp_path / "user.txt"
    file.write_text("numpy==2.4.6\ntornado==6.5.4 --hash=sha256:aa\n")
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.include_role": {"name": "hub_systemd", "tasks_from": "validate"}}],
        "vars": {
            "hub_systemd_model": {},
            "hub_systemd_secrets": dict.fromkeys(SECRETS, "x"),
            "hub_systemd_user_requirements": str(file),
        },
    }
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    command = ["ansible-playbook", "-i", "localhost,", "-c", "local", tmp_path / "play.yml"]
    environment = os.environ | {"COLUMNS": "1000"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    output = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2, output
    assert f"{file} has no hash for numpy, so that anybody" in output
    assert f"{file} pins tornado 6.5.4, which advisory CVE-2026-35536 affects" in output
    assert "hub-requirements.txt has" not in output and "hub-requirements.txt pins" not in output
