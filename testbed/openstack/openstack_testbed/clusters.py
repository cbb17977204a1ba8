"""The real Kubernetes clusters of an instance: which there are, and how all of them end. See testbed/kubernetes."""

import sys

from openstack_testbed import places

LIBRARY = places.HERE.parent / "kubernetes"
if str(LIBRARY) not in sys.path:
    sys.path.append(str(LIBRARY))


def note(folder, name):
    """Write down that the instance in FOLDER has this cluster: before anything of it is made."""
    register = folder / "clusters"
    register.mkdir(exist_ok=True)
    (register / name).touch()


def strike(folder, name):
    """Nothing is left of this cluster."""
    (folder / "clusters" / name).unlink(missing_ok=True)


def names(folder):
    """The clusters that were made and not removed, whatever Magnum knows of them."""
    return sorted(file.name for file in (folder / "clusters").glob("*"))


def make_ready(network):
    """Build what clusters are made of where it is missing, and bring their network up."""
    from kubernetes_testbed import build
    from kubernetes_testbed.network import Network

    build.ensure()
    Network(network).ensure()


def pause(folder):
    """End the containers of all clusters; their data stays, and Magnum starts them again."""
    from kubernetes_testbed import cluster, podman

    for name in names(folder):
        podman.remove(*podman.labelled(f"{cluster.LABEL}={name}"))


def destroy(folder, network):
    """Remove all clusters."""
    from kubernetes_testbed.cluster import Cluster
    from kubernetes_testbed.network import Network

    for name in names(folder):
        Cluster(name, Network(network)).destroy()
        strike(folder, name)


def leave(network):
    """Take the network down, unless somebody else is in it."""
    from kubernetes_testbed.network import Network

    if not Network(network).owners():
        Network(network).remove()
