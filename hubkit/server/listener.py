"""The sockets that systemd hands to a server (sd_listen_fds(3)); none where the server listens by itself."""

import os
import socket

FIRST = 3  # file descriptor


def inherited_sockets():
    """The listening sockets that were handed to this process. A second call returns none."""
    count, pid = (int(os.environ.pop(name, 0)) for name in ("LISTEN_FDS", "LISTEN_PID"))
    os.environ.pop("LISTEN_FDNAMES", None)
    if pid != os.getpid():
        return []
    sockets = [socket.socket(fileno=number) for number in range(FIRST, FIRST + count)]
    for inherited in sockets:
        inherited.setblocking(False)
        inherited.set_inheritable(False)  # kernels get none
    return sockets
