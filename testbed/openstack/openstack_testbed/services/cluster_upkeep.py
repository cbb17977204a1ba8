"""A thread of Magnum, for real clusters: heartbeats, load balancers and autoscaler, as a cloud has them."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from kubernetes_testbed.drain import cordon, cordon_if_empty
from kubernetes_testbed.simulated import TAINT
from magnum import objects
from magnum.common import context as contexts
from magnum.objects.fields import ClusterStatus

from openstack_testbed.services import node_groups
from openstack_testbed.services.autoscaler import ScalableGroup, decide
from openstack_testbed.services.conductor import LOCKS
from openstack_testbed.services.flavors import flavor
from openstack_testbed.services.kubernetes_driver import BACKEND
from openstack_testbed.services.magnum_driver import FAULTS, in_progress, label

LOG = logging.getLogger(__name__)
SECONDS = 2
EMPTY_SINCE = {}  # empty_since of decide(), by cluster


def start():
    threading.Thread(target=maintain_all, name="cluster upkeep", daemon=True).start()


def maintain_all():
    with ThreadPoolExecutor(8) as pool:
        while True:
            try:
                known = objects.Cluster.list(contexts.make_admin_context(all_tenants=True))
                list(
                    pool.map(
                        maintain, [cluster for cluster in known if not (cluster.status or "").startswith("DELETE")]
                    )
                )
            except Exception:
                LOG.exception("upkeep of clusters")
            time.sleep(SECONDS)


def maintain(cluster):
    containers = BACKEND.containers(cluster)
    try:
        with BACKEND.locks[cluster.uuid]:
            # Its API does not answer while the cluster is created or gets another authority.
            if containers.ready():
                containers.send_heartbeats()
                containers.update_load_balancers()
                scale(cluster, containers)
            elif not in_progress(cluster):
                BACKEND.restart(cluster)
    except Exception as error:
        LOG.warning("cluster %s: %r", cluster.name, error)


def scale(cluster, containers):
    """Resize the node groups of a cluster for the pods that cannot be scheduled, and for empty nodes."""
    if FAULTS.conductor_is_down or in_progress(cluster) or label(cluster, "auto_scaling_enabled") != "true":
        EMPTY_SINCE.pop(cluster.uuid, None)
        return
    groups = [scalable_group(cluster, group) for group in cluster.nodegroups if group.role != "master"]
    pods = containers.api("GET", "/api/v1/pods")["items"]
    since = EMPTY_SINCE.get(cluster.uuid, {})
    changed, victims, EMPTY_SINCE[cluster.uuid] = decide(
        groups, containers.nodes(), pods, since, now=time.monotonic(), ignored_taint=TAINT["key"]
    )
    leaving = [name for names in victims.values() for name in names]
    if changed and not (cordon_if_empty(containers.client, leaving) and resize(cluster, groups, changed, leaving)):
        for name in leaving:
            cordon(containers.client, name, closed=False)


def scalable_group(cluster, group):
    """A node group as the autoscaler sees it; a failed one is not resized until it is repaired."""
    nodes = node_groups.desired_nodes(cluster, group, group.node_count, flavor(group.flavor_id))
    low, top = group.min_node_count, group.max_node_count
    if group.is_default:
        # Magnum applies only some of the labels' bounds to its own group; the hub's own pods need a node.
        low = max(1, low or 0)
        top = int(label(cluster, "max_node_count", group.node_count)) if top is None else top
    if top is None or group.status.endswith("_FAILED"):
        low = top = group.node_count
    capacity = {"cpu": nodes.cpus, "memory": nodes.memory_mb * 2**20, "pods": 110}
    capacity |= {name: int(number) for name, number in nodes.resources.items()}
    after = float(node_groups.label(cluster, group, "testbed_scale_down", 10))
    taints = tuple(nodes.taints)
    return ScalableGroup(group.name, nodes.prefix, group.node_count, low, top, capacity, nodes.labels, taints, after)


def resize(cluster, groups, wanted, leaving):
    """Resize node groups as Magnum's API would; returns False if they have changed in the meantime."""
    before = {group.name: group.count for group in groups if group.name in wanted}
    with LOCKS[cluster.uuid]:
        cluster.refresh()
        groups = [group for group in cluster.nodegroups if group.name in wanted]
        if in_progress(cluster) or {group.name: group.node_count for group in groups} != before:
            return False
        BACKEND.prefer(cluster, leaving)
        for group in groups:
            LOG.info(
                "cluster %s: group %s from %s to %s", cluster.name, group.name, group.node_count, wanted[group.name]
            )
            group.node_count, group.status = wanted[group.name], ClusterStatus.UPDATE_IN_PROGRESS
            group.save()
        cluster.status, cluster.status_reason = ClusterStatus.UPDATE_IN_PROGRESS, None
        cluster.save()
    return True
