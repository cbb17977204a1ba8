"""Platform `host` for the tests: everything runs on the hub's machine."""

import contextlib
import json
import re
import subprocess

import deployment

FIRST_STEP, LAST_STEP = "Preparing your home", "Waiting for JupyterLab to answer"
VERIFIED = "28 checks passed, 1 skipped"
# What an operator restarts, and whether an open page shows no error
RESTARTS = {
    "restart jupyterhub": True,
    "reload apache2": True,
    "restart apache2": False,
    "restart jupyterhub-proxy": False,
}
HUB = "restart jupyterhub"
SLOW = {"restart jupyterhub-proxy"}
HUB_PYTHON = ["podman", "exec", "-i", deployment.HUB_CONTAINER, "/opt/openstack-hub/hub/bin/python", "-"]
HUB_STATE, SECRETS = "/var/lib/openstack-hub", "/etc/openstack-hub/secrets.json"
# Units, and what makes them log all that they can
DEBUG = {"jupyterhub": "--debug --Spawner.debug=True", "jupyterhub-proxy": "--log-level debug"}


def is_up():
    return deployment.on_hub("systemctl is-active jupyterhub apache2", check=False).split() == ["active", "active"]


def account(name):
    """The account that runs NAME's programs."""
    return name


def has_account(name):
    return name in deployment.on_hub("cut -d: -f1 /etc/passwd").split()


def empty_home(name):
    """Delete what is in the home of NAME."""
    deployment.on_hub(f"cd /home && rm -rf {name}/* {name}/.jupyter {name}/.local")


def server(name):
    """Identifies the running server of NAME: another text after a restart, empty for none."""
    pid = deployment.on_hub(f"systemctl show -P MainPID jupyter-{name}")
    return "" if pid == "0" else pid


def restart(what):
    deployment.on_hub(f"systemctl {what}")


@contextlib.contextmanager
def starts_blocked():
    """Block the preparation of homes, as when another one takes long."""
    command = [
        "podman",
        "exec",
        "-i",
        deployment.HUB_CONTAINER,
        "flock",
        "/run/jupyterhub-home.lock",
        "sh",
        "-c",
        "echo; cat",
    ]
    with subprocess.Popen(command, env=deployment.ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()  # the lock is held
        yield
        holder.stdin.close()


def connect(container):
    """Nothing to do: podman has connected the restarted CONTAINER to its network."""


def model():
    """The hub's model, as text."""
    return deployment.on_hub("cat /etc/openstack-hub/hub.json")


def hub_log():
    return deployment.on_hub("journalctl -u jupyterhub -o cat")


def culler_log():
    return deployment.on_hub("journalctl -u jupyterhub-culler -o cat")


def seconds_to_stop(name):
    """How long the last stop of NAME's server took, by the hub's log."""
    return float(re.findall(rf"User {name} server took ([\d.]+) seconds to stop", hub_log())[-1])


# -- secrets ----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def debugging(control):
    """With this, units log all that they can once they have been restarted, and have CONTROL in their environment.

    Yields variables for that restart by a playbook.
    """
    folder = "/etc/systemd/system/{}.service.d"
    try:
        for unit, arguments in DEBUG.items():
            start = f"sed -n 's/^ExecStart=.*/ExecStart=\\n& {arguments}/p' /etc/systemd/system/{unit}.service"
            lines = f"echo '[Service]'; echo Environment=CONTROL={control}; {start}"
            deployment.on_hub(f"mkdir -p {folder.format(unit)}; ({lines}) >{folder.format(unit)}/e2e-debug.conf")
        deployment.on_hub("systemctl daemon-reload")
        yield {}
    finally:
        for unit in DEBUG:
            deployment.on_hub(f"rm -f {folder.format(unit)}/e2e-debug.conf; rmdir {folder.format(unit)}", check=False)
        deployment.on_hub("systemctl daemon-reload")


def own_secrets():
    """{name: secret} of the service, as they are on the machine."""
    return json.loads(deployment.on_hub(f"cat {SECRETS}"))


def server_secrets(name):
    """{name: secret} in the environment of NAME's server."""
    lines = deployment.on_hub(f"tr '\\0' '\\n' </proc/{server(name)}/environ").splitlines()
    return {key: value for key, _, value in (line.partition("=") for line in lines) if key.endswith("TOKEN")}


def other_secrets():
    """{name: secret} that only this platform has."""
    return {}


def logs():
    """{place: text} of what hub, proxy, culler and user servers log."""
    return {"journal": deployment.on_hub("journalctl --no-pager --output=short")}


def objects():
    """{place: text} of what the platform says about what runs."""
    units = deployment.on_hub("systemctl show --all --no-pager '*'")
    return {"units": units, "unit files": deployment.on_hub("cat /etc/systemd/system/jupyterhub*.service")}
