"""Nodes that are containers: their folders, how they start and become Ready."""

import json
import os
import re
import shutil
from pathlib import Path

from kubernetes_testbed import build, configuration, places
from kubernetes_testbed.api import MERGE, STRATEGIC, is_ready, wait_for
from kubernetes_testbed.network import pods_of

SPECIFICATION = "node.json"


def machine_size():
    """(processors, memory in MiB) of this machine, which all nodes share."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return os.cpu_count(), int(memory[1]) // 1024


def specification(name, *, labels, taints, cpus, memory_mb, resources, real):
    """The specification of a node, as data; it is saved in the node's folder and is all that a later start needs."""
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    own = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": architecture}
    return {
        "name": name,
        "labels": {**own, **labels},
        "taints": taints,
        "cpus": cpus,
        "memory_mb": memory_mb,
        "resources": resources,
        "real": real,
    }


def read(folder):
    """The specification in a node's folder; None if a killed run has not written it."""
    try:
        return json.loads((folder / SPECIFICATION).read_text())
    except FileNotFoundError:
        return None


def write(folder, node):
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{SPECIFICATION}.new"
    new.write_text(json.dumps(node, indent=1) + "\n")
    new.replace(folder / SPECIFICATION)


def copy_images(folder, store):
    """
    Give a node the images of a store, unless it has them: databases are copied, archives are hard links.

    Of the layers, many thousand files, only the folders are created: worker.sh mounts the store's layers on them.
    """
    origin = folder / "store"
    if origin.exists() and origin.read_text() == str(store):
        return
    shutil.rmtree(folder / "containerd", ignore_errors=True)
    with places.new_folder(folder / "containerd") as new:
        shutil.copytree(store, new, ignore=_layers, copy_function=_share, dirs_exist_ok=True)
    origin.write_text(str(store))


def _layers(folder, names):
    return names if Path(folder).parent.name == "snapshots" else []


def _share(source, target):
    (shutil.copy2 if source.endswith(".db") else os.link)(source, target)


def start(cluster, node):
    """Create and start a node's container; the node registers itself a few seconds later."""
    name, folder = node["name"], cluster.folder / "nodes" / node["name"]
    copy_images(folder, build.ensure().store)
    address = cluster.network.allocate(cluster.owner(name))
    cluster.authority.issue(name, f"system:node:{name}", "system:nodes", [name, address])
    for file, text in configuration.files(node, address, cluster.address, pods_of(address), machine_size()).items():
        (folder / file).write_text(text)
    cluster.run_container("worker", name, address, folder)


def wait_until_ready(api, node):
    """Wait until a starting node has registered, set its labels and resources, and wait until it is Ready."""
    path = f"/api/v1/nodes/{node['name']}"
    wait_for(lambda: api("GET", path), f"node {node['name']} has not registered")
    api("PATCH", path, {"metadata": {"labels": node["labels"]}}, MERGE)
    if node["resources"]:
        status = {"capacity": node["resources"], "allocatable": node["resources"]}
        api("PATCH", f"{path}/status", {"status": status}, MERGE)
    wait_for(lambda: is_ready(api("GET", path)), f"node {node['name']} has not become Ready")


def mark_unknown(api, name):
    """Set a restarting node's condition to Unknown: its former condition is no longer valid."""
    condition = {"type": "Ready", "status": "Unknown", "reason": "Restarted", "message": "its container restarts"}
    api("PATCH", f"/api/v1/nodes/{name}/status", {"status": {"conditions": [condition]}}, STRATEGIC)
