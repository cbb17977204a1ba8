"""What a cloud does all the time for real clusters: heartbeats, load balancers, autoscaler. A thread of Magnum's."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from kubernetes_testbed.drain import close, cordon
from kubernetes_testbed.simulated import TAINT
from magnum import objects
from magnum.common import context as contexts
from magnum.objects.fields import ClusterStatus

from openstack_testbed.services import node_groups
from openstack_testbed.services.conductor import LOCKS
from openstack_testbed.services.flavors import flavor
from openstack_testbed.services.kubernetes_driver import MACHINES
from openstack_testbed.services.magnum_driver import FAULTS, in_progress, label
from openstack_testbed.services.scaler import Scaled, decide

LOG = logging.getLogger(__name__)
SECONDS = 2
EMPTY_SINCE = {}  # what decide() remembers, by cluster


def start():
    threading.Thread(target=keep_all, name="keeper", daemon=True).start()


def keep_all():
    with ThreadPoolExecutor(8) as pool:
        while True:
            try:
                known = objects.Cluster.list(contexts.make_admin_context(all_tenants=True))
                list(pool.map(keep, [cluster for cluster in known if not (cluster.status or "").startswith("DELETE")]))
            except Exception:
                LOG.exception("keeper")
            time.sleep(SECONDS)


def keep(cluster):
    bed = MACHINES.handle(cluster)
    try:
        with MACHINES.locks[cluster.uuid]:
            # Its API is away for a while when it is made, or gets another authority.
            if bed.ready():
                bed.beat()
                bed.balance()
                scale(cluster, bed)
            elif not in_progress(cluster):
                MACHINES.restore(cluster)
    except Exception as error:
        LOG.warning("cluster %s: %r", cluster.name, error)


def scale(cluster, bed):
    """Give the node groups of a cluster the sizes that its pods ask for."""
    if FAULTS.conductor_is_down or in_progress(cluster) or label(cluster, "auto_scaling_enabled") != "true":
        EMPTY_SINCE.pop(cluster.uuid, None)
        return
    groups = [scaled(cluster, group) for group in cluster.nodegroups if group.role != "master"]
    pods = bed.api("GET", "/api/v1/pods")["items"]
    since = EMPTY_SINCE.get(cluster.uuid, {})
    changed, victims, EMPTY_SINCE[cluster.uuid] = decide(
        groups, bed.nodes(), pods, since, now=time.monotonic(), ignored_taint=TAINT["key"]
    )
    leaving = [name for names in victims.values() for name in names]
    if changed and not (close(bed.client, leaving) and resize(cluster, groups, changed, leaving)):
        for name in leaving:
            cordon(bed.client, name, closed=False)


def scaled(cluster, group):
    """A node group as the scaler sees it; one that failed stays as it is until somebody repairs it."""
    nodes = node_groups.wanted(cluster, group, group.node_count, flavor(group.flavor_id))
    low, top = group.min_node_count, group.max_node_count
    if group.is_default:
        # Magnum gives its own group the labels' bounds in part only; the hub's own pods need a node.
        low = max(1, low or 0)
        top = int(label(cluster, "max_node_count", group.node_count)) if top is None else top
    if top is None or group.status.endswith("_FAILED"):
        low = top = group.node_count
    capacity = {"cpu": nodes.cpus, "memory": nodes.memory_mb * 2**20, "pods": 110}
    capacity |= {name: int(number) for name, number in nodes.resources.items()}
    after = float(node_groups.label(cluster, group, "bed_scale_down", 10))
    taints = tuple(nodes.taints)
    return Scaled(group.name, nodes.prefix, group.node_count, low, top, capacity, nodes.labels, taints, after)


def resize(cluster, groups, wanted, leaving):
    """As somebody else would, by the same path; False where somebody else was first."""
    before = {group.name: group.count for group in groups if group.name in wanted}
    with LOCKS[cluster.uuid]:
        cluster.refresh()
        groups = [group for group in cluster.nodegroups if group.name in wanted]
        if in_progress(cluster) or {group.name: group.node_count for group in groups} != before:
            return False
        MACHINES.prefer(cluster, leaving)
        for group in groups:
            LOG.info(
                "cluster %s: group %s from %s to %s", cluster.name, group.name, group.node_count, wanted[group.name]
            )
            group.node_count, group.status = wanted[group.name], ClusterStatus.UPDATE_IN_PROGRESS
            group.save()
        cluster.status, cluster.status_reason = ClusterStatus.UPDATE_IN_PROGRESS, None
        cluster.save()
    return True
