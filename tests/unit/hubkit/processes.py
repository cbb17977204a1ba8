"""Help for tests that start processes: free ports, waiting for a condition, signals as in an interactive shell."""

import contextlib
import signal
import socket
import time


def free_ports(number):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def until(condition, seconds=30, every=0.1):
    """What CONDITION() returns as soon as it is true; fails after SECONDS."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {seconds} s: {condition}"
        time.sleep(every)
    return value


# Under nohup, `&` and some CI systems SIGINT is ignored, and children inherit that: a kernel could not be interrupted,
# nor a program in a terminal. Prefix of a command that must not inherit it:
DEFAULT_SIGINT = ("env", "--default-signal=INT")


def restore_sigint():
    """The same for a forked child."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
