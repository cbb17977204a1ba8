"""A real hub on loopback that has local accounts alone: its authenticator uses hubkit.hub.local, from a zip."""

import contextlib
import os
import subprocess
import sys
import zipfile

import requests
from bs4 import BeautifulSoup
from processes import DEFAULT_SIGINT, free_ports, until
from service import ROOT, answers

from hubkit.hub.local import LocalAccounts

CONFIG = '''
import sys

sys.path.insert(0, "{folder}/hubkit.zip")
from jupyterhub.auth import Authenticator
from jupyterhub.proxy import Proxy

from hubkit.hub.local import LocalAccounts
from hubkit.hub.local.pages import handlers
from hubkit.hub.local.sign_in import sign_in, sign_in_form, today


class NoProxy(Proxy):
    """The test asks the hub itself."""

    should_start, routes = False, {{}}

    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {{"routespec": routespec, "target": target, "data": data}}

    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        return self.routes


class LocalAuthenticator(Authenticator):
    local = LocalAccounts("{folder}/local.sqlite")
    login_service, enable_auth_state, allow_all, auth_refresh_age = "Test <b>IAM {{{{ 7 * 6 }}}}", True, True, 1

    def get_custom_html(self, base_url):
        return sign_in_form(self.login_service, requests=True)

    def get_handlers(self, app):
        return handlers(self.local, lambda user: user.name == "grace", days=31, requests=True, reserved=["grace"])

    async def authenticate(self, handler, data):
        subject = await sign_in(self.local, handler, data)
        return {{"name": subject, "auth_state": {{"subject": subject, "version": self.local.version(subject)}}}}

    async def refresh_user(self, user, handler=None, **kwargs):
        if handler and not hasattr(handler, "_token_authenticated"):
            handler._token_authenticated = False  # JupyterHub 6.1.1 has not always set what it reads
        state = await user.get_auth_state()
        return self.local.is_member(state["subject"], today(), state["version"])


c.JupyterHub.proxy_class, c.JupyterHub.authenticator_class = NoProxy, LocalAuthenticator
c.JupyterHub.hub_ip, c.JupyterHub.hub_port, c.JupyterHub.bind_url = "127.0.0.1", {port}, "{url}"
c.JupyterHub.db_url, c.JupyterHub.spawner_class = "sqlite:///{folder}/hub.sqlite", "simple"
c.JupyterHub.cookie_secret, c.CryptKeeper.keys = bytes(32), ["cd" * 32]
'''


class LocalHub:
    """`url` of the hub, `local`: its accounts, `log`: its log."""

    def __init__(self, folder):
        (port,) = free_ports(1)
        self.folder, self.port, self.url = folder, port, f"http://127.0.0.1:{port}/hub"
        self.local = LocalAccounts(str(folder / "local.sqlite"))

    @property
    def log(self):
        return (self.folder / "hub.log").read_text()


@contextlib.contextmanager
def running_hub(folder):
    """Yield a LocalHub in FOLDER."""
    hub = LocalHub(folder)
    with zipfile.ZipFile(folder / "hubkit.zip", "w") as archive:
        for file in (ROOT / "hubkit").rglob("*.py"):
            archive.write(file, file.relative_to(ROOT))
    config = CONFIG.format(folder=folder, port=hub.port, url=f"http://127.0.0.1:{hub.port}")
    (folder / "jupyterhub_config.py").write_text(config)
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(folder)}
    command = [*DEFAULT_SIGINT, sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"]
    with (folder / "hub.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        until(lambda: process.poll() is not None or answers(f"{hub.url}/health"), 120)  # a loaded machine
        assert process.poll() is None, hub.log
        yield hub
    finally:
        process.terminate()
        process.wait(20)


class Browser:
    """Forms of the hub, as a browser sends them."""

    def __init__(self, hub):
        self.url, self.session = hub.url, requests.Session()
        self.session.trust_env = False

    def get(self, path):
        return self.session.get(f"{self.url}/{path}", timeout=30)

    def token(self, path):
        """The form's own token on the page PATH."""
        return BeautifulSoup(self.get(path).text, "html.parser").find("input", {"name": "_xsrf"})["value"]

    def send(self, path, token=None, **fields):
        """The answer to a form on the page PATH with these FIELDS."""
        data = {"_xsrf": self.token(path) if token is None else token, **fields}
        return self.session.post(f"{self.url}/{path}", data=data, timeout=30)

    def sign_in(self, username, password):
        return self.send("login?next=%2Fhub%2Ftoken", username=username, password=password)

    def is_signed_in(self):
        return self.session.get(f"{self.url}/token", allow_redirects=False, timeout=30).status_code == 200


def text_of(answer):
    """The visible text of a page."""
    return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ").split())
