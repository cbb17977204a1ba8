"""A Magnum driver whose clusters are real: their nodes are containers in one network, see testbed/kubernetes.

Labels and faults of magnum_driver.py mean what they mean there. Of a cluster or node group, too: `bed_real`, how many
nodes of a group are real (1; further ones are simulated), and `bed_scale_down`, seconds after which an empty node goes
(10), where the cluster has `auto_scaling_enabled=true`. Of a cluster: `bed_driver`, whose labels its nodes carry
(node_groups.py).
"""

import json
import os
import threading
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from kubernetes_testbed.cluster import Cluster
from kubernetes_testbed.network import Network
from magnum.common import context as contexts
from magnum.common.x509 import operations
from magnum.conductor.handlers.common import cert_manager

from openstack_testbed import clusters
from openstack_testbed.processes import MARK
from openstack_testbed.services import magnum_driver, node_groups
from openstack_testbed.services.flavors import flavor
from openstack_testbed.services.jobs import Bringing, Removing, Restoring
from openstack_testbed.services.machines import Found

FOLDER = Path(os.environ[MARK])


class Containers:
    """Clusters in the instance's network; one job at a time brings a cluster to what is wanted of it."""

    def __init__(self):
        self.network = Network(json.loads((FOLDER / "instance.json").read_text())["kubernetes"])
        self.locks = defaultdict(threading.Lock)  # held by who keeps a cluster, and while it is removed
        self._jobs, self._wanted, self._victims = {}, {}, {}

    def handle(self, cluster):
        return Cluster(f"{node_groups.sanitized(cluster.name)[:20]}-{cluster.uuid[:8]}", self.network)

    def api(self, cluster):
        return self.handle(cluster).address

    def bring(self, cluster, counts):
        there = Found({group.name: group.node_addresses or [] for group, _ in counts}, settled=False)
        try:
            groups = [node_groups.wanted(cluster, group, count, flavor(group.flavor_id)) for group, count in counts]
        except ValueError as error:
            return replace(there, settled=True, reasons={cluster.name: str(error)})
        authority = certificates(cluster)
        wanted = authority[0], groups
        if self._wanted.get(cluster.uuid) == wanted:
            return self._jobs[cluster.uuid].found
        if not self.is_busy(cluster):
            self._wanted[cluster.uuid] = wanted
            victims = self._victims.pop(cluster.uuid, ())
            bed = self.handle(cluster)
            clusters.note(FOLDER, bed.name)
            job = Bringing(bed, cluster.name, authority, groups, victims=victims, addresses=there.addresses)
            self._start(cluster, job)
        return there

    def restore(self, cluster):
        """Start a cluster whose API does not answer, unless something is being done for it; it comes in a while."""
        bed = self.handle(cluster)
        if bed.name in clusters.names(FOLDER) and not self.is_busy(cluster):
            self._wanted.pop(cluster.uuid, None)
            self._start(cluster, Restoring(bed, cluster.name))

    def remove(self, cluster):
        job = self._jobs.get(cluster.uuid)
        if isinstance(job, Removing):
            if job.found.settled:
                self.forget(cluster)
                if not job.found.reasons:
                    clusters.strike(FOLDER, job.bed.name)
            return job.found
        if self.is_busy(cluster):
            job.give_up()
        else:
            self._start(cluster, Removing(self.handle(cluster), cluster.name, self.locks[cluster.uuid]))
        return Found({}, settled=False)

    def forget(self, cluster):
        """Nothing is in progress any more: the next time it is looked at anew."""
        for memory in (self._jobs, self._wanted, self._victims):
            memory.pop(cluster.uuid, None)

    def is_busy(self, cluster):
        return cluster.uuid in self._jobs and self._jobs[cluster.uuid].is_alive()

    def prefer(self, cluster, names):
        """When nodes go next, these go first."""
        self._victims[cluster.uuid] = set(names)

    def _start(self, cluster, job):
        self._jobs[cluster.uuid] = job
        job.start()


MACHINES = Containers()


class Driver(magnum_driver.Driver):
    machines = MACHINES

    def create_cluster(self, context, cluster, create_timeout):
        super().create_cluster(context, cluster, create_timeout)
        node_groups.driver_of(cluster)  # a name that is not known is said at once

    def resize_cluster(self, context, cluster, *given, **__):
        _manager, _count, first_to_go, _group = given
        self.machines.prefer(cluster, first_to_go or [])


def certificates(cluster):
    """(certificate, key) of the authority that Magnum made for a cluster, as PEM texts."""
    context = contexts.make_admin_context(all_tenants=True)
    authority = cert_manager.get_cluster_ca_certificate(cluster, context)
    key = operations.decrypt_key(authority.get_private_key(), authority.get_private_key_passphrase())
    return tuple(part.decode() if isinstance(part, bytes) else part for part in (authority.get_certificate(), key))
