"""A Magnum driver that makes no machines: clusters become complete by themselves, or as labels and faults say.

Labels of a cluster or node group: `bed_delay`, seconds that each of its operations takes; `bed_fail`, the reason with
which its creation fails; `bed_upgrade=all`, an upgrade takes all node groups at once (as magnum-cluster-api does; else
the default groups or the one that is named). Of a cluster only: `bed_serial=true`, while it is in progress
what is asked of its node groups is refused, which Magnum only logs.
"""

import hashlib
import os
import time
from collections import defaultdict

from magnum.common import exception
from magnum.drivers.common import driver
from magnum.objects.fields import ClusterStatus

from openstack_testbed.faults import Reader
from openstack_testbed.processes import MARK
from openstack_testbed.services.conductor import LOCKS

FAULTS = Reader(os.environ[MARK])
UPGRADE = "Upgrade to "
# When an operation was seen first, and how those of a cluster's groups ended, until the cluster's own has
SINCE, OUTCOMES = {}, defaultdict(dict)


class Driver(driver.Driver):
    provides = [
        {"server_type": server, "os": system, "coe": "kubernetes"}
        for server in ("vm", "bm")
        for system in ("ubuntu", "flatcar")
    ]

    def update_cluster_status(self, context, cluster, use_admin_ctx=False):
        """Magnum calls this every second for each cluster that is *_IN_PROGRESS."""
        with LOCKS[cluster.uuid]:
            cluster.refresh()
            # Until create_cluster ended there are no node groups.
            if FAULTS.conductor_is_down or not cluster.stack_id or not in_progress(cluster):
                return
            over = [advance(cluster, group) for group in cluster.nodegroups]
            if all(over):
                finish(cluster)

    def create_cluster(self, context, cluster, create_timeout):
        cluster.stack_id = cluster.uuid

    def delete_cluster(self, context, cluster):
        pass

    def update_cluster(self, context, cluster, scale_manager=None, rollback=False):
        # As magnum-cluster-api: a cluster is scaled by the action `resize`.
        raise NotImplementedError("this driver knows no other way to scale than resize")

    def resize_cluster(self, context, cluster, *_, **__):
        pass

    def validate_master_resize(self, node_count):
        self.validate_master_size(node_count)

    def upgrade_cluster(self, context, cluster, template, max_batch_size, nodegroup, *_):
        everything = label(cluster, "bed_upgrade") == "all"
        if nodegroup.is_default:
            cluster.cluster_template_id = template.uuid
            cluster.labels = dict(cluster.labels, kube_tag=template.labels["kube_tag"])
        for group in cluster.nodegroups:
            if everything or group.uuid == nodegroup.uuid or (group.is_default and nodegroup.is_default):
                # The handler saves the group that was named, too.
                ours = nodegroup if group.uuid == nodegroup.uuid else group
                ours.image_id, ours.status = template.image_id, ClusterStatus.UPDATE_IN_PROGRESS
                ours.status_reason = UPGRADE + template.labels["kube_tag"]
                ours.save()

    def create_nodegroup(self, context, cluster, nodegroup):
        nodegroup.stack_id = nodegroup.uuid

    def update_nodegroup(self, context, cluster, nodegroup):
        pass

    def delete_nodegroup(self, context, cluster, nodegroup):
        nodegroup.save()

    def rotate_ca_certificate(self, context, cluster):
        pass

    def create_federation(self, context, federation):
        raise exception.NotSupported()

    update_federation = delete_federation = create_federation


def in_progress(thing):
    return (thing.status or "").endswith("_IN_PROGRESS")


def ended(thing, how):
    """Give a cluster or group in progress the status of its end, COMPLETE or FAILED."""
    thing.status = thing.status.replace("IN_PROGRESS", how)


def label(thing, name, default=None):
    return (thing.labels or {}).get(name, default)


def operation(thing):
    """create, update, upgrade or delete: what goes on with a group."""
    return "upgrade" if (thing.status_reason or "").startswith(UPGRADE) else thing.status.split("_")[0].lower()


def advance(cluster, group):
    """Bring a node group one step further; returns whether nothing is left to do for it."""
    if cluster.status == ClusterStatus.DELETE_IN_PROGRESS or not in_progress(group):
        return True
    what = operation(group)
    fault = FAULTS.for_operation(what, cluster.name, group.name) or {}
    reason = fault.get("fail") or (label(group, "bed_fail") if what == "create" else None)
    part = progress(group, fault.get("delay", label(group, "bed_delay", label(cluster, "bed_delay", 0))))
    count = nodes(group, part, all_but_one=reason or fault.get("stuck"))
    group.node_addresses = [address(group, number) for number in range(count)]
    over = part == 1 and not fault.get("stuck")
    if over:
        SINCE.pop((group.uuid, group.status))
        OUTCOMES[cluster.uuid][group.name] = reason
        if what == "delete" and not reason:
            group.destroy()
            return True
        ended(group, "FAILED" if reason else "COMPLETE")
        group.status_reason = reason
        if group.role == "master" and what in ("create", "upgrade") and not reason:
            cluster.coe_version = label(cluster, "kube_tag", "v1.31.1")
    group.save()
    return over


def progress(thing, delay):
    """Which part of the time that it takes has passed."""
    since = SINCE.setdefault((thing.uuid, thing.status), time.monotonic())
    return min((time.monotonic() - since) / float(delay), 1) if float(delay) else 1


def nodes(group, part, all_but_one):
    """How many nodes a group has: they come, or go, one by one; some never."""
    have = len(group.node_addresses or [])
    if group.status == ClusterStatus.DELETE_IN_PROGRESS:
        return max(round(have * (1 - part)), 1 if all_but_one and have else 0)
    count = max(round(group.node_count * part), min(have, group.node_count))
    return min(count, max(group.node_count - 1, 0)) if all_but_one else count


def finish(cluster):
    """No group of it is in progress any more: the cluster ends as they did. Deleted, its groups go with it."""
    outcomes = OUTCOMES.pop(cluster.uuid, {})
    if cluster.status == ClusterStatus.DELETE_IN_PROGRESS:
        fault = FAULTS.for_operation("delete", cluster.name) or {}
        if fault.get("stuck") or progress(cluster, fault.get("delay", label(cluster, "bed_delay", 0))) < 1:
            return
        SINCE.pop((cluster.uuid, cluster.status))
        outcomes = {cluster.name: fault.get("fail")}
    # Groups that failed before count no more: what is done now can end well.
    reasons = {name: reason for name, reason in outcomes.items() if reason}
    if cluster.status == ClusterStatus.DELETE_IN_PROGRESS and not reasons:
        # Magnum removes the rows then.
        cluster.status = ClusterStatus.DELETE_COMPLETE
        return
    ended(cluster, "FAILED" if reasons else "COMPLETE")
    cluster.status_reason = sentence(reasons)
    if not reasons:
        cluster.api_address = f"https://{address(cluster, 0)}:6443"
        cluster.health_status, cluster.health_status_reason = "HEALTHY", {"api": "ok"}
    cluster.save()


def sentence(reasons):
    """All reasons as one text: one that all groups share is said once."""
    if len(set(reasons.values())) < 2:
        return next(iter(reasons.values()), None)
    return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())


def address(thing, number):
    """An address that belongs to no machine, always the same for one node."""
    digest = hashlib.sha1(thing.uuid.encode(), usedforsecurity=False).digest()
    return f"10.{digest[0]}.{digest[1]}.{number % 250 + 1}"
