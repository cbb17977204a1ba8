"""A site's own requirements files are checked before anything is installed from them."""

import json
import os
import subprocess
from pathlib import Path

SECRETS = ("client_secret", "cookie_secret", "crypt_key", "proxy_token", "culler_token")


PACKAGES = ("jupyterhub==6.1.1", "JupyterLab==4.6.6", "jupyter_server==2.21.1", "ipykernel==7.4.0")
NEEDED = "".join(f"{package} --hash=sha256:aa\n" for package in PACKAGES)


def test_requirements_of_the_site_are_checked(tmp_path):
    output = refusal(tmp_path, f"{NEEDED}numpy==2.4.6\ntornado==6.5.4 --hash=sha256:aa\n")
    assert f"{tmp_path}/user.txt has no hash for numpy, so that anybody" in output
    assert f"{tmp_path}/user.txt pins tornado 6.5.4, which advisory CVE-2026-35536 affects" in output
    assert "hub-requirements.txt has" not in output and "hub-requirements.txt pins" not in output


def test_requirements_without_jupyterlab_are_refused(tmp_path):
    output = refusal(tmp_path, NEEDED.replace("JupyterLab", "jupyterlab-server"))
    assert (
        f"hub_systemd_user_requirements: {tmp_path}/user.txt lacks jupyterlab, without which no server starts" in output
    )


def refusal(tmp_path, requirements):
    """What the role says about the REQUIREMENTS of user servers."""
    for link in filter(Path.is_symlink, Path("playbooks").iterdir()):
        (tmp_path / link.name).symlink_to(link.resolve())
    file = tmp_path / "user.txt"
    file.write_text(requirements)
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
    return output
