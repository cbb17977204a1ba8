import asyncio
import contextlib
import grp
import os
import pwd
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from jupyterhub import orm
from jupyterhub.objects import Server
from jupyterhub.proxy import ConfigurableHTTPProxy
from test_profiles import Spawner
from tornado.web import HTTPError
from traitlets.config import Config

from hubkit.hub import configure, host, idle, sandbox, unit_socket
from hubkit.hub.host import HostSpawner


@pytest.fixture
def spawner(monkeypatch, model, tmp_path):
    monkeypatch.setattr(host.systemd, "get_systemd_version", lambda: None)
    monkeypatch.setattr(host.homes, "SIZES", tmp_path / "sizes")
    user = SimpleNamespace(name="ada-2", id=1, groups=[])
    limits = {"mem_limit": 2**30, "cpu_limit": 0.5}
    return HostSpawner(user=user, unit_name_template="jupyter-{USERNAME}", model=model, **limits)


def mock_commands(monkeypatch, results):
    """Replace systemctl and journalctl: {a word of the command: (status, output)}. Returns the commands that ran."""
    commands = []

    async def run_command(*command, **_):
        commands.append(" ".join(command))
        result = next((result for word, result in results.items() if word in command), (0, ""))
        if isinstance(result, list):
            result = result.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(host, "run_command", run_command)
    return commands


def test_a_restarted_hub_knows_its_guarantees(spawner):
    spawner.mem_guarantee, spawner.cpu_guarantee = 2**29, 1.0
    state = spawner.get_state()
    restarted = HostSpawner(user=spawner.user)
    restarted.load_state(state | {"unknown": 1})
    assert (restarted.mem_limit, restarted.cpu_limit) == (2**30, 0.5)
    assert (restarted.mem_guarantee, restarted.cpu_guarantee) == (2**29, 1.0)
    assert restarted.unit_name == "jupyter-ada-2"
    restarted.load_state({})  # of a server that an older version started


@pytest.mark.parametrize(
    ("result", "poll"),
    [((0, "active"), None), ((3, "failed"), 1), ((3, "inactive"), 1), ((4, "inactive"), 1), ((3, "deactivating"), None),
     ((1, "Failed to connect to bus"), None)],
)  # fmt: skip
def test_only_a_definite_answer_ends_a_server(spawner, monkeypatch, caplog, result, poll):
    commands = mock_commands(monkeypatch, {"is-active": result})
    assert asyncio.run(spawner.poll()) == poll
    assert ("State of jupyter-ada-2 is unknown" in caplog.text) is (poll is None and result[0] != 0)
    assert commands == ["systemctl is-active jupyter-ada-2"]


def test_a_home_that_fails_is_explained_by_the_units_log(spawner, monkeypatch):
    results = {"start": (1, "Job failed"), "show": (0, "abc"), "journalctl": (0, "No space\nleft")}
    commands = mock_commands(monkeypatch, results)
    with pytest.raises(HTTPError) as error:
        asyncio.run(spawner.prepare_home())
    assert error.value.jupyterhub_message == "Your home could not be prepared: No space left"
    assert error.value.status_code == 500
    unit = "jupyterhub-home@ada-2.service"
    assert commands == [
        f"systemctl start {unit}", f"systemctl show --value --property=InvocationID {unit}",
        "journalctl _SYSTEMD_INVOCATION_ID=abc -n 5 -o cat --quiet",
    ]  # fmt: skip
    results["journalctl"] = (0, "")
    with pytest.raises(HTTPError, match="could not be prepared: Job failed"):
        asyncio.run(spawner.prepare_home())


def test_a_home_that_takes_too_long_ends_the_start(spawner, monkeypatch):
    mock_commands(monkeypatch, {"start": TimeoutError()})
    with pytest.raises(HTTPError, match="could not be prepared: timed out"):
        asyncio.run(spawner.prepare_home())


