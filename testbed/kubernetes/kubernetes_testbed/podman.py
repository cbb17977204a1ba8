"""Containers by podman, and programs run in their network."""

import contextlib
import os
import subprocess
from pathlib import Path

TESTBED = Path(__file__).parents[2]
PREFIX = "openstack-hub-kubernetes-"
CGROUPS = Path("/sys/fs/cgroup")


class Failed(Exception):
    """An error with a message for the user."""


def run(*command, text=None):
    """The output of a command, stripped; TEXT is its input. Raises Failed with the end of its output."""
    environment = {"CONTAINERS_CONF": str(TESTBED / "containers.conf")} | os.environ
    words = [str(word) for word in command]
    done = subprocess.run(words, input=text, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(words[:6])}: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout.strip()


def pid(container):
    """Process id of a container's first process, or None if it does not run."""
    try:
        return int(run("podman", "inspect", "--type", "container", "-f", "{{.State.Pid}}", container)) or None
    except Failed:
        return None


def start(container, *command, image, hostname, mounts, labels):
    """
    Create a container, replacing an existing one, and start it without a network; returns its process id.

    Privileged, with its own cgroup namespace: a container engine runs inside. MOUNTS are (source, target) or
    (source, target, "ro"), LABELS a dict.
    """
    remove(container)
    options = [f"--label={key}={value}" for key, value in labels.items()]
    options += [f"--volume={':'.join(str(part) for part in mount)}" for mount in mounts]
    options += ["--privileged", "--cgroupns=private", "--network=none", "--systemd=false", "--tmpfs=/run"]
    entry = '["/usr/bin/tini", "-g", "--"]'
    run(
        "podman",
        "run",
        "-d",
        "--name",
        container,
        "--hostname",
        hostname,
        *options,
        "--entrypoint",
        entry,
        image,
        *command,
    )
    if found := pid(container):
        return found
    raise Failed(f"container {container} ended at once: {last_log_lines(container)}")


def last_log_lines(container):
    """The last lines of a container's log."""
    command = ["podman", "logs", "--tail=5", container]
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    ).stdout.strip()


def remove(*containers):
    """Remove containers, running or not, if they exist, and the cgroups that podman leaves."""
    for container in containers:
        with contextlib.suppress(Failed):
            identity = run("podman", "inspect", "--type", "container", "-f", "{{.Id}}", container)
            run("podman", "rm", "-f", "-t", "0", "-v", container)
            _sweep_cgroups(identity)


def labelled(label):
    """All containers with a label `key=value`: {name: process id, 0 for one that does not run}."""
    lines = run("podman", "ps", "-a", "--filter", f"label={label}", "--format", "{{.Names}} {{.Pid}}").splitlines()
    return {name: int(process) for name, process in (line.split() for line in lines)}


def _sweep_cgroups(identity):
    for parent, names, _ in os.walk(CGROUPS):  # Path.glob() fails when another container's cgroup goes meanwhile
        if Path(parent).name != "libpod_parent":
            continue
        for name in names:
            if identity in name:
                for folder, _, _ in os.walk(Path(parent, name), topdown=False):
                    with contextlib.suppress(OSError):
                        Path(folder).rmdir()
        with contextlib.suppress(OSError):  # it may also contain containers of others
            Path(parent).rmdir()
