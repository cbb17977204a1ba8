"""A Magnum driver whose clusters have no nodes: they become complete by themselves, or as labels and faults say.

Labels of a cluster or node group: `testbed_delay`, seconds that each of its operations takes; `testbed_fail`, the
reason with which its creation fails; `testbed_upgrade=all`, an upgrade changes all node groups at once (as
magnum-cluster-api does; else the default groups or the named one). Of a cluster only: `testbed_serial=true`, while it
is in progress changes of its node groups are refused, which Magnum only logs.

NoNodes (backends.py) is its backend; kubernetes_driver.py has one with nodes.
"""

import os
import time
from collections import defaultdict
from dataclasses import dataclass

from magnum.common import exception
from magnum.drivers.common import driver
from magnum.objects.fields import ClusterStatus

from openstack_testbed.faults import Reader
from openstack_testbed.processes import MARK
from openstack_testbed.services.backends import NoNodes
from openstack_testbed.services.conductor import LOCKS

FAULTS = Reader(os.environ[MARK])
UPGRADE = "Upgrade to "
# When an operation was seen first, and the nodes then; how those of a cluster's groups ended, until its own has
SINCE, OUTCOMES = {}, defaultdict(dict)


class Driver(driver.Driver):
    provides = [
        {"server_type": server, "os": system, "coe": "kubernetes"}
        for server in ("vm", "bm")
        for system in ("ubuntu", "flatcar")
    ]
    backend = NoNodes()

    def update_cluster_status(self, context, cluster, use_admin_ctx=False):
        """Magnum calls this every second for each cluster that is *_IN_PROGRESS."""
        with LOCKS[cluster.uuid]:
            cluster.refresh()
            # There are no node groups before create_cluster has ended.
            if FAULTS.conductor_is_down or not cluster.stack_id or not in_progress(cluster):
                return
            if cluster.status == ClusterStatus.DELETE_IN_PROGRESS:
                remove(cluster, self.backend)
            else:
                advance(cluster, self.backend)

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
        everything = label(cluster, "testbed_upgrade") == "all"
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


def set_final_status(thing, status):
    """Replace IN_PROGRESS in the status of a cluster or group by COMPLETE or FAILED."""
    thing.status = thing.status.replace("IN_PROGRESS", status)


def label(thing, name, default=None):
    return (thing.labels or {}).get(name, default)


def operation(thing):
    """The operation in progress on a group: create, update, upgrade or delete."""
    return "upgrade" if (thing.status_reason or "").startswith(UPGRADE) else thing.status.split("_")[0].lower()


@dataclass
class Step:
    """The progress of a node group's operation, by labels, faults and the time that has passed."""

    group: object
    what: str | None = None
    count: int = 0  # of nodes, now
    reason: str | None = None  # with which it will fail
    over: bool = True


def step(cluster, group):
    existing = len(group.node_addresses or [])
    if not in_progress(group):
        return Step(group, count=existing)
    what = operation(group)
    fault = FAULTS.for_operation(what, cluster.name, group.name) or {}
    reason = fault.get("fail") or (label(group, "testbed_fail") if what == "create" else None)
    delay = fault.get("delay", label(group, "testbed_delay", label(cluster, "testbed_delay", 0)))
    first, part = progress(group, delay, existing)
    wanted = 0 if what == "delete" else group.node_count
    # Nodes are added or removed one by one, some never.
    count = first + int((wanted - first) * part)
    if reason or fault.get("stuck"):
        count = max(count, wanted + 1) if wanted < first else max(min(count, wanted - 1), 0)
    return Step(group, what, count, reason, over=part == 1 and not fault.get("stuck"))


def progress(thing, delay, existing=0):
    """(Number of nodes when the operation was first seen, fraction of its time that has passed)."""
    since, first = SINCE.setdefault((thing.uuid, thing.status), (time.monotonic(), existing))
    return first, min((time.monotonic() - since) / float(delay), 1) if float(delay) else 1


def advance(cluster, backend):
    """Advance all node groups by one step; when all have ended, set the cluster's final status."""
    steps = [step(cluster, group) for group in cluster.nodegroups]
    found = backend.reconcile(cluster, [(each.group, each.count) for each in steps])
    OUTCOMES[cluster.uuid][cluster.name] = found.reasons.get(cluster.name)
    over = [settle(cluster, each, found) for each in steps]
    if all(over) and found.settled:
        finish(cluster, OUTCOMES.pop(cluster.uuid), backend)


def settle(cluster, step, found):
    """Save the result of a step; returns whether the group needs nothing more."""
    group = step.group
    if not step.what:
        return True
    group.node_addresses = found.addresses.get(group.name, [])
    over = step.over and found.settled
    if over:
        SINCE.pop((group.uuid, group.status))
        reason = step.reason or found.reasons.get(group.name) or found.reasons.get(cluster.name)
        OUTCOMES[cluster.uuid][group.name] = reason
        if step.what == "delete" and not reason:
            group.destroy()
            return True
        set_final_status(group, "FAILED" if reason else "COMPLETE")
        group.status_reason = reason
        if group.role == "master" and step.what in ("create", "upgrade") and not reason:
            cluster.coe_version = label(cluster, "kube_tag", "v1.31.1")
    group.save()
    return over


def finish(cluster, outcomes, backend):
    """Set the cluster's final status: no group of it is in progress any more."""
    # Groups that failed before do not count: this operation may succeed.
    reasons = {name: reason for name, reason in outcomes.items() if reason}
    set_final_status(cluster, "FAILED" if reasons else "COMPLETE")
    cluster.status_reason = joined_reasons(reasons)
    if not reasons:
        cluster.api_address = f"https://{backend.api(cluster)}:6443"
        cluster.health_status, cluster.health_status_reason = "HEALTHY", {"api": "ok"}
    cluster.save()
    backend.clear(cluster)


def remove(cluster, backend):
    """Advance a deletion by one step."""
    OUTCOMES.pop(cluster.uuid, None)
    fault = FAULTS.for_operation("delete", cluster.name) or {}
    if fault.get("stuck") or progress(cluster, fault.get("delay", label(cluster, "testbed_delay", 0)))[1] < 1:
        return
    reason = fault.get("fail")
    if not reason:
        found = backend.remove(cluster)
        if not found.settled:
            return
        reason = found.reasons.get(cluster.name)
    SINCE.pop((cluster.uuid, cluster.status))
    if not reason:
        # Magnum removes the rows then, the node groups' with them.
        cluster.status = ClusterStatus.DELETE_COMPLETE
        return
    set_final_status(cluster, "FAILED")
    cluster.status_reason = reason
    cluster.save()


def joined_reasons(reasons):
    """All reasons as one text; a reason that all groups share appears once."""
    if len(set(reasons.values())) < 2:
        return next(iter(reasons.values()), None)
    return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