def test_a_home_has_half_of_the_start_timeout(spawner, monkeypatch):
    timeouts = []

    async def run_command(*command, timeout):
        timeouts.append(timeout)
        return 0, ""

    monkeypatch.setattr(host, "run_command", run_command)
    spawner.start_timeout = 60
    asyncio.run(spawner.prepare_home())
    assert timeouts == [30]


def test_a_server_that_ends_while_it_starts_is_reported_at_once(spawner, monkeypatch):
    spawner.server = SimpleNamespace(base_url="/user/ada-2/", proto="http")
    commands = mock_commands(monkeypatch, {"is-active": (3, "failed"), "journalctl": (0, "ImportError")})
    with pytest.raises(HTTPError, match="stopped while it was starting: ImportError"):
        asyncio.run(spawner.wait_until_answering())
    assert "systemctl show --value --property=InvocationID jupyter-ada-2" in commands


def test_names_of_the_machine_exist():
    assert host.name_exists("root") and host.name_exists(grp.getgrall()[-1].gr_name)
    assert not host.name_exists("nobody-has-this-name")
    assert all(host.name_exists(entry.pw_name) for entry in pwd.getpwall())
    only_groups = {group.gr_name for group in grp.getgrall()} - {entry.pw_name for entry in pwd.getpwall()}
    assert only_groups and all(map(host.name_exists, only_groups))


# --- A start ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def account(monkeypatch, tmp_path):
    """The account of ada-2, and a user environment behind symlinks."""
    account = SimpleNamespace(pw_dir="/home/ada-2", pw_uid=os.getuid(), pw_gid=7)
    monkeypatch.setattr(host.pwd, "getpwnam", {"ada-2": account}.__getitem__)
    monkeypatch.setattr(host.os.path, "realpath", lambda path: f"/resolved{path}")
    return account


def start(spawner, monkeypatch, tmp_path):
    """(URL, steps when the unit was started, content of its environment file) of a start."""
    monkeypatch.setattr(host, "ENVIRONMENTS", str(tmp_path / "environments"))
    monkeypatch.setattr(HostSpawner.__mro__[1], "get_args", lambda self: ["--a"])
    monkeypatch.setattr(HostSpawner.__mro__[1], "get_env", lambda self: {"LANG": "C", "PATH": "/hub"})
    spawner.api_token, spawner.server = "token", SimpleNamespace(base_url="/user/ada-2/", proto="http")
    seen, run_command = [], host.run_command

    async def spy(*command, **options):
        if command[0] == "systemd-run":
            seen.extend([list(spawner.steps), (tmp_path / "environments/jupyter-ada-2.env").read_text()])
        return await run_command(*command, **options)

    async def answers(name, page):
        assert (name, page) == ("ada-2", "/user/ada-2/api")
        return True

    monkeypatch.setattr(host, "run_command", spy)
    monkeypatch.setattr(unit_socket, "answers", answers)
    return asyncio.run(spawner.start()), *seen


def test_a_start_runs_the_server_as_its_user_in_its_home(spawner, monkeypatch, account, tmp_path):
    commands = mock_commands(monkeypatch, {})
    url, steps, environment = start(spawner, monkeypatch, tmp_path)
    assert url == "http+unix://%2Frun%2Fjupyterhub-servers%2Fada-2.sock"
    *before, command = commands
    assert before == [
        "systemctl stop jupyter-ada-2.service jupyter-ada-2.socket",
        "systemctl reset-failed jupyter-ada-2.service jupyter-ada-2.socket",
        "systemctl start jupyterhub-home@ada-2.service",
    ]  # fmt: skip
    assert command.startswith(
        f"systemd-run --quiet --unit=jupyter-ada-2 --slice=jupyter.slice --uid={os.getuid()} --gid=7 "
        "--working-directory=/home/ada-2 --socket-property=ListenStream=/run/jupyterhub-servers/ada-2.sock "
    )
    assert command.endswith(
        f" --property=EnvironmentFile={tmp_path}/environments/jupyter-ada-2.env "
        "/resolved/opt/openstack-hub/user/bin/jupyterhub-singleuser --a --ServerApp.sock=/run/jupyter/server.sock"
    )
    properties = sandbox.unit_properties(account, 2**30, 0.5, False)
    assert all(option in command for option in sandbox.options("property", properties))
    assert environment.splitlines() == [
        "HUBKIT_ZIP=/resolved/opt/openstack-hub/lib/hubkit.zip", "JUPYTER_CONFIG_PATH=/opt/openstack-hub/etc/jupyter",
        "JUPYTER_RUNTIME_DIR=/run/jupyter", "LANG=C",
        "PATH=/resolved/opt/openstack-hub/user/bin:/usr/local/bin:/usr/bin:/bin",
    ]  # fmt: skip
    assert steps == [(10, "Preparing your home"), (30, "Starting a server with 0.5 CPU, 1 GB memory")]
    assert spawner.steps == (), "a page that is opened later must not see the steps of this start"
    assert spawner.port == 8888


