"""python testbed/kubernetes start|stop|status|build|attach|detach: a small real Kubernetes, its nodes in containers."""

import argparse
import functools
import json
import os
import platform
import shutil
import signal
import sys

from kubernetes_testbed import build, cloud_controller, images, nodes, places
from kubernetes_testbed.cluster import Cluster
from kubernetes_testbed.network import RUN, Network
from kubernetes_testbed.podman import Failed

GPU = {
    "labels": {"nvidia.com/gpu.present": "true"},
    "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
    "resources": {"nvidia.com/gpu": "1"},
}
NEXT = """Kubernetes {version} runs here as cluster {name}, nodes: {nodes}. In this shell:
    export KUBECONFIG={kubeconfig} PATH={bin}:$PATH
    kubectl get nodes
Tests use this cluster with TEST_KUBECONFIG={kubeconfig}
{stop} removes it with everything in it."""


def arguments():
    parser = argparse.ArgumentParser(prog="python testbed/kubernetes", description=__doc__)
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument(
        "--name", default="testbed", help="name of the cluster (testbed); any number of clusters run side by side"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", parents=[named], help="start a cluster, or resume it after a reboot")
    start.add_argument("--nodes", type=int, default=1, metavar="K", help="number of nodes (1)")
    start.add_argument("--gpu", action="store_true", help="one more node, with the resource nvidia.com/gpu")
    commands.add_parser("stop", parents=[named], help="remove the cluster with everything in it")
    commands.add_parser("status", help="list the clusters, and whether their nodes are Ready")
    made = commands.add_parser("build", help="build missing binaries and images")
    made.add_argument("--json", action="store_true", help="print the path of the binaries and the names of the images")
    for command, text in (
        ("attach", "give running containers an address in a network of clusters"),
        ("detach", "take that address away"),
    ):
        members = commands.add_parser(command, help=text)
        members.add_argument("network")
        members.add_argument("containers", nargs="+", metavar="container", help="name of a podman container")
    return parser.parse_args()


def unmet_requirement():
    """The requirement that this machine does not meet, as a message; None if it meets all."""
    if platform.system() != "Linux":
        return f"This needs Linux: nodes are containers that share its kernel, and this is {platform.system()}."
    if os.geteuid() != 0:
        return "This needs root, as nodes are privileged containers with their own network: run it with sudo."
    missing = [program for program in ("podman", "runc", "nsenter", "ip") if not shutil.which(program)]
    return f"Missing: {', '.join(missing)}. Install them as root: make packages" if missing else None


def start(given):
    cluster = Cluster(given.name, Network(given.name))
    with places.locked(RUN / f"start-{given.name}"):
        built = build.ensure()
        print(f"Starting cluster {given.name} (a few seconds)", flush=True)
        cluster.create(*cluster.own_ca())
        processors, memory = nodes.machine_size()
        wanted = {f"worker-{number}": {"labels": {}, "taints": []} for number in range(1, given.nodes + 1)}
        wanted |= {"gpu-1": GPU} if given.gpu else {}
        for name in [name for name in wanted if name not in cluster.names()]:
            cluster.add_node(name, cpus=processors, memory_mb=memory, **wanted[name])
        kubeconfig = cluster.folder / "kubeconfig"
        cluster.write_kubeconfig(kubeconfig)
        cloud_controller.start(cluster)
    stop = "make testbed-kubernetes-stop" if given.name == "testbed" else f"{sys.argv[0]} stop --name {given.name}"
    version = cluster.api("GET", "/version")["gitVersion"]
    found = ", ".join(cluster.names())
    print(NEXT.format(version=version, name=given.name, nodes=found, kubeconfig=kubeconfig, bin=built.bin, stop=stop))


def stop(given):
    cluster = Cluster(given.name, Network(given.name))
    if cluster.folder.exists() and not cluster.network.folder.exists():
        raise Failed(f"cluster {given.name} was created by Magnum, in its network: delete it there")
    with places.locked(RUN / f"start-{given.name}"):
        cloud_controller.stop(cluster)
        cluster.destroy()
        cluster.network.remove()


def status(_):
    folders = sorted((places.state() / "clusters").glob("*"))
    if not folders:
        sys.exit("There is no cluster: make testbed-kubernetes")
    for folder in folders:
        cluster = Cluster(folder.name, Network(folder.name))
        if not cluster.network.folder.exists():
            print(f"{folder.name}: in a cloud's network")
        elif not cluster.ready():
            print(f"{folder.name}: does not answer; python testbed/kubernetes start --name {folder.name}")
        else:
            says = [f"{n['metadata']['name']} {'Ready' if nodes.is_ready(n) else 'not Ready'}" for n in cluster.nodes()]
            print(
                f"{folder.name}: {cluster.address}, {', '.join(says) or 'no nodes'}; kubeconfig {folder / 'kubeconfig'}"
            )


def make(given):
    built = build.ensure(say=functools.partial(print, file=sys.stderr if given.json else sys.stdout, flush=True))
    if given.json:
        print(json.dumps({"bin": str(built.bin), "images": images.NAMES}))


def attach(given):
    network = Network(given.network)
    for container in given.containers:
        print(network.attach(container, container), container)


def detach(given):
    network = Network(given.network)
    for container in given.containers if network.folder.exists() else ():
        network.release(container)


def main(given):
    if reason := unmet_requirement():
        sys.exit(reason)
    commands = {"start": start, "stop": stop, "status": status, "build": make, "attach": attach, "detach": detach}
    commands[given.command](given)


if __name__ == "__main__":
    # End by an exception, so that cleanup runs.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main(arguments())
    except (Failed, OSError) as error:
        sys.exit(str(error))
