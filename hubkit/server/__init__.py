"""hubkit.server: an extension of jupyter_server that makes a server report the user's activity."""

import asyncio
import json
import os
from pathlib import Path

from jupyter_server.utils import url_path_join

from hubkit import log

from .activity import CONTENTS_SCHEMA, Activity
from .idle import IdleHandler
from .listener import inherited_sockets
from .repositories import clone_all


def configure(c):
    """Settings of all user servers, called by their jupyter_server_config.py."""
    # Any account of the machine could connect to kernels on loopback TCP, but not to sockets in a private folder.
    c.KernelManager.transport = "ipc"
    c.ServerApp.logging_config = log.CONFIGURATION
    c.ServerApp.root_dir = str(Path.home())
    c.ServerApp.terminals_enabled = True
    # A home is small, and a hidden trash folder would fill it.
    c.FileContentsManager.delete_to_trash = False
    # Where a profile grants root, an image may run its server as root.
    c.ServerApp.allow_root = os.geteuid() == 0
    c.LabApp.news_url = None
    c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    if os.environ.get("JUPYTERHUB_PUBLIC_URL", "").startswith("https:"):
        c.ServerApp.tornado_settings = {"xsrf_cookie_kwargs": {"secure": True}}


def _jupyter_server_extension_points():
    return [{"module": "hubkit.server"}]


def _load_jupyter_server_extension(app):
    activity = app.web_app.settings["hubkit_activity"] = Activity(app)
    # The report to the hub, /api/status, /metrics and shutdown_no_activity all call this method.
    app.web_app.last_activity = activity.last_activity
    app.event_logger.add_listener(schema_id=CONTENTS_SCHEMA, listener=activity.on_contents)
    url = url_path_join(app.web_app.settings["base_url"], "hubkit/idle")
    app.web_app.add_handlers(".*$", [(url, IdleHandler)])
    repositories = json.loads(os.environ.get("HUBKIT_REPOSITORIES", "[]"))
    coroutines = [activity.watch(), clone_all(repositories, Path(app.contents_manager.root_dir), app.log)]

    def start_tasks():
        # The event loop keeps only weak references to tasks.
        app.web_app.settings["hubkit_tasks"] = [asyncio.ensure_future(coroutine) for coroutine in coroutines]

    app.io_loop.call_later(0, start_tasks)


async def _start_jupyter_server_extension(app):
    app.http_server.add_sockets(inherited_sockets())
