"""Containers by podman, and programs run in their network."""

import contextlib
import os
import subprocess
from pathlib import Path

TESTBED = Path(__file__).parents[2]
PREFIX = "openstack-hub-kubernetes-"


class Failed(Exception):
    """What went wrong, as a sentence for whoever started it."""


def run(*command, text=None):
    """The output of a command, stripped; TEXT is its input. Raises Failed with its own last words."""
    environment = {"CONTAINERS_CONF": str(TESTBED / "containers.conf")} | os.environ
    words = [str(word) for word in command]
    done = subprocess.run(words, input=text, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(words[:6])}: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout.strip()


def pid(container):
    """Process id of a container's first process, or None where it does not run."""
    try:
        return int(run("podman", "inspect", "--type", "container", "-f", "{{.State.Pid}}", container)) or None
    except Failed:
        return None


def start(container, *command, image, hostname, mounts, labels):
    """
    Make a container anew and start it, without any network; return its process id.

    Privileged, with a cgroup namespace of its own: a container engine works inside. MOUNTS are (source, target) or
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
    raise Failed(f"container {container} ended at once: {last_words(container)}")


def last_words(container):
    """The end of what a container's program has said."""
    command = ["podman", "logs", "--tail=5", container]
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    ).stdout.strip()


def remove(*containers):
    """Remove containers, running or not, and the cgroups that podman leaves behind; those not there are no error."""
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
    for parent in Path("/sys/fs/cgroup").glob("**/libpod_parent"):
        for top in parent.glob(f"libpod-*{identity}*"):
            for folder, _, _ in os.walk(top, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()
        with contextlib.suppress(OSError):  # others' containers may be in it
            parent.rmdir()
