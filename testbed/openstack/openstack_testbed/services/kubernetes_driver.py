"""A Magnum driver whose clusters are real: their nodes are containers in one network, see testbed/kubernetes.

Labels and faults are those of magnum_driver.py. Further labels of a cluster or node group: `testbed_real_nodes`, the
number of nodes of a group that are real (1; further ones are simulated), and `testbed_scale_down`, seconds after which
an empty node is removed (10), where the cluster has `auto_scaling_enabled=true`. Of a cluster: `testbed_driver`, the
driver whose labels its nodes carry (node_groups.py).
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
from openstack_testbed.services.backends import BackendState
from openstack_testbed.services.flavors import flavor
from openstack_testbed.services.jobs import ReconcileCluster, RemoveCluster, RestartCluster

FOLDER = Path(os.environ[MARK])


class Containers:
    """Clusters in the instance's network; one job at a time reconciles a cluster."""

    def __init__(self):
        self.network = Network(json.loads((FOLDER / "instance.json").read_text())["kubernetes"])
        self.locks = defaultdict(threading.Lock)  # held by cluster_upkeep, and while a cluster is removed
        self._jobs, self._desired, self._victims = {}, {}, {}

    def containers(self, cluster):
        """The cluster of kubernetes_testbed."""
        return Cluster(f"{node_groups.sanitized(cluster.name)[:20]}-{cluster.uuid[:8]}", self.network)

    def api(self, cluster):
        return self.containers(cluster).address

    def reconcile(self, cluster, counts):
        existing = BackendState({group.name: group.node_addresses or [] for group, _ in counts}, settled=False)
        try:
            groups = [
                node_groups.desired_nodes(cluster, group, count, flavor(group.flavor_id)) for group, count in counts
            ]
        except ValueError as error:
            return replace(existing, settled=True, reasons={cluster.name: str(error)})
        authority = certificates(cluster)
        desired = authority[0], groups
        if self._desired.get(cluster.uuid) == desired:
            return self._jobs[cluster.uuid].state
        if not self.is_busy(cluster):
            self._desired[cluster.uuid] = desired
            victims = self._victims.pop(cluster.uuid, ())
            containers = self.containers(cluster)
            clusters.register(FOLDER, containers.name)
            job = ReconcileCluster(
                containers, cluster.name, authority, groups, victims=victims, addresses=existing.addresses
            )
            self._start(cluster, job)
        return existing

    def restart(self, cluster):
        """Begin to start a cluster whose API does not answer, unless a job does so already."""
        containers = self.containers(cluster)
        if containers.name in clusters.names(FOLDER) and not self.is_busy(cluster):
            self._desired.pop(cluster.uuid, None)
            self._start(cluster, RestartCluster(containers, cluster.name))

    def remove(self, cluster):
        job = self._jobs.get(cluster.uuid)
        if isinstance(job, RemoveCluster):
            if job.state.settled:
                self.clear(cluster)
                if not job.state.reasons:
                    clusters.unregister(FOLDER, job.cluster.name)
            return job.state
        if self.is_busy(cluster):
            job.cancel()
        else:
            self._start(cluster, RemoveCluster(self.containers(cluster), cluster.name, self.locks[cluster.uuid]))
        return BackendState({}, settled=False)

    def clear(self, cluster):
        """Forget the state of the cluster, which is read again the next time."""
        for memory in (self._jobs, self._desired, self._victims):
            memory.pop(cluster.uuid, None)

    def is_busy(self, cluster):
        return cluster.uuid in self._jobs and self._jobs[cluster.uuid].is_alive()

    def prefer(self, cluster, names):
        """When nodes are removed next, remove these first."""
        self._victims[cluster.uuid] = set(names)

    def _start(self, cluster, job):
        self._jobs[cluster.uuid] = job
        job.start()


BACKEND = Containers()


class Driver(magnum_driver.Driver):
    backend = BACKEND

    def create_cluster(self, context, cluster, create_timeout):
        super().create_cluster(context, cluster, create_timeout)
        node_groups.driver_of(cluster)  # refuses an unknown name immediately

    def resize_cluster(self, context, cluster, *given, **__):
        _manager, _count, first_to_go, _group = given
        self.backend.prefer(cluster, first_to_go or [])


def certificates(cluster):
    """(certificate, key) of the authority that Magnum created for a cluster, as PEM texts."""
    context = contexts.make_admin_context(all_tenants=True)
    authority = cert_manager.get_cluster_ca_certificate(cluster, context)
    key = operations.decrypt_key(authority.get_private_key(), authority.get_private_key_passphrase())
    return tuple(part.decode() if isinstance(part, bytes) else part for part in (authority.get_certificate(), key))
