"""What the tests run against: the containers of molecule's scenario `host`, and the accounts at their IAM."""

import contextlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import yaml

from visitor import Visitor
from visitor.errors import VisitorError

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "CONTAINERS_CONF": str(ROOT / "testbed/containers.conf"), "ANSIBLE_FORCE_COLOR": "0"}
GIVEN = yaml.safe_load((ROOT / "molecule/inventory/group_vars/all/test.yml").read_text())
# The account that verify signs in with.
MEMBER = yaml.safe_load((ROOT / "inventories/demo/group_vars/all/verify.yml").read_text())["verify_member"]["username"]
STATE = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state", "openstack-hub", GIVEN["testbed_name"])
URL = f"https://hub.localhost:{GIVEN['testbed_hub_port']}"
IAM = f"https://iam.localhost:{GIVEN['testbed_iam_port']}"
CA = STATE / "ca/ca.crt"
HUB_CONTAINER = f"openstack-hub-{GIVEN['testbed_name']}-hub"
IAM_CONTAINER = f"openstack-hub-{GIVEN['testbed_name']}-iam"


def missing():
    """What the tests lack, and how to get it; empty when they can run."""
    for program, package in (("podman", "podman"), ("chromium", "chromium"), ("certutil", "libnss3-tools")):
        if not shutil.which(program):
            return f"{program} is missing: run `make packages-test` (or apt-get install {package})"
    names = podman("ps", "--format", "{{.Names}}").stdout.split()
    down = {HUB_CONTAINER, IAM_CONTAINER} - set(names)
    if down:
        return f"{' and '.join(sorted(down))} not running: run `make e2e` (or molecule converge -s host)"
    if on_hub("systemctl is-active jupyterhub apache2", check=False).split() != ["active", "active"]:
        return "the hub is not installed or does not run: run `make e2e` (or molecule converge -s host)"
    return ""


def podman(*arguments, timeout=60):
    return subprocess.run(
        ["podman", *arguments], env=ENVIRONMENT, capture_output=True, text=True, timeout=timeout, check=False
    )


def on_hub(command, check=True):
    """Output of a shell command on the hub's machine, as root."""
    done = podman("exec", HUB_CONTAINER, "sh", "-c", command)
    assert not check or done.returncode == 0, f"{command}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


@contextlib.contextmanager
def homes_are_locked():
    """Nobody's home can be prepared meanwhile, as when somebody else's takes long."""
    command = ["podman", "exec", "-i", HUB_CONTAINER, "flock", "/run/jupyterhub-home.lock", "sh", "-c", "echo; cat"]
    with subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()  # it has the lock
        yield
        holder.stdin.close()


def until(what, condition, timeout, every=0.5):
    """The first true value of CONDITION(); fails with WHAT after TIMEOUT seconds."""
    end = time.monotonic() + timeout
    while True:
        if value := condition():
            return value
        assert time.monotonic() < end, f"not within {timeout} s: {what}"
        time.sleep(every)


def answers(url):
    with contextlib.suppress(VisitorError):
        return Visitor(URL, CA).page(url).status_code == 200
    return False


def hub_answers():
    """Whether the hub answers through Apache and the node proxy."""
    return answers(f"{URL}/hub/health")


def iam_answers():
    """Whether it does so to the hub, which asks it first, and to people, who are led to its form."""
    return answers(f"{URL}/hub/oauth_login")


# -- accounts -------------------------------------------------------------------------------------------------------


def read(name):
    return json.loads((STATE / name).read_text())


def write(name, content):
    """The IAM may be reading: replace the file as a whole."""
    new = STATE / f"{name}.new"
    new.touch(mode=0o600)
    new.write_text(json.dumps(content, indent=1))
    new.rename(STATE / name)


@contextlib.contextmanager
def changed(name, change):
    """`users.json` or `passwords.json` as CHANGE(content) leaves it, for a while."""
    before, now = read(name), read(name)
    change(now)
    write(name, now)
    try:
        yield
    finally:
        write(name, before)


def signed_in(name):
    """A user without a browser."""
    visitor = Visitor(URL, CA)
    visitor.sign_in(name, read("passwords.json")[name])
    return visitor


def stop_server(name):
    visitor = signed_in(name)
    if visitor.running():
        visitor.stop()
    return visitor


def started(name, profile):
    """A user without a browser, whose server of this profile has just been started."""
    visitor = stop_server(name)
    visitor.start(profile)
    return visitor