def test_environment_and_mounts_are_those_of_the_profile(spawner, monkeypatch, account, tmp_path):
    """The hub's own variables cannot be replaced, and a previous profile leaves nothing."""
    mount = {"folder": "/srv/data", "path": "/data", "read_only": True}
    own = {"LANG": "C.UTF-8", "QUOTED": "it's $HOME {x}", "PATH": "/evil", "JUPYTER_CONFIG_PATH": "/evil"}
    spawner.model["profiles"][1] |= {"environment": own, "mounts": [mount]}
    commands = mock_commands(monkeypatch, {})
    for profile in ("large", "default"):
        spawner.user_options = {"profile": profile}
        _, _, environment = start(spawner, monkeypatch, tmp_path)
        lines, is_large = environment.splitlines(), profile == "large"
        assert ("QUOTED='it'\"'\"'s $HOME {x}'" in lines, "LANG=C.UTF-8" in lines) == (is_large, is_large)
        assert "/evil" not in environment
        assert ("--property=BindReadOnlyPaths=-/srv/data:/data" in commands[-1]) is is_large


def test_the_size_of_a_home_is_left_for_make_home_before_it_runs(spawner, monkeypatch):
    spawner.model["home"]["group_sizes"] = [{"group": "cloud/astro", "size": 5 * 2**30}]
    spawner.user.groups = [SimpleNamespace(name="cloud/astro")]
    seen = []

    async def run_command(*command, timeout):
        seen.append((Path(host.homes.SIZES) / "ada-2").read_text())
        return 0, ""

    monkeypatch.setattr(host, "run_command", run_command)
    asyncio.run(spawner.prepare_home())
    assert seen == ["5368709120\n"]


@pytest.mark.parametrize("status", [0, 1])
def test_the_secrets_of_a_server_do_not_stay_in_a_file(spawner, monkeypatch, account, tmp_path, status):
    mock_commands(monkeypatch, {"--quiet": (status, "")})
    with contextlib.suppress(HTTPError):
        start(spawner, monkeypatch, tmp_path)
    assert list((tmp_path / "environments").iterdir()) == []
    assert (tmp_path / "environments").stat().st_mode & 0o777 == 0o700


def test_a_unit_that_cannot_be_started_is_reported(spawner, monkeypatch, account, tmp_path, caplog):
    mock_commands(monkeypatch, {"--quiet": (1, "Unknown assignment")})
    with pytest.raises(HTTPError) as error:
        start(spawner, monkeypatch, tmp_path)
    assert error.value.jupyterhub_message.startswith("The machine could not start your server.")
    assert spawner.steps == ()
    assert "systemd-run: Unknown assignment" in caplog.text


def test_no_unit_is_started_without_a_home(spawner, monkeypatch, account, tmp_path):
    commands = mock_commands(monkeypatch, {"jupyterhub-home@ada-2.service": (1, "no")})
    with pytest.raises(HTTPError, match="home could not be prepared"):
        start(spawner, monkeypatch, tmp_path)
    assert not any("systemd-run" in command for command in commands)


