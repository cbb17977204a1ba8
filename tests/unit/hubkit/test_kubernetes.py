"""The spawner of platform kubernetes while the cluster fails, and its configuration; real KubeSpawner, no cluster."""

import asyncio
import json
import pkgutil
import sys
from types import SimpleNamespace

import pytest
from aiohttp import ClientConnectionError
from jupyterhub.handlers import BaseHandler
from kube import chart, spawner_for
from kubernetes_asyncio.client import ApiException
from kubespawner import KubeSpawner
from kubespawner.reflector import ResourceReflector
from tornado.web import HTTPError
from traitlets.config import Config

from hubkit.hub import health, kubernetes
from hubkit.hub.reflectors import with_endless_watch


def run_with_spawner(model, coroutine_function, *args):
    async def run():
        with spawner_for(model, "default") as spawner:
            return await coroutine_function(spawner, *args)

    return asyncio.run(run())


# --- A cluster that does not answer ----------------------------------------------------------------------------------
def test_an_error_is_not_the_end_of_a_server(k8s, monkeypatch):
    results = iter([ClientConnectionError("refused"), RuntimeError("anything"), 0, None])

    async def poll(self):
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return result

    async def run(spawner):
        return [await spawner.poll() for _ in range(4)]

    monkeypatch.setattr(KubeSpawner, "poll", poll)
    assert run_with_spawner(k8s, run) == [None, None, 0, None]


def test_pods_that_could_not_be_listed_still_exist(k8s):
    """As after a restart of the hub while the Kubernetes API is down: the first list fails, and maybe the second."""

    class API:
        lists = 0

        async def list_namespaced_pod(self, **_):
            API.lists += 1
            if API.lists < 3:
                raise ClientConnectionError("refused")
            body = {"metadata": {"resourceVersion": "1"}, "items": []}
            return SimpleNamespace(ok=True, read=lambda: asyncio.sleep(0, json.dumps(body)))

    async def run(spawner):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("kubespawner.reflector.shared_client", lambda _: API())
            patch.setattr(ResourceReflector, "_watch_and_update", lambda self: asyncio.sleep(60))
            return [await spawner.poll() for _ in range(4)]

    assert run_with_spawner(k8s, run) == [None, None, 1, 1]  # 1: the API has answered that there is none
    assert API.lists == 3


def future(result=None, done=True):
    future = asyncio.Future()
    if isinstance(result, Exception):
        future.set_exception(result)
        future.exception()  # retrieved, so that asyncio does not log it
    elif done:
        future.set_result(result)
    return future


@pytest.mark.parametrize(
    ("kind", "existing", "replace"),
    [
        ("pods", None, False),
        ("pods", lambda: future(OSError("refused")), True),
        ("pods", future, False),
        ("pods", lambda: future(done=False), False),
        ("events", lambda: future(OSError("refused")), True),
    ],
    ids=["new", "failed", "loaded", "loading", "events"],
)
def test_only_a_reflector_that_failed_to_load_is_replaced(k8s, monkeypatch, kind, existing, replace):
    calls = []

    async def start_reflector(self, kind, reflector_class, replace, **kwargs):
        calls.append((kind, reflector_class, replace, kwargs))

    async def run(spawner):
        if existing:
            spawner.reflectors[(kind, spawner.namespace)] = SimpleNamespace(first_load_future=existing())
        await spawner._start_reflector(kind, ResourceReflector, fields={"involvedObject.kind": "Pod"})

    monkeypatch.setattr(KubeSpawner, "_start_reflector", start_reflector)
    run_with_spawner(k8s, run)
    # Events of claims are needed, too.
    fields = {} if kind == "events" else {"involvedObject.kind": "Pod"}
    assert calls == [(kind, with_endless_watch(ResourceReflector), replace, {"fields": fields})]


def test_a_reflector_is_replaced_on_request(k8s, monkeypatch):
    calls = []

    async def start_reflector(self, kind, reflector_class, replace, **kwargs):
        calls.append(replace)

    monkeypatch.setattr(KubeSpawner, "_start_reflector", start_reflector)
    run_with_spawner(k8s, lambda spawner: spawner._start_reflector("pods", ResourceReflector, replace=True))
    assert calls == [True]


