"""The real Kubernetes clusters of an instance. See testbed/kubernetes."""

import sys

from openstack_testbed import places

LIBRARY = places.HERE.parent / "kubernetes"
if str(LIBRARY) not in sys.path:
    sys.path.append(str(LIBRARY))


def register(folder, name):
    """Record the cluster of the instance in FOLDER, before any part of it is created."""
    register = folder / "clusters"
    register.mkdir(exist_ok=True)
    (register / name).touch()


def unregister(folder, name):
    """Remove the record of a cluster that was removed."""
    (folder / "clusters" / name).unlink(missing_ok=True)


def names(folder):
    """The clusters that were created and not removed, whether or not Magnum lists them."""
    return sorted(file.name for file in (folder / "clusters").glob("*"))


def prepare(network):
    """Build missing binaries and images, and create the clusters' network."""
    from kubernetes_testbed import build
    from kubernetes_testbed.network import Network

    build.ensure()
    Network(network).ensure()


def stop_containers(folder):
    """Remove the containers of all clusters; their data is kept, and Magnum starts them again."""
    from kubernetes_testbed import cluster, podman

    for name in names(folder):
        podman.remove(*podman.labelled(f"{cluster.LABEL}={name}"))


def destroy(folder, network):
    """Remove all clusters."""
    from kubernetes_testbed.cluster import Cluster
    from kubernetes_testbed.network import Network

    for name in names(folder):
        Cluster(name, Network(network)).destroy()
        unregister(folder, name)


def remove_unused_network(network):
    """Remove the network unless something else uses it."""
    from kubernetes_testbed.network import Network

    if not Network(network).owners():
        Network(network).remove()