def test_a_start_waits_until_the_server_answers(spawner, monkeypatch):
    spawner.server = SimpleNamespace(base_url="/user/ada-2/", proto="http")
    mock_commands(monkeypatch, {"is-active": (0, "active")})
    results = iter([False, False, True])

    async def answers(name, page):
        return next(results)

    monkeypatch.setattr(unit_socket, "answers", answers)
    asyncio.run(spawner.wait_until_answering())
    assert next(results, "all were asked for") == "all were asked for"


def test_a_stop_closes_the_socket_as_well(spawner, monkeypatch):
    """The socket would start the server again."""
    commands = mock_commands(monkeypatch, {})
    asyncio.run(spawner.stop())
    assert commands == ["systemctl stop jupyter-ada-2.service jupyter-ada-2.socket"]


@pytest.mark.parametrize(
    ("host", "proto", "port"),
    [
        ("http+unix://%2Frun%2Fjupyterhub-servers%2Fada-2.sock", "http+unix", 80),
        ("http://127.0.0.1:41234", "http", 41234),  # of an older version
    ],
)
def test_the_hub_finds_a_server_again(spawner, host, proto, port):
    """It stores protocol, host and port."""
    stored = orm.Server(base_url="/user/ada-2/", cookie_name="", proto=proto, ip=urlsplit(host).hostname, port=port)
    spawner.server = Server(orm_server=stored)
    assert (spawner.server.host, spawner.server.url) == (host, f"{host}/user/ada-2/")
    spawner.server = None
    assert spawner.server is None


def test_steps_are_reported_as_they_happen_and_once(spawner):
    async def run():
        events = spawner.progress()
        spawner.steps = [(10, "Preparing your home")]
        first = await anext(events)
        spawner.steps.append((30, "Starting"))
        second = await anext(events)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(events), 0.5)
        return first, second

    assert asyncio.run(run()) == (
        {"progress": 10, "message": "Preparing your home"}, {"progress": 30, "message": "Starting"},
    )  # fmt: skip


def test_commands_that_take_too_long_are_killed():
    with pytest.raises(TimeoutError):
        asyncio.run(host.run_command("sleep", "1000", timeout=0.1))
    assert asyncio.run(host.run_command("sh", "-c", "echo a; echo b >&2; cat; exit 3")) == (3, "a\nb")


# --- Configuration ---------------------------------------------------------------------------------------------------
def test_everything_is_configured(model, secrets):
    config = Config()
    configure(config, model, secrets)
    jupyterhub, proxy, spawner = config.JupyterHub, config.ConfigurableHTTPProxy, config.Spawner
    assert (jupyterhub.bind_url, jupyterhub.hub_ip, jupyterhub.hub_port) == ("http://127.0.0.1:8000", "127.0.0.1", 8081)
    assert jupyterhub.public_url == "https://hub.example.org/"
    assert jupyterhub.db_url == "sqlite:////var/lib/openstack-hub/jupyterhub.sqlite"
    assert (proxy.api_url, proxy.auth_token, proxy.should_start) == ("http://127.0.0.1:8001", "proxy-token", False)
    assert jupyterhub.spawner_class is HostSpawner
    assert config.HostSpawner.unit_name_template == "jupyter-{USERNAME}"
    accounts = config.HubAuthenticator.accounts
    assert config.HostSpawner.model is model
    assert accounts.path == "/var/lib/openstack-hub/accounts.sqlite" and accounts.is_taken("root")
    assert jupyterhub.cleanup_servers is False and jupyterhub.cleanup_proxy is False
    assert jupyterhub.trusted_downstream_ips == ["127.0.0.1"] and jupyterhub.cookie_secret == b"\xab" * 32
    assert jupyterhub.allow_named_servers is False and jupyterhub.shutdown_on_logout is False
    assert jupyterhub.concurrent_spawn_limit == 20
    assert (spawner.start_timeout, spawner.http_timeout) == (60, 60)
    assert spawner.env_keep == ["LANG", "LC_ALL"], "not PYTHONPATH"
    notice = "Testing &lt;b&gt;phase&lt;/b&gt;."
    shown = {"announcement_login": notice, "announcement_home": notice}
    links = {"hub_user_tokens": True, "hub_local_accounts": False}
    assert jupyterhub.template_vars == links | shown
    assert configured(model | {"notice": ""}, secrets).JupyterHub.template_vars == links
    assert Path(jupyterhub.template_paths[0], "page.html").exists()


