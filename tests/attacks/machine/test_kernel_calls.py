"""What a server may not ask of the machine's kernel."""

import deployment
import pytest

from hubkit.hub import sandbox

LIBC = "__import__('ctypes').CDLL(None, use_errno=True)"
UNSHARE = "subprocess.run(['unshare', '--user', {!r}, 'true'], check=True, capture_output=True) and 1"
# Each is 1 or True where the kernel grants it.
CALLS = {
    "a user namespace": UNSHARE.format("--map-root-user"),
    "a network namespace": UNSHARE.format("--net"),
    "a mount namespace": UNSHARE.format("--mount"),
    "another personality": f"{LIBC}.personality(0x0040000) >= 0",
    "a key": f"{LIBC}.syscall(248, b'user', b'attack', b'x', 1, -2) > 0",  # add_key
    "io_uring": f"{LIBC}.syscall(425, 1, bytes(120)) > 0",  # io_uring_setup
    "a program that runs as its owner": "(open('/tmp/x', 'w').close(), os.chmod('/tmp/x', 0o4755)) and 1",
    "to trace a process": f"{LIBC}.ptrace(0, 0, 0, 0) == 0",  # the last one: the process is traced from then on
}


def granted(results):
    return [what for what, result in zip(CALLS, results, strict=True) if result in {"1", "True"}]


def test_nothing_is_granted_that_a_notebook_does_not_need(as_bob, outside):
    assert granted(as_bob(*CALLS.values())) == []
    assert granted(outside(*CALLS.values())) == list(CALLS), "the control: the same account outside of its unit"


@pytest.mark.parametrize("permitted", [False, True])
def test_containers_are_possible_where_the_site_permits_them(bob, permitted):
    done = deployment.podman(
        "exec", deployment.HUB_CONTAINER, "systemd-run", "-q", "--wait", "--uid=bob",
        *sandbox.options("property", sandbox.restrictions(permitted)),
        "unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt",
    )  # fmt: skip
    assert (done.returncode == 0) is permitted, done.stderr
