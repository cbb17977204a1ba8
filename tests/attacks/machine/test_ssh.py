"""A key in the own home gives no shell outside the limits of the user's server."""

import contextlib
import subprocess

import deployment
import pytest

RULE = "/etc/ssh/sshd_config.d/openstack-hub.conf"
FOLDER = "/home/bob/.ssh"


@pytest.fixture(scope="module")
def key(as_bob, tmp_path_factory):
    """A key that bob's notebook has added to bob's own."""
    file = tmp_path_factory.mktemp("ssh") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    public = file.with_suffix(".pub").read_text()
    write = f"pathlib.Path('{FOLDER}/authorized_keys').write_text({public!r})"
    assert as_bob(f"os.makedirs({FOLDER!r}, 0o700, True)", write) == ["None", str(len(public))]
    yield file
    as_bob(f"__import__('shutil').rmtree({FOLDER!r})")


def ssh(key):
    """(exit status, output) of a command of bob's over SSH."""
    options = [
        f"IdentityFile={key}", f"Port={deployment.GIVEN['testbed_ssh_port']}", "BatchMode=yes",
        "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentitiesOnly=yes",
        "ConnectTimeout=10",
    ]  # fmt: skip
    command = ["ssh", *[f"-o{option}" for option in options], "bob@127.0.0.1", "id -un"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout + done.stderr


@contextlib.contextmanager
def without_the_rule():
    deployment.on_hub(f"mv {RULE} {RULE}.away && systemctl reload ssh")
    try:
        yield
    finally:
        deployment.on_hub(f"mv {RULE}.away {RULE} && systemctl reload ssh")


def verify():
    """(exit status, output) of verify's part on the machine."""
    command = ["ansible-playbook", "-i", deployment.INVENTORY, "playbooks/verify.yml", "--limit", "hub"]
    done = subprocess.run(
        command, cwd=deployment.ROOT, env=deployment.ENVIRONMENT, capture_output=True, text=True, check=False
    )
    return done.returncode, " ".join(done.stdout.split())


def test_the_right_key_of_a_user_is_refused(key):
    with without_the_rule():
        # The control. sshd is gone for a moment when it reloads.
        deployment.until("the key works", lambda: ssh(key) == (0, "bob\n"), 20)
        status, output = verify()
        assert status != 0 and "users of the hub can sign in to test-hub by SSH" in output
    deployment.until("the key is refused", lambda: "Permission denied" in ssh(key)[1], 20)
    assert ssh(key)[0] == 255
    assert verify()[0] == 0
