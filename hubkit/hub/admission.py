"""Guarantees on one machine: a server starts only if the machine can still keep all guarantees."""

import os

from .profile_list import format_resources


def host_capacity():
    """(CPUs, bytes of memory) of this machine."""
    return os.cpu_count(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def reserved(spawner):
    """[(CPUs, bytes)] guaranteed to each server that runs or starts, except SPAWNER's own."""
    users = spawner.user.settings["users"].values()
    servers = [server for user in users for server in user.spawners.values() if server.active and server is not spawner]
    return [(server.cpu_guarantee or 0, server.mem_guarantee or 0) for server in servers]


def rejection_message(profile, capacity, reservations):
    """The message for a user whose PROFILE does not fit, None when it fits.

    CAPACITY and each of RESERVATIONS are (CPUs, bytes).
    """
    requested = profile["cpu_guarantee"], profile["memory_guarantee"]
    used = [sum(column) for column in zip(*reservations, strict=True)] or [0, 0]
    # A profile without a guarantee always fits.
    if all(r == 0 or u + r <= c for r, u, c in zip(requested, used, capacity, strict=True)):
        return None
    return (
        f"The machine is full: {profile['title']} is guaranteed {format_resources(*requested)}, which is not free. "
        "Choose a smaller profile or try again later."
    )
