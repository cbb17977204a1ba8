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

# Each is True.
NEEDED = {
    "processes": "__import__('multiprocessing').get_context('fork').Pool(2).map(abs, [-1, -2]) == [1, 2]",
    "shared memory": "(lambda m: (m.close(), m.unlink()))(__import__('multiprocessing.shared_memory').shared_memory"
    ".SharedMemory(create=True, size=1 << 20)) and True",
    "threads": "(lambda n: float((n.ones((500, 500)) @ n.ones((500, 500)))[0, 0]))(__import__('numpy')) == 500",
    "memory of the machine": "__import__('psutil').virtual_memory().total > 0",
    "addresses of the machine": "'lo' in __import__('psutil').net_if_addrs()",
    "an environment": "subprocess.run('python -m venv --without-pip ~/env && ~/env/bin/python -c pass', shell=True,"
    " capture_output=True).returncode == 0",
    "a terminal": "b'/dev/pts/' in subprocess.run(['script', '-qc', 'tty', '/dev/null'], capture_output=True).stdout",
    "permissions": "os.chown(pathlib.Path.home(), os.getuid(), os.getgid()) or True",
    "a library of C": "__import__('ctypes').CDLL('libm.so.6') and True",
    "code made at run time": "__import__('mmap').mmap(-1, 4096, prot=7) and True",
}


def granted(results):
    return [what for what, result in zip(CALLS, results, strict=True) if result in {"1", "True"}]


def test_nothing_is_granted_that_a_notebook_does_not_need(as_bob, outside):
    assert granted(as_bob(*CALLS.values())) == []
    assert granted(outside(*CALLS.values())) == list(CALLS), "the control: the same account outside of its unit"


def test_what_a_notebook_needs_is_granted(as_bob):
    results = dict(zip(NEEDED, as_bob(*NEEDED.values()), strict=True))
    assert results == dict.fromkeys(NEEDED, "True")


@pytest.mark.parametrize("permitted", [False, True])
def test_containers_are_possible_where_the_site_permits_them(bob, permitted):
    done = deployment.podman(
        "exec", deployment.HUB_CONTAINER, "systemd-run", "-q", "--wait", "--uid=bob",
        *sandbox.options("property", sandbox.restrictions(permitted)),
        "unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt",
    )  # fmt: skip
    assert (done.returncode == 0) is permitted, done.stderr