def test_reflectors_watch_until_the_hub_stops_them():
    class Reflector:
        _stopping, rounds = False, 0

        async def _watch_and_update(self):
            self.rounds += 1
            self._stopping = self.rounds == 3

    endless = with_endless_watch(Reflector)()
    asyncio.run(endless._watch_and_update())
    assert endless.rounds == 3 and with_endless_watch(Reflector) is type(endless)


REQUESTS = ["_make_create_pod_request", "_make_create_pvc_request", "_make_delete_pod_request"]


@pytest.mark.parametrize("method", REQUESTS)
@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ClientConnectionError("refused"), False), (TimeoutError(), False), (OSError(), False),
        (ApiException(status=500), False), (ApiException(status=503), False), (ApiException(status=429), False),
        (ApiException(status=403), True), (ApiException(status=422), True), (ApiException(status=499), True),
    ],
    ids=repr,
)  # fmt: skip
def test_only_a_rejection_ends_a_request(k8s, monkeypatch, method, error, raised):
    """KubeSpawner calls a method again that returned False."""

    async def request(self, *args):
        raise error

    async def run(spawner):
        spawner.accounts = SimpleNamespace(owner_id=lambda name: None)
        return await getattr(spawner, method)(spawner.get_pvc_manifest(), 10)

    monkeypatch.setattr(KubeSpawner, method, request)
    if raised:
        with pytest.raises(ApiException):
            run_with_spawner(k8s, run)
    else:
        assert run_with_spawner(k8s, run) is False


@pytest.mark.parametrize("method", [name for name in REQUESTS if "pvc" not in name])
def test_a_request_that_succeeds(k8s, monkeypatch, method):
    requests = []

    async def request(self, *args):
        requests.append(args)
        return True

    monkeypatch.setattr(KubeSpawner, method, request)
    assert run_with_spawner(k8s, lambda spawner: getattr(spawner, method)("a", 10)) is True
    assert requests == [("a", 10)]


def test_a_restarted_hub_finds_pod_and_home(k8s):
    async def run():
        with spawner_for(k8s, "default") as spawner:
            spawner.pod_name, spawner.pvc_name, spawner._pvc_exists = "jupyter-old", "claim-old", True
            state = json.loads(json.dumps(spawner.get_state()))
            with spawner_for(k8s, "default") as restarted:
                restarted.load_state(state)
                return restarted.pod_name, restarted.pvc_name

    assert asyncio.run(run()) == ("jupyter-old", "claim-old")


# --- The owner of a home ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("annotations", "accepted"),
    [
        ({}, True), (None, True), ({kubernetes.OWNER_ANNOTATION: "me"}, True),
        ({kubernetes.OWNER_ANNOTATION: "somebody"}, False),
    ],
    ids=["unmarked", "without-annotations", "mine", "somebody-else's"],
)  # fmt: skip
def test_a_home_is_attached_only_to_its_owner(k8s, monkeypatch, annotations, accepted):
    """Also when the hub has lost its registry, and another person was given the name."""
    created = []

    async def create(self, claim, timeout):
        created.append(claim.metadata.annotations)
        return True

    async def read(name, namespace):
        assert (name, namespace) == ("claim-ada-2", "default")
        return SimpleNamespace(metadata=SimpleNamespace(annotations=annotations))

    async def run(spawner):
        spawner.accounts = SimpleNamespace(owner_id={"ada-2": "me"}.get)
        spawner.api = SimpleNamespace(read_namespaced_persistent_volume_claim=read)
        return await spawner._make_create_pvc_request(spawner.get_pvc_manifest(), 10)

    monkeypatch.setattr(KubeSpawner, "_make_create_pvc_request", create)
    if accepted:
        assert run_with_spawner(k8s, run) is True
    else:
        with pytest.raises(HTTPError) as error:
            run_with_spawner(k8s, run)
        assert "(claim-ada-2) belongs to another user" in error.value.jupyterhub_message
    assert created[0][kubernetes.OWNER_ANNOTATION] == "me"


