"""Ports of an instance: chosen once."""

import contextlib
import json
import random
import socket

from openstack_testbed import places

# Below the range from which the kernel takes ports for connections: none is taken between choice and use.
RANGE = range(20000, 30000)


def is_free(port):
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def taken_by_instances(root):
    """Ports of all instances in ROOT, also of those that are stopped."""
    ports = set()
    for file in root.glob("*/instance.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            ports |= set(json.loads(file.read_text())["ports"].values())
    return ports


def choose(taken=frozenset(), free=is_free):
    """A free port for each service: {service: port}."""
    candidates = (port for port in random.sample(RANGE, len(RANGE)) if port not in taken and free(port))
    return {service: next(candidates) for service in places.SERVICES}
