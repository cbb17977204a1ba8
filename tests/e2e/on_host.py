"""Platform `host` as the tests need it: everything runs on the hub's machine."""

import contextlib
import subprocess

import deployment

FIRST_STEP, LAST_STEP = "Preparing your home", "Waiting for JupyterLab to answer"
VERIFIED = "28 checks are ok, 1 were skipped"
# What an operator restarts, and whether an open page notices nothing
RESTARTS = {
    "restart jupyterhub": True,
    "reload apache2": True,
    "restart apache2": False,
    "restart jupyterhub-proxy": False,
}
SLOW = {"restart jupyterhub-proxy"}


def is_up():
    return deployment.on_hub("systemctl is-active jupyterhub apache2", check=False).split() == ["active", "active"]


def account(name):
    """Whose programs those of NAME are."""
    return name


def has_account(name):
    return name in deployment.on_hub("cut -d: -f1 /etc/passwd").split()


def forget_home(name):
    """As on the first day."""
    deployment.on_hub(f"cd /home && rm -rf {name}/* {name}/.jupyter {name}/.local")


def server(name):
    """Which server of NAME runs: another text after a restart, empty when there is none."""
    pid = deployment.on_hub(f"systemctl show -P MainPID jupyter-{name}")
    return "" if pid == "0" else pid


def restart(what):
    deployment.on_hub(f"systemctl {what}")


@contextlib.contextmanager
def starts_are_held():
    """Nobody's home can be prepared meanwhile, as when somebody else's takes long."""
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
        holder.stdout.readline()  # it has the lock
        yield
        holder.stdin.close()


def connect(container):
    """Podman itself has plugged in CONTAINER, which was started again."""


def model():
    """What the hub was given."""
    return deployment.on_hub("cat /etc/openstack-hub/hub.json")


def culler_log():
    return deployment.on_hub("journalctl -u jupyterhub-culler -o cat")