def configured(model, secrets):
    config = Config()
    configure(config, model, secrets)
    return config


@pytest.mark.parametrize(("url", "secure"), [("https://hub.example.org", True), ("http://127.0.0.1:8000", False)])
def test_cookies_are_secure_where_the_service_has_https(model, secrets, url, secure):
    settings = configured(model | {"url": url}, secrets).JupyterHub.tornado_settings
    cookies = {name: value for name, value in settings.items() if "cookie" in name}
    assert cookies == {"cookie_options": {"secure": secure}, "xsrf_cookie_kwargs": {"secure": secure}}


def test_the_culler_is_registered_and_traffic_of_the_proxy_is_no_activity(model, secrets):
    jupyterhub = configured(model, secrets).JupyterHub
    assert jupyterhub.services == [
        {"name": "culler", "url": "http://127.0.0.1:8091", "api_token": "culler-token", "display": False}
    ]
    scopes = ["list:users", "read:servers", "read:tokens", "delete:servers"]
    assert jupyterhub.load_roles[-1] == {"name": "culler", "services": ["culler"], "scopes": scopes}
    assert jupyterhub.activity_resolution == 29
    assert jupyterhub.proxy_class is idle.ActivityFilteringProxy


def test_routes_have_no_time_of_last_activity(monkeypatch):
    async def get_all_routes(self):
        return {"/": {"data": {}}, "/user/a": {"data": {"user": "a", "last_activity": "2026-11-29T00:00:00Z"}}}

    monkeypatch.setattr(ConfigurableHTTPProxy, "get_all_routes", get_all_routes)
    proxy = idle.ActivityFilteringProxy.__new__(idle.ActivityFilteringProxy)
    assert asyncio.run(proxy.get_all_routes()) == {"/": {"data": {}}, "/user/a": {"data": {"user": "a"}}}


def test_the_platform_is_chosen_by_the_model(model, secrets, k8s, monkeypatch):
    monkeypatch.setattr(host, "capacity", lambda: (0, 0))
    model["profiles"][0]["cpu_guarantee"] = 1.0
    with pytest.raises(HTTPError, match="The machine is full"):
        configured(model, secrets).Spawner.pre_spawn_hook(Spawner(options={}))
    assert configured(k8s, secrets).JupyterHub.spawner_class.__name__ == "PodSpawner"
    with pytest.raises(ImportError, match="abacus"):
        configure(Config(), model | {"spawner": "hubkit.hub.abacus"}, secrets)


def test_an_account_is_locked_by_a_unit(spawner, monkeypatch):
    commands = mock_commands(monkeypatch, {})
    asyncio.run(spawner.lock_account())
    assert commands == ["systemctl start jupyterhub-lock@ada-2.service"]


@pytest.mark.parametrize("result", [(1, "failed"), TimeoutError(), OSError("no systemctl")], ids=repr)
def test_an_account_that_cannot_be_locked_is_logged_and_ends_nothing(spawner, monkeypatch, caplog, result):
    mock_commands(monkeypatch, {"start": result})
    asyncio.run(spawner.lock_account())
    assert "The account of ada-2 could not be locked" in caplog.text


def test_a_user_with_an_account_has_a_home():
    assert host.has_home("root") and not host.has_home("nobody-has-this-name")
