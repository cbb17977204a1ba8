"""The configuration of platform kubernetes, and the health of its culler."""

import asyncio
import json
import pkgutil
import sys
from types import SimpleNamespace

import pytest
from jupyterhub.handlers import BaseHandler
from kube import chart, run_with_spawner
from traitlets.config import Config

from hubkit.hub import configure, health, kubernetes, pods
from openstack_hub.chart import hub_config


def test_hubkits_settings_win_over_the_charts(k8s):
    c = chart(k8s)
    expected = {
        "start_timeout": 1200, "http_timeout": 60, "consecutive_failure_limit": 0, "env_keep": [],
        "image_pull_policy": "IfNotPresent", "delete_grace_period": 20, "k8s_api_request_timeout": 10,
        "k8s_api_request_retry_timeout": 120,
        # KubeSpawner would delete the claim together with the user.
        "delete_pvc": False,
        "extra_container_config": {
            "startupProbe": {"tcpSocket": {"port": 8888}, "periodSeconds": 1, "failureThreshold": 1200},
            "terminationMessagePolicy": "FallbackToLogsOnError",
        },
    }  # fmt: skip

    async def run(spawner):
        return {name: getattr(spawner, name) for name in expected}

    assert run_with_spawner(k8s, run) == expected
    assert c.JupyterHub.tornado_settings == {"a": 1, "slow_spawn_timeout": 0}
    assert c.JupyterHub.spawner_class is kubernetes.PodSpawner
    assert c.JupyterHub.extra_handlers == [("/services/culler/health", health.CullerHealth)]


@pytest.mark.parametrize(
    ("charts", "ours"),
    [("sqlite:///jupyterhub.sqlite", "sqlite:////srv/jupyterhub/jupyterhub.sqlite"), ("postgresql://db", None)],
)
def test_the_charts_relative_database_is_put_on_the_hubs_volume(k8s, charts, ours):
    c = Config()
    c.JupyterHub.db_url = charts
    c.JupyterHub.tornado_settings, c.JupyterHub.services = {}, [{"name": "culler", "url": "http://x"}]
    kubernetes.configure(c, k8s)
    assert c.JupyterHub.db_url == (ours or charts)


def test_the_file_that_the_chart_executes(k8s, secrets, tmp_path, monkeypatch):
    text = pkgutil.get_data("hubkit.hub", "kubernetes_config.py").decode()
    (tmp_path / "secrets.json").write_text(json.dumps(secrets))
    monkeypatch.setattr(kubernetes, "STATE", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", "/opt/hubkit.zip")
    c = Config()
    c.JupyterHub.services, c.JupyterHub.load_roles = [{"name": "grader"}], [{"name": "grading"}]
    exec(text.replace("/etc/openstack-hub/secrets", str(tmp_path)), {"c": c, "get_config": {"custom.hubkit": k8s}.get})
    grader, culler = c.JupyterHub.services
    roles = [role["name"] for role in c.JupyterHub.load_roles]
    assert grader == {"name": "grader"} and roles == ["grading", "hub-administrators", "admin", "culler"]
    assert culler == {
        "name": "culler", "api_token": "culler-token", "display": False,
        "command": [sys.executable, "-m", "hubkit.culler", f"{tmp_path}/hub.json"],
        "environment": {
            "PYTHONPATH": "/opt/hubkit.zip", "JUPYTERHUB_API_URL": "http://127.0.0.1:8081/hub/api",
            "JUPYTERHUB_SERVICE_PREFIX": "/services/culler/", "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:8091",
        },
    }  # fmt: skip
    assert json.loads((tmp_path / "hub.json").read_text()) == k8s
    assert c.HubAuthenticator.accounts.path == f"{tmp_path}/accounts.sqlite"
    assert c.PodSpawner.accounts is c.HubAuthenticator.accounts


def test_a_site_is_told_of_everything_that_hubkit_sets(k8s, secrets, tmp_path, monkeypatch):
    """Validation of hub_values_overrides knows it from a table."""
    monkeypatch.setattr(kubernetes, "STATE", str(tmp_path))
    c = Config()
    c.IAMAuthenticator.http_request_kwargs = {}
    configure(c, k8s | {"audit": {"days": 1}}, secrets)
    found = {(name, trait) for name in c for trait in c[name]}
    found |= {("KubeSpawner", trait) for trait in pods.overrides(k8s["profiles"][0], k8s)}
    extended = {("JupyterHub", trait) for trait in hub_config.EXTENDED}
    extended |= {("KubeSpawner", trait) for trait in pods.EXTENDED}
    assert extended < found
    assert {pair for pair in found - extended if hub_config.variable_of(*pair) is None} == set()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((200, b'{"every": 60}'), (200, {"every": 60})),
        ((503, b'{"every": 60}'), (503, {"every": 60})),
        ((404, b"{}"), (503, {})),
        ((200, b"<html>"), (503, {})),
        ((200, b""), (200, {})),
        (OSError(), (503, {})),
    ],
)
def test_the_health_of_the_culler_is_passed_on(monkeypatch, answer, expected):
    urls, results = [], {}

    class Client:
        async def fetch(self, url, raise_error, request_timeout):
            urls.append((url, raise_error, request_timeout))
            if isinstance(answer, Exception):
                raise answer
            return SimpleNamespace(code=answer[0], body=answer[1])

    monkeypatch.setattr(health, "AsyncHTTPClient", Client)
    handler = health.CullerHealth.__new__(health.CullerHealth)
    handler.set_status = lambda status: results.update(status=status)
    handler.set_header = lambda name, value: results.update({name: value})
    handler.finish = lambda body: results.update(body=body)
    asyncio.run(handler.get())
    assert (results["status"], results["body"]) == expected and results["Cache-Control"] == "no-store"
    assert urls == [("http://127.0.0.1:8091/services/culler/health", False, 5)]
    assert issubclass(health.CullerHealth, BaseHandler)