def claim_request(k8s, monkeypatch, accounts, read, created=True):
    """(annotations of the claim, what the request for it returns)."""
    claims = []

    async def create(self, claim, timeout):
        claims.append(claim.metadata.annotations)
        return created

    async def run(spawner):
        spawner.accounts, spawner.k8s_api_request_timeout = accounts, 1
        spawner.api = SimpleNamespace(read_namespaced_persistent_volume_claim=read)
        return await spawner._make_create_pvc_request(spawner.get_pvc_manifest(), 10)

    monkeypatch.setattr(KubeSpawner, "_make_create_pvc_request", create)
    result = run_with_spawner(k8s, run)
    return claims[0], result


async def unmarked(name, namespace):
    return SimpleNamespace(metadata=SimpleNamespace(annotations={}))


def test_a_user_whom_the_registry_does_not_know_leaves_no_mark(k8s, monkeypatch):
    annotations, result = claim_request(k8s, monkeypatch, SimpleNamespace(owner_id=lambda name: None), unmarked)
    assert kubernetes.OWNER_ANNOTATION not in annotations and result is True


def test_a_claim_that_could_not_be_created_is_not_read(k8s, monkeypatch):
    accounts = SimpleNamespace(owner_id=lambda name: "me")
    _, result = claim_request(k8s, monkeypatch, accounts, lambda *_: pytest.fail("read"), created=False)
    assert result is False


def test_reading_the_owner_has_a_timeout_and_is_retried(k8s, monkeypatch):
    accounts = SimpleNamespace(owner_id=lambda name: "me")
    _, result = claim_request(k8s, monkeypatch, accounts, lambda *_: asyncio.sleep(60))
    assert result is False


# --- Configuration ---------------------------------------------------------------------------------------------------
def test_hubkits_settings_win_over_the_charts(k8s, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/ssl/own.crt")
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
    assert c.IAMAuthenticator.http_request_kwargs == {"b": 2, "ca_certs": "/etc/ssl/own.crt"}
    assert c.JupyterHub.spawner_class is kubernetes.PodSpawner
    assert c.JupyterHub.extra_handlers == [("/services/culler/health", health.CullerHealth)]


def test_without_own_authorities_requests_use_the_systems(k8s, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert chart(k8s).IAMAuthenticator.http_request_kwargs == {"b": 2}


@pytest.mark.parametrize(
    ("charts", "ours"),
    [("sqlite:///jupyterhub.sqlite", "sqlite:////srv/jupyterhub/jupyterhub.sqlite"), ("postgresql://db", None)],
)
def test_the_charts_relative_database_is_put_on_the_hubs_volume(k8s, charts, ours):
    c = Config()
    c.JupyterHub.db_url = charts
    c.JupyterHub.tornado_settings, c.JupyterHub.services = {}, [{"name": "culler", "url": "http://x"}]
    c.IAMAuthenticator.http_request_kwargs = {}
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
    assert grader == {"name": "grader"} and [role["name"] for role in c.JupyterHub.load_roles] == ["grading", "culler"]
    assert culler == {
        "name": "culler", "api_token": "culler-token", "display": False,
        "command": [sys.executable, "-m", "hubkit.culler", f"{tmp_path}/hub.json"],
        "environment": {
            "PYTHONPATH": "/opt/hubkit.zip", "JUPYTERHUB_API_URL": "http://127.0.0.1:8081/hub/api",
            "JUPYTERHUB_SERVICE_PREFIX": "/services/culler/", "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:8091",
        },
    }  # fmt: skip
    assert json.loads((tmp_path / "hub.json").read_text()) == k8s
    assert c.IAMAuthenticator.accounts.path == f"{tmp_path}/accounts.sqlite"
    assert c.PodSpawner.accounts is c.IAMAuthenticator.accounts


# --- The culler's health ---------------------------------------------------------------------------------------------
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
