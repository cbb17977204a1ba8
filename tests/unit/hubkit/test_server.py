"""The extension in a user server: its settings, and what it installs."""

import asyncio
import json
import os
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from jupyter_client import KernelManager
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyterlab.labapp import LabApp
from traitlets.config import Config

from hubkit import log, server
from hubkit.server import configure
from hubkit.server.activity import CONTENTS_SCHEMA
from hubkit.server.idle import IdleHandler

EXPECTED = {
    "KernelManager": {"transport": "ipc"},
    "FileContentsManager": {"delete_to_trash": False},
    "LabApp": {"news_url": None, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"},
}


@pytest.mark.parametrize("https", [True, False, None])
def test_the_settings_are_complete_and_known_to_the_server(https, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    if https is None:
        monkeypatch.delenv("JUPYTERHUB_PUBLIC_URL", raising=False)
    else:
        monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", f"http{'s' if https else ''}://hub.example.org/user/ada/")
    config = Config()
    configure(config)
    classes = {cls.__name__: cls for cls in (KernelManager, ServerApp, FileContentsManager, LabApp)}
    for section, settings in config.items():
        assert set(settings) <= set(classes[section].class_trait_names(config=True)), section
    app = {"root_dir": str(tmp_path), "terminals_enabled": True, "allow_root": os.geteuid() == 0}
    app["logging_config"] = log.CONFIGURATION
    secure = {"tornado_settings": {"xsrf_cookie_kwargs": {"secure": True}}} if https else {}
    assert {section: dict(settings) for section, settings in config.items()} == EXPECTED | {"ServerApp": app | secure}


@pytest.mark.parametrize(("uid", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed_only_to_root(monkeypatch, uid, allowed):
    monkeypatch.setattr(server.os, "geteuid", lambda: uid)
    config = Config()
    configure(config)
    assert config.ServerApp.allow_root is allowed


def test_what_the_extension_installs(monkeypatch, tmp_path):
    calls, cloned = [], []

    async def clone_all(repositories, home, log):
        cloned.append((repositories, str(home), log))

    repositories = [{"url": "https://git.example.org/a", "branch": None}]
    monkeypatch.setenv("HUBKIT_REPOSITORIES", json.dumps(repositories))
    monkeypatch.setattr(server, "clone_all", clone_all)
    web_app = SimpleNamespace(settings={"base_url": "/user/ada/"}, add_handlers=lambda *args: calls.append(args))

    async def run():
        app = SimpleNamespace(
            web_app=web_app, log="log", contents_manager=SimpleNamespace(root_dir=str(tmp_path)),
            kernel_manager=SimpleNamespace(list_kernel_ids=list),
            event_logger=SimpleNamespace(add_listener=lambda **options: calls.append(options)),
            io_loop=SimpleNamespace(call_later=asyncio.get_running_loop().call_later),
        )  # fmt: skip
        server._load_jupyter_server_extension(app)
        await asyncio.sleep(0.05)
        watch, clone = web_app.settings["hubkit_tasks"]
        assert not watch.done() and clone.done()
        watch.cancel()

    asyncio.run(run())
    activity = web_app.settings["hubkit_activity"]
    assert web_app.last_activity == activity.last_activity
    assert calls == [
        {"schema_id": CONTENTS_SCHEMA, "listener": activity.on_contents},
        (".*$", [("/user/ada/hubkit/idle", IdleHandler)]),
    ]
    assert cloned == [(repositories, str(tmp_path), "log")]
    assert server._jupyter_server_extension_points() == [{"module": "hubkit.server"}]


def answer_of_idle(monkeypatch, idle="", max_age="", idle_for=0, age=0):
    """The JSON of GET hubkit/idle, for a server of AGE seconds that has been idle for IDLE_FOR."""
    monkeypatch.setenv("HUBKIT_IDLE", idle)
    monkeypatch.setenv("HUBKIT_MAX_AGE", max_age)
    now, sampled, result = time.time(), [], {}
    activity = SimpleNamespace(timestamp=now - idle_for, reason="kernel", last_activity=lambda: sampled.append(1))
    handler = IdleHandler.__new__(IdleHandler)
    handler.application = SimpleNamespace(
        settings={"hubkit_activity": activity, "started": datetime.now(UTC) - timedelta(seconds=age)}
    )
    handler.set_header = lambda name, value: result.update({name: value})
    handler.finish = result.update
    IdleHandler.get.__wrapped__(handler)
    assert sampled and result.pop("Cache-Control") == "no-store"
    return result


def test_what_a_server_says_about_its_time(monkeypatch):
    answer = answer_of_idle(monkeypatch, "600", "5000", idle_for=100, age=2000)
    assert answer == {"idle": pytest.approx(500, abs=2), "age": pytest.approx(3000, abs=2), "reason": "kernel"}


def test_the_age_counts_from_the_start_and_not_from_the_last_activity(monkeypatch):
    assert answer_of_idle(monkeypatch, "", "5000", idle_for=0, age=4000)["age"] == pytest.approx(1000, abs=2)


def test_time_that_is_over_is_0(monkeypatch):
    answer = answer_of_idle(monkeypatch, "600", "5000", idle_for=700, age=6000)
    assert (answer["idle"], answer["age"]) == (0, 0)


@pytest.mark.parametrize("unset", ["", "0"])
def test_no_limit_is_null(monkeypatch, unset):
    answer = answer_of_idle(monkeypatch, unset, unset, idle_for=700, age=6000)
    assert (answer["idle"], answer["age"]) == (None, None)
