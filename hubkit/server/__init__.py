"""hubkit.server: an extension of jupyter_server that makes a server report what somebody really did."""

import asyncio
import json
import os
from pathlib import Path

from jupyter_server.utils import url_path_join

from .activity import CONTENTS, Activity
from .idle import IdleHandler
from .repositories import clone_all


def configure(c):
    """Settings of every user's server, from its jupyter_server_config.py."""
    # Kernels on loopback TCP could be listened to by any account of the machine; sockets in a private folder cannot.
    c.KernelManager.transport = "ipc"
    c.ServerApp.root_dir = str(Path.home())
    c.ServerApp.terminals_enabled = True
    # Deleted is deleted: a home is small, and a hidden trash fills it.
    c.FileContentsManager.delete_to_trash = False
    # Where a profile gives root, an image may run its server as root.
    c.ServerApp.allow_root = os.geteuid() == 0
    c.LabApp.news_url = None
    c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    if os.environ.get("JUPYTERHUB_PUBLIC_URL", "").startswith("https:"):
        c.ServerApp.tornado_settings = {"xsrf_cookie_kwargs": {"secure": True}}


def _jupyter_server_extension_points():
    return [{"module": "hubkit.server"}]


def _load_jupyter_server_extension(app):
    activity = app.web_app.settings["hubkit_activity"] = Activity(app)
    # The one funnel: report to the hub, /api/status, /metrics and shutdown_no_activity all ask here.
    app.web_app.last_activity = activity.last_activity
    app.event_logger.add_listener(schema_id=CONTENTS, listener=activity.on_contents)
    url = url_path_join(app.web_app.settings["base_url"], "hubkit/idle")
    app.web_app.add_handlers(".*$", [(url, IdleHandler)])
    repositories = json.loads(os.environ.get("HUBKIT_REPOSITORIES", "[]"))
    work = [activity.watch(), clone_all(repositories, Path(app.contents_manager.root_dir), app.log)]
    app.io_loop.call_later(0, lambda: app.web_app.settings.update(hubkit_work=list(map(asyncio.ensure_future, work))))
