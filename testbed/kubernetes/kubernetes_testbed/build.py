"""Binaries, node image and image store of the Kubernetes testbed: made once, then taken from the cache."""

import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from kubernetes_testbed import places, podman, program, store
from kubernetes_testbed.commands import Commands
from kubernetes_testbed.podman import Failed

RECIPES = places.HERE / "images"
ROLE = places.ROOT / "roles/hub_systemd/files"
REQUIREMENTS = RECIPES / "requirements.txt"
PROXY = ROLE / "package-lock.json"
IMPORT = "ENV PATH=/opt/kubernetes:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PYTHON = "/usr/bin/python3.11"
NEEDED = ("mmdebstrap", "podman", "runc")


@dataclass(frozen=True)
class Built:
    """What a cluster is made of. Nothing of it may be changed: other clusters start from it, too.

    bin: folder with kube (all programs of Kubernetes, and dns, provisioner, netpol), kubectl and helm. It is not
        in the node's image: mount it read-only on /opt/kubernetes, which is on the image's PATH.
    node_image: podman's name:tag of a node's Debian (containerd, etcd, nft ...), without entrypoint; tini is there.
    store: a containerd root (overlayfs) that holds images.NAMES; nodes start from copies (databases `*.db` copied,
        all else hard links).
    """

    bin: Path
    node_image: str
    store: Path


@dataclass(frozen=True)
class Step:
    """A part of what is built, in a folder of the cache that is named by all that it is made of."""

    name: str
    about: str
    folder: Path
    make: Callable
    # Names of the steps that it needs
    after: tuple[str, ...] = ()
    image: str = ""

    def is_there(self):
        """Whether the folder exists, which is then complete, and podman still has the image."""
        return self.folder.exists() and not (self.image and not has_image(self.image))


def steps():
    """All steps by name. What changes one changes the names of those that are made of it."""

    def folder(name, *inputs):
        return places.cache() / f"kubernetes-{name}-{places.key(*inputs)}"

    binaries = folder("program", *program.inputs())
    debian = folder("debian", RECIPES / "debian.sh", RECIPES / "jupyter.packages")
    python = folder("python", RECIPES / "python.sh", REQUIREMENTS, PROXY)
    node = folder("node", RECIPES / "debian.sh", RECIPES / "node.packages", IMPORT)
    image = f"localhost/openstack-hub/kubernetes-node:{node.name[-12:]}"
    code = [places.HERE / f"kubernetes_testbed/{name}.py" for name in ("images", "store")]
    filled = folder("store", *code, *(part.name for part in (binaries, debian, python, node)))

    def make_debian(new, commands):
        commands.run("debian", RECIPES / "debian.sh", RECIPES / "jupyter.packages", new / "layer.tar")

    def make_python(new, commands):
        path = f"{places.uv().parent}:{os.environ['PATH']}"
        commands.run("python", RECIPES / "python.sh", REQUIREMENTS, PROXY, new / "layer.tar", env={"PATH": path})

    def make_node(new, commands):
        commands.run("node", RECIPES / "debian.sh", RECIPES / "node.packages", new / "node.tar")
        podman.run("podman", "import", "--quiet", "--change", IMPORT, new / "node.tar", image)
        (new / "node.tar").unlink()

    def make_store(new, commands):
        store.make(new, image, {"debian": debian / "layer.tar", "python": python / "layer.tar"}, binaries)

    return {
        step.name: step
        for step in (
            Step(
                "program", "Kubernetes, Helm and DNS from source: five minutes, later seconds", binaries, program.make
            ),
            Step("debian", "Debian of the hub's and the users' images: half a minute", debian, make_debian),
            Step("python", "JupyterHub and JupyterLab for it: half a minute", python, make_python),
            Step("node", "the nodes' Debian: half a minute", node, make_node, image=image),
            Step(
                "store", "the image store: half a minute", filled, make_store, ("program", "debian", "python", "node")
            ),
        )
    }


def ensure(say=print):
    """Build what is missing and return all of it; calls SAY with a line for each step. Needs root. Raises Failed.

    Several callers at once build once. After a kill the next call keeps complete steps and repeats the others.
    """
    parts = steps()
    with places.locked(places.cache() / "kubernetes.lock"):
        missing = [step for step in parts.values() if not step.is_there()]
        if missing:
            require()
            say("Building the testbed's Kubernetes, once: five to eight minutes where nothing is cached")
            make(missing, say)
    return Built(parts["program"].folder, parts["node"].image, parts["store"].folder / "containerd")


def make(missing, say):
    """Make steps in parallel, each as soon as those that it needs are complete; the first failure ends all."""
    commands = Commands(places.cache() / "kubernetes-log")
    begun = {}
    one = threading.Lock()

    def tell(line):
        with one:  # print writes a line and its end apart
            say(line)

    with ThreadPoolExecutor(len(missing)) as pool:
        # A step comes after those that it needs: none waits for one that has no thread.
        for step in missing:
            needed = [begun[name] for name in step.after if name in begun]
            begun[step.name] = pool.submit(_make, step, needed, commands, tell)
        try:
            for done in as_completed(begun.values()):
                done.result()
        except BaseException:
            commands.end()
            raise


def _make(step, needed, commands, say):
    for other in needed:
        other.result()
    say(f"  {step.name}: {step.about}")
    begin = time.monotonic()
    shutil.rmtree(step.folder, ignore_errors=True)
    with places.new_folder(step.folder) as new:
        step.make(new, commands)
    say(f"  {step.name}: done in {time.monotonic() - begin:.0f} s")


def has_image(name):
    """Whether podman has an image."""
    try:
        podman.run("podman", "image", "exists", name)
    except Failed:
        return False
    return True


def require():
    """Check the prerequisites before minutes are spent. Raises Failed."""
    if os.geteuid():
        raise Failed(
            "Building the testbed's Kubernetes needs root, as its nodes are privileged containers: run this as root"
        )
    if missing := [name for name in NEEDED if not shutil.which(name)]:
        raise Failed(f"{', '.join(missing)}: missing; run `make packages` to install the testbed's packages")
    if not Path(PYTHON).exists():
        raise Failed(f"{PYTHON} is missing: the images are built from Debian 12, on Debian 12")
