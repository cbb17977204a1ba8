"""How many nodes each group should have: a small cluster autoscaler. One pure function, decide().

A group is scaled up for pods that fit on no node, and scaled down by nodes that were empty for a while. Not considered:
location of volumes, affinity among pods, budgets, price; a node with any pod but a DaemonSet's is not empty.
"""

from dataclasses import dataclass, field, replace

from openstack_testbed.services.node_groups import belongs_to
from openstack_testbed.services.scheduling import has_room, may_be_on, quantity, requests

# Pods below this priority are expendable: the autoscaler adds no node for them (its own default).
EXPENDABLE = -10


@dataclass(frozen=True)
class ScalableGroup:
    """A node group as the scaler sees it.

    prefix: how the names of its nodes begin; count, low, top: nodes it has, and its bounds; labels, taints: of a node;
    capacity: of its flavor, as scheduling.requests() has it; after: seconds after which an empty node is removed.
    """

    name: str
    prefix: str
    count: int
    low: int
    top: int
    capacity: dict
    labels: dict = field(default_factory=dict)
    taints: tuple = ()
    after: float = 10


def decide(groups, nodes, pods, empty_since, *, now, ignored_taint=None):
    """What to do now: ({group: count wanted} where it changes, {group: names of the nodes to remove}, empty_since).

    nodes, pods: objects of the API; empty_since: what was returned the last time, {node: time}, {} at first; now: the
    time in seconds; ignored_taint: key of the taint of simulated nodes, whose room counts.
    """
    bound = [pod for pod in pods if pod["spec"].get("nodeName") and not _is_over(pod)]
    room = [_Room.of(node, bound, ignored_taint) for node in nodes if not node["spec"].get("unschedulable")]
    grown = {group.name: group.count for group in groups}
    fresh = {group.name: _fresh(group, nodes, bound) for group in groups}
    for pod in filter(_waits, pods):
        place = next((each for each in room if each.takes(pod)), None)
        if place is None and (group := _one_more(groups, grown, fresh, pod)):
            place = replace(fresh[group])
            grown[group] += 1
            room.append(place)
        if place:
            place.put(pod)
    busy = {pod["spec"]["nodeName"] for pod in bound if not _is_everywhere(pod)}
    busy |= {each.name for each in room if each.given}
    names = {node["metadata"]["name"] for node in nodes}
    since = {name: empty_since.get(name, now) for name in names - busy}
    victims = {}
    for group in groups:
        # Of the empty nodes those with the highest numbers are removed, because real nodes have the lowest.
        may_go = [name for name in _nodes(group, names) if name in since][: max(group.count - group.low, 0)]
        gone = [name for name in may_go if now - since[name] >= group.after]
        if grown[group.name] == group.count and gone:
            victims[group.name], grown[group.name] = gone, group.count - len(gone)
    changed = {group.name: grown[group.name] for group in groups if grown[group.name] != group.count}
    return changed, victims, since


@dataclass
class _Room:
    """Free resources of a node, existing or new."""

    name: str
    labels: dict
    taints: list
    free: dict
    given: bool = False  # to a pending pod

    @classmethod
    def of(cls, node, bound, ignored_taint=None):
        free = {name: quantity(text) for name, text in (node["status"].get("allocatable") or {}).items()}
        for pod in bound:
            if pod["spec"]["nodeName"] == node["metadata"]["name"]:
                free = _less(free, requests(pod))
        taints = [taint for taint in node["spec"].get("taints") or [] if taint["key"] != ignored_taint]
        return cls(node["metadata"]["name"], node["metadata"].get("labels") or {}, taints, free)

    def takes(self, pod):
        return may_be_on(pod, self.labels, self.taints) and has_room(self.free, requests(pod))

    def put(self, pod):
        self.free, self.given = _less(self.free, requests(pod)), True


def _fresh(group, nodes, bound):
    """Room on a new node of a group: as on an existing one with the pods of DaemonSets only."""
    capacity, names = dict(group.capacity), _nodes(group, [node["metadata"]["name"] for node in nodes])
    sample = next((node for node in nodes if node["metadata"]["name"] in names), None)
    if sample:
        like = _Room.of(sample, [pod for pod in bound if _is_everywhere(pod)])
        capacity = {name: min(amount, like.free.get(name, 0)) for name, amount in capacity.items()}
    return _Room("", group.labels, list(group.taints), capacity)


def _one_more(groups, grown, fresh, pod):
    """Name of the smallest group that may have one more node and where the pod has room on it; None where none has."""
    by_size = sorted(groups, key=lambda group: (group.capacity.get("nvidia.com/gpu", 0), group.capacity["memory"]))
    able = (group.name for group in by_size if grown[group.name] < group.top and fresh[group.name].takes(pod))
    return next(able, None)


def _nodes(group, names):
    """Names of a group's nodes, the highest number first: those are removed first, and real ones have the lowest."""
    ours = [name for name in names if belongs_to(group.prefix, name)]
    return sorted(ours, key=lambda name: int(name.removeprefix(group.prefix)), reverse=True)


def _less(free, asked):
    return free | {name: free.get(name, 0) - amount for name, amount in asked.items()}


def _is_over(pod):
    return pod["status"].get("phase") in ("Succeeded", "Failed")


def _is_everywhere(pod):
    return any(owner["kind"] == "DaemonSet" for owner in pod["metadata"].get("ownerReferences") or [])


def _waits(pod):
    """Whether a pod is unschedulable. One for which others are preempted is not."""
    return (
        not pod["spec"].get("nodeName")
        and not pod["metadata"].get("deletionTimestamp")
        and not pod["status"].get("nominatedNodeName")
        and (pod["spec"].get("priority") or 0) >= EXPENDABLE
        and any(condition.get("reason") == "Unschedulable" for condition in pod["status"].get("conditions") or [])
    )
