import asyncio
import grp
import os
import pwd
import socket
from types import SimpleNamespace

import pytest
from tornado.web import HTTPError
from traitlets.config import Config

from hubkit.hub import configure, host
from hubkit.hub.host import HostSpawner


@pytest.fixture
def spawner(monkeypatch):
    monkeypatch.setattr(host.systemd, "get_systemd_version", lambda: None)
    user = SimpleNamespace(name="ada-2", id=1)
    return HostSpawner(user=user, unit_name_template="jupyter-{USERNAME}", mem_limit=2**30, cpu_limit=0.5)


def answers(monkeypatch, table):
    """Stand in for systemctl and journalctl: {a word of the command: (status, output)}."""
    asked = []

    async def run(*command, **_):
        asked.append(" ".join(command))
        found = next((answer for word, answer in table.items() if word in command), (0, ""))
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(host, "run", run)
    return asked


def test_limits_and_walls():
    found = host.properties("/home/ada", 1610612736, 1.5)
    assert (found["MemoryMax"], found["CPUQuota"], found["ReadWritePaths"]) == ("1610612736", "150%", "/home/ada")
    assert (
        found["ProtectSystem"] == "strict" and found["NoNewPrivileges"] == "yes" and found["ProtectProc"] == "invisible"
    )


def test_a_restarted_hub_knows_its_promises(spawner):
    spawner.mem_guarantee, spawner.cpu_guarantee = 2**29, 1.0
    state = spawner.get_state()
    fresh = HostSpawner(user=spawner.user)
    fresh.load_state(state | {"unknown": 1})
    assert (fresh.mem_limit, fresh.cpu_limit, fresh.mem_guarantee, fresh.cpu_guarantee) == (2**30, 0.5, 2**29, 1.0)
    assert fresh.unit_name == "jupyter-ada-2"


@pytest.mark.parametrize(
    ("answer", "poll"),
    [((0, "active"), None), ((3, "failed"), 1), ((3, "inactive"), 1), ((4, "inactive"), 1), ((3, "deactivating"), None),
     ((1, "Failed to connect to bus"), None)],
)  # fmt: skip
def test_only_a_clear_answer_ends_a_server(spawner, monkeypatch, answer, poll):
    answers(monkeypatch, {"is-active": answer})
    assert asyncio.run(spawner.poll()) == poll


def test_home_that_fails_is_explained_in_its_own_words(spawner, monkeypatch):
    asked = answers(monkeypatch, {"start": (1, "Job failed"), "show": (0, "abc"), "journalctl": (0, "No space\nleft")})
    with pytest.raises(HTTPError) as error:
        asyncio.run(spawner.prepare_home())
    assert error.value.jupyterhub_message == "Your home could not be prepared: No space left"
    assert asked[0] == "systemctl start jupyterhub-home@ada-2.service" and "_SYSTEMD_INVOCATION_ID=abc" in asked[2]


def test_home_that_hangs_is_given_up(spawner, monkeypatch):
    answers(monkeypatch, {"start": TimeoutError()})
    with pytest.raises(HTTPError, match="that takes too long"):
        asyncio.run(spawner.prepare_home())


def test_who_listens_must_be_the_user(spawner, monkeypatch):
    answers(monkeypatch, {})
    with socket.create_server(("127.0.0.1", 0)) as server:
        spawner.port = server.getsockname()[1]
        assert host.listener(spawner.port) == os.getuid()
        asyncio.run(spawner.answers(os.getuid()))
        with pytest.raises(HTTPError, match="port was taken"):
            asyncio.run(spawner.answers(os.getuid() + 1))
    assert host.listener(spawner.port) is None


def test_a_server_that_ends_while_starting_is_told_at_once(spawner, monkeypatch):
    spawner.port = 1
    answers(monkeypatch, {"is-active": (3, "failed"), "journalctl": (0, "ImportError")})
    with pytest.raises(HTTPError, match="ended while it started: ImportError"):
        asyncio.run(spawner.answers(0))


def test_names_of_the_machine_are_taken():
    assert host.taken("root") and host.taken(grp.getgrall()[-1].gr_name)
    assert not host.taken("nobody-has-this-name")
    assert all(host.taken(entry.pw_name) for entry in pwd.getpwall())


def test_steps_are_told_as_they_happen(spawner):
    async def run():
        told = spawner.progress()
        spawner.steps = [(10, "Preparing your home")]
        first = await anext(told)
        spawner.steps.append((30, "Starting"))
        return first, await anext(told)

    assert asyncio.run(run())[1] == {"progress": 30, "message": "Starting"}


def test_commands_that_hang_are_killed():
    with pytest.raises(TimeoutError):
        asyncio.run(host.run("sleep", "1000", timeout=0.1))
    assert asyncio.run(host.run("sh", "-c", "echo a; exit 3")) == (3, "a")


def test_all_of_it_configures(model, secrets):
    config = Config()
    configure(config, model, secrets)
    host.configure(config, model)
    assert config.JupyterHub.bind_url == "http://127.0.0.1:8000"
    assert config.JupyterHub.tornado_settings["xsrf_cookie_kwargs"] == {"secure": True}
    assert config.JupyterHub.cleanup_servers is False and config.JupyterHub.allow_named_servers is False
    assert config.JupyterHub.template_vars["announcement_home"] == "Testing &lt;b&gt;phase&lt;/b&gt;."
    assert "PYTHONPATH" not in config.Spawner.env_keep
