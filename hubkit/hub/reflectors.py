"""KubeSpawner's reflectors, which watch the cluster for as long as the hub runs."""

import functools


@functools.cache
def with_endless_watch(reflector_class):
    """A subclass of REFLECTOR_CLASS that keeps watching however long the Kubernetes API is unavailable.

    KubeSpawner's own gives up after about a minute, and the hub would then work with outdated data.
    """

    class EndlessReflector(reflector_class):
        async def _watch_and_update(self):
            while not self._stopping:
                await super()._watch_and_update()

    return EndlessReflector
