"""The deployment under test: the site of a molecule scenario, named by E2E_PLATFORM, and the accounts at its IAM.

What differs between the platforms is `deployment.site`: the module on_host or on_kubernetes.
"""

import contextlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml

from visitor import Visitor
from visitor.errors import VisitorError

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "testbed"))
import test_run  # noqa: E402  (found through the line above)

ENVIRONMENT = {**os.environ, "CONTAINERS_CONF": str(ROOT / "testbed/containers.conf")}
PLATFORM = os.environ.get("E2E_PLATFORM", "host")
INVENTORY = {"host": "molecule/inventory", "kubernetes": "molecule/kubernetes/inventory"}[PLATFORM]
GIVEN = yaml.safe_load((ROOT / INVENTORY / "group_vars/all/test.yml").read_text()) | test_run.variables(PLATFORM)
# The account that verify signs in with.
MEMBER = yaml.safe_load((ROOT / "inventories/demo/group_vars/all/verify.yml").read_text())["verify_member"]["username"]
STATE = test_run.state(PLATFORM)
URL = f"https://hub.localhost:{GIVEN['testbed_hub_port']}"
IAM = f"https://iam.localhost:{GIVEN['testbed_iam_port']}"
CA = STATE / "ca/ca.crt"
# The hub's machine, where platform `host` has everything and platform `kubernetes` only Apache
HUB_CONTAINER = f"openstack-hub-{GIVEN['testbed_name']}-hub"
IAM_CONTAINER = f"openstack-hub-{GIVEN['testbed_name']}-iam"
HOW = {"host": "make e2e", "kubernetes": "make kubernetes"}[PLATFORM]


def missing():
    """What the tests lack, and how to get it; empty when they can run."""
    for program, package in (("podman", "podman"), ("chromium", "chromium"), ("certutil", "libnss3-tools")):
        if not shutil.which(program):
            return f"{program} is missing: run `make packages-test` (or apt-get install {package})"
    names = podman("ps", "--format", "{{.Names}}").stdout.split()
    down = {HUB_CONTAINER, IAM_CONTAINER} - set(names)
    if down:
        return f"{' and '.join(sorted(down))} not running: run `{HOW}` (or molecule converge -s {PLATFORM})"
    if not site.is_up():
        return f"the hub is not installed or does not run: run `{HOW}` (or molecule converge -s {PLATFORM})"
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


def until(what, condition, timeout, every=0.5):
    """The first true value of CONDITION(); fails with WHAT after TIMEOUT seconds."""
    end = time.monotonic() + timeout
    while True:
        if value := condition():
            return value
        assert time.monotonic() < end, f"not within {timeout} s: {what}"
        time.sleep(every)


def answers(url):
    """Whether URL is answered at once: a request to a backend that has just stopped would wait much longer."""
    with contextlib.suppress(VisitorError):
        return Visitor(URL, CA).session.get(url, timeout=5).status_code == 200
    return False


def hub_answers():
    """Whether the hub answers through Apache and the proxy."""
    return answers(f"{URL}/hub/health")


def iam_answers():
    """Whether the IAM answers both the hub, which contacts it first, and the user, who is redirected to its form."""
    return answers(f"{URL}/hub/oauth_login")


def playbook(name, *arguments, **variables):
    """What an operator sees of a playbook that succeeds."""
    status, output = playbook_result(name, *arguments, **variables)
    assert status == 0, output
    return output


def playbook_result(name, *arguments, **variables):
    """(exit status, what an operator sees)"""
    clouds = {"OS_CLIENT_CONFIG_FILE": str(STATE / "openstack/clouds.yaml")}
    command = ["ansible-playbook", "-i", INVENTORY, f"playbooks/{name}.yml", *arguments, "-e", json.dumps(variables)]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT | clouds, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


# -- accounts -------------------------------------------------------------------------------------------------------


def read(name):
    return json.loads((STATE / name).read_text())


def write(name, content):
    """Replace the file atomically: the IAM may be reading it."""
    new = STATE / f"{name}.new"
    new.touch(mode=0o600)
    new.write_text(json.dumps(content, indent=1))
    new.rename(STATE / name)


@contextlib.contextmanager
def changed(name, change):
    """Change entries of `users.json` or `passwords.json` by CHANGE(content), and restore these at the end."""
    before, now = read(name), read(name)
    change(now)
    write(name, now)
    try:
        yield
    finally:
        changed_keys = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
        others = {key: value for key, value in read(name).items() if key not in changed_keys}
        write(name, others | {key: before[key] for key in changed_keys & before.keys()})


def signed_in(name):
    """A client that acts as NAME."""
    visitor = Visitor(URL, CA)
    visitor.sign_in(name, read("passwords.json")[name])
    return visitor


def stop_server(name):
    visitor = signed_in(name)
    if visitor.running():
        visitor.stop()
    return visitor


def started(name, profile):
    """A client that acts as NAME and has just started a server of PROFILE."""
    visitor = stop_server(name)
    visitor.start(profile)
    return visitor


site = importlib.import_module(f"on_{PLATFORM}")
