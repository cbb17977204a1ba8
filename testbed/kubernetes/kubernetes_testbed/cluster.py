"""A cluster: the container of its control plane, its nodes, and its data on disk."""

import re
import shutil
from pathlib import Path

from kubernetes_testbed import build, certificates, load_balancer, nodes, places, podman, simulated
from kubernetes_testbed.api import Api, Refused, wait_for
from kubernetes_testbed.authority import Authority
from kubernetes_testbed.drain import drain
from kubernetes_testbed.podman import Failed
from kubernetes_testbed.simulated import LEASES

NODE = places.HERE / "node"
LABEL = "openstack-hub.kubernetes.cluster"
STORAGE_CLASS = {
    "metadata": {"name": "directory", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": "openstack-hub-testbed/directory",
}


class Cluster:
    """
    A cluster in a network; its data lies in a folder of its name, and survives its containers.

    Each method can be called again, also by another process, after a kill or a reboot at any time: it resumes. Raises
    Failed with a message, or OSError when the API does not answer.
    """

    def __init__(self, name, network):
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", name):
            raise Failed(f"cluster name {name}: use lower-case letters, digits and -, at most 40 characters")
        self.name = name
        self.network = network
        self.folder = places.state() / "clusters" / name
        self.authority = Authority(self.folder / "pki")
        self._client = None

    # --- The control plane -------------------------------------------------------------------------------------------
    def own_ca(self):
        """The cluster's own certificate authority, created if it has none: (certificate, key) as PEM bytes."""
        return self.authority.pair() or certificates.authority(self.name)

    def create(self, ca_certificate_pem, ca_key_pem):
        """
        Start the control plane and the cluster's nodes; returns when the API answers and the nodes are Ready.

        A different certificate authority restarts everything: credentials of the former one are void.
        """
        pair = tuple(part.encode() if isinstance(part, str) else part for part in (ca_certificate_pem, ca_key_pem))
        self.network.ensure()
        self.network.allocate(self.owner("control"))
        if self.authority.pair() != pair:
            podman.remove(*self._containers())  # first, so that a kill leaves none with the former authority
            self.authority.adopt(pair)
        if not self.ready():
            self._start_control()
        self._reconcile_nodes()

    def start(self):
        """The same with its existing authority: restarts a cluster whose containers have ended or were removed."""
        if not self.authority.pair():
            raise Failed(f"there is no cluster {self.name} in {self.folder.parent}")
        self.create(*self.authority.pair())

    @property
    def address(self):
        """Of the API server: https://ADDRESS:6443."""
        owners = self.network.owners()
        if self.owner("control") not in owners:
            raise Failed(f"there is no cluster {self.name} in network {self.network.name}")
        return owners[self.owner("control")]

    def ready(self):
        """Whether the API answers."""
        return (self.authority.folder / "admin.crt").exists() and self.client.ready()

    @property
    def client(self):
        """Calls of the API, see api.Api."""
        if self._client is None:
            self._client = Api(self.address, self.authority.folder)
        return self._client

    def api(self, method, path, body=None, kind="application/json"):
        """One call: the answer as data, None for 404, else Refused."""
        return self.client(method, path, body, kind)

    def write_kubeconfig(self, path):
        """Write a kubeconfig of an administrator, readable by its owner only."""
        text = certificates.embedded(f"https://{self.address}:6443", self.authority.pair(), self.name)
        new = Path(f"{path}.new")
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(text)
        new.replace(path)

    # --- Nodes ---------------------------------------------------------------------------------------------------
    def names(self):
        """Names of the nodes that the cluster should have, whether or not the API lists them."""
        return sorted(node["name"] for node in self._specifications())

    def nodes(self):
        """The nodes as the API gives them."""
        return self.api("GET", "/api/v1/nodes")["items"]

    def add_node(self, name, *, labels, taints, cpus, memory_mb, resources=None, real=True):
        """
        Add a node with CPUS processors and MEMORY_MB MiB for pods; this machine must have as many.

        Returns when it is Ready. A node that is not REAL can have any size, is Ready while `send_heartbeats` is
        called, and runs no pods. LABELS is a dict, TAINTS as in a node's spec, RESOURCES as {"nvidia.com/gpu": "1"}.
        """
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,48}[a-z0-9])?", name):
            raise Failed(f"node name {name}: use lower-case letters, digits, - and ., at most 50 characters")
        size = {"cpus": cpus, "memory_mb": memory_mb, "resources": resources or {}}
        node = nodes.specification(name, labels=labels, taints=taints, real=real, **size)
        nodes.write(self._node_folder(name), node)
        self._reconcile_nodes(only=name)

    def remove_node(self, name):
        """Cordon and drain a node, then remove it, if it exists."""
        node = nodes.read(self._node_folder(name)) or {"real": True}
        drain(self.client, name, patience=20 if node["real"] and self._pid(name) else 0)
        podman.remove(self._container(name))
        self.api("DELETE", f"/api/v1/nodes/{name}")
        self.api("DELETE", f"{LEASES}/{name}")
        self.network.release(self.owner(name))
        shutil.rmtree(self._node_folder(name), ignore_errors=True)

    # --- What a cloud does all the time ----------------------------------------------------------------------------
    def send_heartbeats(self):
        """Send the heartbeats of the simulated nodes: call it every few seconds."""
        simulated.send_heartbeats(self.client)

    def update_load_balancers(self):
        """Update the simulated load balancers; call it every few seconds."""
        load_balancer.update(self)

    def real_nodes(self):
        """{name: process id of its container} of the running nodes."""
        containers = self._containers()
        return {name: process for name in self.names() if (process := containers.get(self._container(name)))}

    def destroy(self):
        """Remove the cluster, if it exists, with all data, volumes included."""
        podman.remove(*self._containers())
        for owner in self.network.owners():
            if owner.startswith(self.owner("")):
                self.network.release(owner)
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self._client = None

    # --- Containers ----------------------------------------------------------------------------------------------
    def owner(self, name):
        """The owner under which the network keeps the address of a node, the control plane or a Service."""
        return f"{self.name}/{name}"

    def run_container(self, role, name, address, folder):
        """Create and start the container of a node, replacing an existing one, and connect it to the network."""
        built = build.ensure()
        for needed in (folder, self.folder / "storage"):
            needed.mkdir(parents=True, exist_ok=True)
        mounts = [
            (self.authority.folder, "/etc/cluster/pki", "ro"),
            (self.folder / "storage", "/var/lib/storage"),
            (folder, "/var/lib/node"),
            (NODE, "/opt/node", "ro"),
            (built.bin, "/opt/kubernetes", "ro"),
            (built.store, "/opt/store", "ro"),
        ]
        command = ["/opt/node/node.sh", role, name, address]
        labels = {LABEL: self.name}
        container = self._container(name)
        process = podman.start(container, *command, image=built.node_image, hostname=name, mounts=mounts, labels=labels)
        self.network.plug(process, address)

    def _start_control(self):
        self._client = None
        self.authority.issue_control(self.address)
        self.run_container("control", "control", self.address, self.folder / "control")
        wait_for(lambda: self.ready() or not self._pid("control"), "the API server has not answered")
        if not self._pid("control"):
            raise Failed(f"the control plane ended: {podman.last_log_lines(self._container('control'))}")
        try:
            self.api("POST", "/apis/storage.k8s.io/v1/storageclasses", STORAGE_CLASS)
        except Refused as refused:
            if refused.reason != "AlreadyExists":
                raise

    def _reconcile_nodes(self, only=None):
        """Reconcile all nodes, or one, with their specification."""
        wanted = [node for node in self._specifications() if only in (None, node["name"])]
        real = [node for node in wanted if node["real"]]
        for node in real:
            if not self._runs(node["name"]):
                podman.remove(self._container(node["name"]))
                nodes.mark_unknown(self.client, node["name"])
                nodes.start(self, node)
        for node in wanted:
            if not node["real"]:
                simulated.create(self.client, node)
        for node in real:
            nodes.wait_until_ready(self.client, node)
        # Before it exists, pods are refused.
        wait_for(lambda: self.api("GET", "/api/v1/namespaces/default/serviceaccounts/default"), "no service account")

    def _specifications(self):
        return [node for folder in sorted((self.folder / "nodes").glob("*")) if (node := nodes.read(folder))]

    def _node_folder(self, name):
        return self.folder / "nodes" / name

    def _containers(self):
        return podman.labelled(f"{LABEL}={self.name}")

    def _container(self, name):
        return f"{podman.PREFIX}{self.name}.{name}"

    def _runs(self, name):
        process = self._pid(name)
        return process is not None and self.network.plugged(process)

    def _pid(self, name):
        return podman.pid(self._container(name))
