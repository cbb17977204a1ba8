"""What the driver asks of machines, and those that are only thought of."""

import hashlib
from dataclasses import dataclass, field


@dataclass
class Found:
    """What there is of a cluster.

    addresses: of its nodes, {group: [...]}; settled: whether nothing more is done for what was wanted;
    reasons: why some of it failed, {name of a group, or the cluster's for all: reason}.
    """

    addresses: dict
    settled: bool = True
    reasons: dict = field(default_factory=dict)


class OnPaper:
    """Machines that nobody makes: there as soon as they are wanted."""

    def bring(self, cluster, counts):
        """Bring the cluster to these numbers of nodes, [(group, number), ...], without waiting; returns Found."""
        return Found({group.name: [address(group, number) for number in range(count)] for group, count in counts})

    def remove(self, cluster):
        """Remove all machines of the cluster, without waiting; returns Found."""
        return Found({})

    def forget(self, cluster):
        """Nothing is in progress any more."""

    def api(self, cluster):
        """Address of its API server."""
        return address(cluster, 0)


def address(thing, number):
    """An address that belongs to no machine, always the same for one node."""
    digest = hashlib.sha1(thing.uuid.encode(), usedforsecurity=False).digest()
    return f"10.{digest[0]}.{digest[1]}.{number % 250 + 1}"
