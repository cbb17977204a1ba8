"""Work on a real cluster that takes seconds, in threads, so that Magnum is not blocked. Without Magnum's database."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from openstack_testbed.services.backends import BackendState
from openstack_testbed.services.node_groups import belongs_to, node_changes

LOG = logging.getLogger(__name__)
# Nodes that start at the same time
AT_ONCE = 4
# To remove a cluster
ATTEMPTS = 3


class Job(threading.Thread):
    """Work on CLUSTER of kubernetes_testbed, which Magnum calls NAME; `state` is its result."""

    def __init__(self, cluster, name, addresses=()):
        super().__init__(name=f"job on {cluster.name}", daemon=True)
        self.cluster, self.magnum_name = cluster, name
        self.state = BackendState(dict(addresses), settled=False)

    def run(self):
        try:
            self.work()
        except Exception as error:
            LOG.exception("cluster %s", self.magnum_name)
            self.state.reasons[self.magnum_name] = str(error)
        self.state.settled = True

    def cancel(self):
        """End soon, without finishing: the cluster is going to be removed."""


class RemoveCluster(Job):
    """Remove the cluster, holding LOCK."""

    def __init__(self, cluster, name, lock):
        super().__init__(cluster, name)
        self.lock = lock

    def work(self):
        with self.lock:
            for left in reversed(range(ATTEMPTS)):
                try:
                    self.cluster.destroy()
                    break
                except Exception as error:  # on a busy machine a container may end after its timeout
                    if not left:
                        raise
                    LOG.warning("cluster %s: %s; once more", self.magnum_name, error)
                    time.sleep(1)


class RestartCluster(Job):
    """Start the cluster again as it was."""

    def work(self):
        self.cluster.start()


class ReconcileCluster(Job):
    """Give the cluster its authority and nodes (node_groups.DesiredNodes), and wait until they are Ready."""

    def __init__(self, cluster, name, authority, groups, *, victims=(), addresses=()):
        super().__init__(cluster, name, addresses)
        self.authority, self.groups, self.victims = authority, groups, victims
        self._cancelled = False

    def cancel(self):
        self._cancelled = True

    def work(self):
        self.cluster.create(*self.authority)
        surplus, missing = node_changes(self.groups, self.cluster.names(), self.victims)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            pending = [(None, pool.submit(self._remove, name)) for name in surplus]
            pending += [(group.group, pool.submit(self._add, name, real, group)) for name, real, group in missing]
        for group, future in pending:
            if error := future.exception():
                LOG.error("cluster %s: %s", self.magnum_name, error)
                self.state.reasons[group or self.magnum_name] = str(error)
        self.state.addresses = addresses(self.groups, self.cluster.nodes())

    def _add(self, name, real, group):
        if not self._cancelled:
            size = {"cpus": group.cpus, "memory_mb": group.memory_mb, "resources": group.resources}
            self.cluster.add_node(name, labels=group.labels, taints=group.taints, real=real, **size)

    def _remove(self, name):
        if not self._cancelled:
            self.cluster.remove_node(name)


def addresses(groups, nodes):
    """{group: addresses of its nodes} of NODES as the API gives them."""
    inside = {
        node["metadata"]["name"]: entry["address"]
        for node in nodes
        for entry in node["status"].get("addresses") or []
        if entry["type"] == "InternalIP"
    }
    return {
        group.group: [address for name, address in sorted(inside.items()) if belongs_to(group.prefix, name)]
        for group in groups
    }
