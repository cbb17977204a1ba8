"""KubeSpawner's view of the cluster, kept up for ever."""

import functools


@functools.cache
def untiring(reflector_class):
    """REFLECTOR_CLASS, but one that goes on watching however long the API was away.

    KubeSpawner's own gives up after about a minute, and the hub would go on with what it saw last.
    """

    class Untiring(reflector_class):
        async def _watch_and_update(self):
            while not self._stopping:
                await super()._watch_and_update()

    return Untiring
