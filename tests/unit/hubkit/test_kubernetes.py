"""The spawner of platform kubernetes while the cluster fails, and owners of homes; real KubeSpawner, no cluster."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from aiohttp import ClientConnectionError
from kube import run_with_spawner, spawner_for
from kubernetes_asyncio.client import ApiException
from kubespawner import KubeSpawner
from kubespawner.reflector import ResourceReflector
from tornado.web import HTTPError

from hubkit.hub import kubernetes
from hubkit.hub.reflectors import with_endless_watch


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


@pytest.mark.parametrize(
    ("annotations", "accepted"),
    [
        ({}, True), (None, True), ({kubernetes.OWNER_ANNOTATION: "me"}, True),
        ({kubernetes.OWNER_ANNOTATION: "before the move"}, True), ({kubernetes.OWNER_ANNOTATION: "somebody"}, False),
    ],
    ids=["unmarked", "without-annotations", "mine", "mine before a move", "somebody-else's"],
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
        former = {"ada-2": {"before the move"}}
        spawner.accounts = SimpleNamespace(owner_id={"ada-2": "me"}.get, former_owner_ids=former.get)
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


@pytest.mark.parametrize(("name", "has_home"), [("ada", True), ("ada-2", False), ("", False)])
def test_a_home_is_a_claim_that_names_its_user(monkeypatch, name, has_home):
    class Api:
        def __init__(self, client):
            """Connects to nothing."""

        async def list_namespaced_persistent_volume_claim(self, namespace, _request_timeout):
            assert (namespace, _request_timeout) == ("hub", 10)
            each = [{kubernetes.USER_ANNOTATION: "ada"}, {"other": "ada-2"}, None]
            claims = [SimpleNamespace(metadata=SimpleNamespace(annotations=annotations)) for annotations in each]
            return SimpleNamespace(items=claims)

    monkeypatch.setenv("POD_NAMESPACE", "hub")
    monkeypatch.setattr(kubernetes.config, "load_incluster_config", lambda: None)
    monkeypatch.setattr(kubernetes, "CoreV1Api", Api)
    assert kubernetes.has_home(name) is has_home
