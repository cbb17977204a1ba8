"""Guarantees on one machine: nobody is admitted whom the machine could not keep its word to."""

import os

from . import menu


def machine():
    """(CPUs, bytes of memory) of this machine."""
    return os.cpu_count(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def others(spawner):
    """[(CPUs, bytes)] guaranteed to the servers that run or start, but SPAWNER."""
    users = spawner.user.settings["users"].values()
    servers = [server for user in users for server in user.spawners.values() if server.active and server is not spawner]
    return [(server.cpu_guarantee or 0, server.mem_guarantee or 0) for server in servers]


def refusal(profile, machine, guaranteed):
    """The sentence for a user who does not fit any more, None for who does.

    MACHINE and each of GUARANTEED are (CPUs, bytes).
    """
    want = profile["cpu_guarantee"], profile["memory_guarantee"]
    used = [sum(column) for column in zip(*guaranteed, strict=True)] or [0, 0]
    if all(w == 0 or u + w <= have for w, u, have in zip(want, used, machine, strict=True)):
        return None
    return (
        f"The machine is full: {profile['title']} is guaranteed {menu.amount(*want)}, and so much is not free. "
        "Choose a smaller profile or try again later."
    )
