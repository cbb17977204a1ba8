"""Work on a real cluster that takes seconds: in threads of its own, so that Magnum goes on. No database here."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from openstack_testbed.services.machines import Found
from openstack_testbed.services.node_groups import is_of, plan

LOG = logging.getLogger(__name__)
# Nodes that start at the same time
AT_ONCE = 4
# To remove a cluster
ATTEMPTS = 3


class Job(threading.Thread):
    """Work on one cluster (BED, of kubernetes_testbed; called NAME by Magnum). What came of it stands in `found`."""

    def __init__(self, bed, name, addresses=()):
        super().__init__(name=f"job on {bed.name}", daemon=True)
        self.bed, self.called = bed, name
        self.found = Found(dict(addresses), settled=False)

    def run(self):
        try:
            self.work()
        except Exception as error:
            LOG.exception("cluster %s", self.called)
            self.found.reasons[self.called] = str(error)
        self.found.settled = True

    def give_up(self):
        """End soon, whatever is not done: the cluster is to be removed."""


class Removing(Job):
    """Nothing is left of the cluster; LOCK: nobody else is at it meanwhile."""

    def __init__(self, bed, name, lock):
        super().__init__(bed, name)
        self.lock = lock

    def work(self):
        with self.lock:
            for left in reversed(range(ATTEMPTS)):
                try:
                    self.bed.destroy()
                    break
                except Exception as error:  # on a busy machine a container may end later than it was told to
                    if not left:
                        raise
                    LOG.warning("cluster %s: %s; once more", self.called, error)
                    time.sleep(1)


class Restoring(Job):
    """The cluster runs again, as it was."""

    def work(self):
        self.bed.start()


class Bringing(Job):
    """The cluster has the authority and the nodes (node_groups.Wanted) that it should have, and they are Ready."""

    def __init__(self, bed, name, authority, groups, *, victims=(), addresses=()):
        super().__init__(bed, name, addresses)
        self.authority, self.groups, self.victims = authority, groups, victims
        self._given_up = False

    def give_up(self):
        self._given_up = True

    def work(self):
        self.bed.create(*self.authority)
        surplus, missing = plan(self.groups, self.bed.names(), self.victims)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            pending = [(None, pool.submit(self._remove, name)) for name in surplus]
            pending += [(group.group, pool.submit(self._add, name, real, group)) for name, real, group in missing]
        for group, future in pending:
            if error := future.exception():
                LOG.error("cluster %s: %s", self.called, error)
                self.found.reasons[group or self.called] = str(error)
        self.found.addresses = addresses(self.groups, self.bed.nodes())

    def _add(self, name, real, group):
        if not self._given_up:
            size = {"cpus": group.cpus, "memory_mb": group.memory_mb, "resources": group.resources}
            self.bed.add_node(name, labels=group.labels, taints=group.taints, real=real, **size)

    def _remove(self, name):
        if not self._given_up:
            self.bed.remove_node(name)


def addresses(groups, nodes):
    """{group: addresses of its nodes} of NODES as the API gives them."""
    inside = {
        node["metadata"]["name"]: entry["address"]
        for node in nodes
        for entry in node["status"].get("addresses") or []
        if entry["type"] == "InternalIP"
    }
    return {
        group.group: [address for name, address in sorted(inside.items()) if is_of(group.prefix, name)]
        for group in groups
    }
