"""Where a user can write, and how much, beside the home; and what is to be seen of others."""

import ast

import deployment
import pytest

GIB = 1 << 30
PLACES = {"/dev/shm": GIB, "/tmp": GIB, "/var/tmp": GIB, "/run/jupyter": 64 << 20}
WRITABLE = "sorted({m for m in (l.split()[1] for l in open('/proc/mounts')) if os.access(m, os.W_OK)})"
FIND = "find / -xdev -writable -type d -not -path '/proc/*'"


def fill(path, size):
    return (
        f"(lambda f: (os.posix_fallocate(f, 0, {size}), os.close(f), os.unlink({path!r})))"
        f"(os.open({path!r}, os.O_CREAT | os.O_WRONLY))"
    )


def test_memory_holds_no_more_than_its_share_of_temporary_files(as_bob):
    results = as_bob(*[fill(f"{place}/attack", size) for place, size in PLACES.items()])
    assert results == ["OSError"] * len(PLACES)
    as_bob(*[f"os.unlink('{place}/attack')" for place in PLACES])
    assert as_bob(*[fill(f"{place}/attack", 1 << 20) for place in PLACES]) == ["(None, None, None)"] * len(PLACES)


def test_without_a_size_temporary_files_fill_the_disk():
    """The control: PrivateTmp= has none."""
    code = fill("/tmp/attack", GIB)
    script = f"import os; {code}"
    done = deployment.podman(
        "exec", deployment.HUB_CONTAINER, "systemd-run", "-q", "--wait", "--uid=bob", "-p", "PrivateTmp=yes",
        "-p", "MemoryMax=200M", "python3", "-c", script,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("place", PLACES)
def test_the_number_of_temporary_files_is_limited(as_bob, place):
    (files,) = as_bob(f"os.statvfs({place!r}).f_files")
    assert 0 < int(files) <= 50_000


def test_a_runtime_folder_takes_no_more_files(as_bob, outside):
    def many(folder):
        return f"(os.makedirs({folder!r}), [open(f'{folder}/{{n}}', 'w').close() for n in range(3000)]) and 'made'"

    assert as_bob(many("/run/jupyter/attack")) == ["OSError"]
    as_bob("__import__('shutil').rmtree('/run/jupyter/attack')")
    assert outside(many("/tmp/attack")) == ["'made'"]
    outside("__import__('shutil').rmtree('/tmp/attack')")


def test_nothing_else_is_writable(as_bob):
    places = ["/dev/mqueue", "/dev/shm", "/home/bob", "/run/jupyter", "/tmp", "/var/tmp"]
    folders = f"subprocess.run({FIND!r}, shell=True, capture_output=True, text=True).stdout.split()"
    mounts, found = map(ast.literal_eval, as_bob(WRITABLE, folders))
    assert mounts == places
    assert set(found) <= set(places)


@pytest.mark.parametrize("folder", ["/run/attack", "/opt/attack"])
def test_a_folder_that_is_open_to_everybody_is_not_writable(as_bob, outside, folder):
    deployment.on_hub(f"install -d -m 1777 {folder}")
    write = f"open('{folder}/x', 'w').close()"
    try:
        assert as_bob(write) == ["OSError"], "read-only"
        assert outside(write) == ["None"], "the control: the same account outside of its unit"
    finally:
        deployment.on_hub(f"rm -r {folder}")


def test_homes_of_others_have_no_names(as_bob, outside):
    names = "'other' in os.listdir('/home')"
    deployment.on_hub("install -d /home/other")
    try:
        assert as_bob("os.listdir('/home')", names) == ["['bob']", "False"]
        assert outside(names) == ["True"], "the control: the same account outside of its unit"
    finally:
        deployment.on_hub("rmdir /home/other")


def test_names_of_servers_and_their_secrets_are_hidden(as_bob):
    folders = ["/run/jupyterhub-servers", "/run/jupyterhub-environments"]
    assert as_bob(*[f"os.listdir({folder!r})" for folder in folders]) == ["PermissionError"] * 2
