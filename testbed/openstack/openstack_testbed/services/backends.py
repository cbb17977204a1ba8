"""The interface of the Magnum driver's backend, and the backend without nodes."""

import hashlib
from dataclasses import dataclass, field


@dataclass
class BackendState:
    """What exists of a cluster.

    addresses: of its nodes, {group: [...]}; settled: whether the work on it has ended;
    reasons: why parts of it failed, {name of a group, or of the cluster for all: reason}.
    """

    addresses: dict
    settled: bool = True
    reasons: dict = field(default_factory=dict)


class NoNodes:
    """Clusters without nodes: nodes are addresses, and exist immediately."""

    def reconcile(self, cluster, counts):
        """Change the numbers of nodes to [(group, number), ...], without waiting; returns BackendState."""
        return BackendState(
            {group.name: [address(group, number) for number in range(count)] for group, count in counts}
        )

    def remove(self, cluster):
        """Remove all nodes of the cluster, without waiting; returns BackendState."""
        return BackendState({})

    def clear(self, cluster):
        """Forget the state of the cluster; nothing is in progress any more."""

    def api(self, cluster):
        """Address of its API server."""
        return address(cluster, 0)


def address(thing, number):
    """An address that no host has, the same one at each call for a node."""
    digest = hashlib.sha1(thing.uuid.encode(), usedforsecurity=False).digest()
    return f"10.{digest[0]}.{digest[1]}.{number % 250 + 1}"
