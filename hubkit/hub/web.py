"""Public URL, cookies, templates, and how many servers may start at once."""

import atexit
import importlib.resources
import tempfile
from pathlib import Path

from markupsafe import escape

from hubkit import log


def configure(c, model, secrets):
    """Set what pages and proxy need."""
    hub = c.JupyterHub
    hub.logging_config = log.CONFIGURATION
    hub.public_url = f"{model['url']}/"
    # Proxy and servers are units of their own and keep running while the hub restarts.
    hub.cleanup_servers = hub.cleanup_proxy = False
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.auth_token = secrets["proxy_token"]
    # Without this the log shows Apache's address for every user.
    hub.trusted_downstream_ips = ["127.0.0.1"]
    hub.cookie_secret = bytes.fromhex(secrets["cookie_secret"])
    # JupyterHub marks `_xsrf` as Secure only if told so separately. Plain http is for tests on loopback.
    secure = {"secure": model["url"].startswith("https:")}
    hub.tornado_settings = {"cookie_options": secure, "xsrf_cookie_kwargs": dict(secure)}
    # A home is mounted once, so each user has one server.
    hub.allow_named_servers = False
    hub.shutdown_on_logout = False
    hub.concurrent_spawn_limit = model["concurrent_starts"]
    c.Spawner.start_timeout = c.Spawner.http_timeout = model["start_timeout"]
    # The hub's own environment, above all PYTHONPATH, must not reach user servers.
    c.Spawner.env_keep = ["LANG", "LC_ALL"]
    hub.template_paths = [templates(), *hub.get("template_paths", [])]
    hub.template_vars = {
        "hub_user_tokens": model["user_tokens"],
        "hub_local_accounts": "local" in model["sign_in"]["methods"],
    }
    if model["notice"]:
        # The templates print announcements unescaped.
        notice = str(escape(model["notice"]))
        hub.template_vars |= {"announcement_login": notice, "announcement_home": notice}


def templates():
    """A folder with this package's templates, until the hub ends: JupyterHub does not read them from a zip."""
    folder = tempfile.TemporaryDirectory(prefix="hubkit-templates-")
    atexit.register(folder.cleanup)
    for file in importlib.resources.files(__package__).joinpath("templates").iterdir():
        Path(folder.name, file.name).write_bytes(file.read_bytes())
    return folder.name
