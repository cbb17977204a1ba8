"""The spawner of platform kubernetes and what it does while the cluster fails; real KubeSpawner, no cluster."""

import asyncio
import contextlib
import json
import pkgutil
import sys
from types import SimpleNamespace

import pytest
from aiohttp import ClientConnectionError
from kube import chart, event, kubernetes_model, pod, spawner_for
from kubernetes_asyncio.client import ApiException
from kubespawner import KubeSpawner
from kubespawner.reflector import ResourceReflector
from tornado.web import HTTPError
from traitlets.config import Config

from hubkit.hub import configure, kubernetes
from hubkit.hub.reflectors import untiring

KEY = "default/jupyter-ada-2"


@pytest.fixture
def k8s(model):
    return kubernetes_model(model)


def shown(pods=None, events=()):
    """A reflector, as far as the spawner looks at it."""
    loaded = asyncio.Future()
    loaded.set_result(None)
    found = {e["metadata"]["name"] + str(n): e for n, e in enumerate(events)}
    return SimpleNamespace(pods=pods or {}, resources=found, first_load_future=loaded)


@contextlib.contextmanager
def seeing(spawner, pod=None, events=()):
    spawner.reflectors[("pods", spawner.namespace)] = shown({KEY: pod} if pod else {})
    spawner.reflectors[("events", spawner.namespace)] = shown(events=events)
    yield spawner


def starting(k8s, monkeypatch, pod=None, begin=None):
    """Start while the cluster shows POD; BEGIN stands for KubeSpawner's own start, by default endless."""

    async def endless(self):
        await asyncio.sleep(60)

    monkeypatch.setattr(KubeSpawner, "_start", begin or endless)
    monkeypatch.setattr(kubernetes.uuid, "uuid4", lambda: SimpleNamespace(hex="this start"))

    async def run():
        with spawner_for(k8s, "default") as spawner, seeing(spawner, pod):
            return await asyncio.wait_for(spawner._start(), 5)

    return asyncio.run(run())


def test_a_start_in_vain_ends_at_once(k8s, monkeypatch):
    broken = pod(node="a", container={"state": {"waiting": {"reason": "InvalidImageName"}}})
    with pytest.raises(HTTPError) as error:
        starting(k8s, monkeypatch, broken)
    assert error.value.jupyterhub_message.startswith("The image of Default cannot be fetched")


def test_a_pod_of_an_earlier_start_says_nothing(k8s, monkeypatch):
    old = pod(node="a", phase="Failed", reason="Evicted")
    old["metadata"]["annotations"] = {kubernetes.START: "an earlier one"}

    async def begin(self):
        await asyncio.sleep(1.5)
        return "http://10.0.0.1:8888"

    assert starting(k8s, monkeypatch, old, begin=begin) == "http://10.0.0.1:8888"


def test_a_start_that_takes_its_time_says_what_it_waited_for(k8s, monkeypatch):
    k8s["start_timeout"] = 6
    with pytest.raises(HTTPError) as error:
        starting(k8s, monkeypatch, pod(node="a"))
    assert "your storage is being attached. After 0 minutes the start was given up" in error.value.jupyterhub_message


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (ApiException(status=403), "The cluster refused"),
        (ClientConnectionError("refused"), "The cluster does not answer"),
        (TimeoutError("Could not create pod"), "The cluster does not answer"),
    ],
)
def test_what_the_cluster_refuses_becomes_a_sentence(k8s, monkeypatch, raised, words):
    async def begin(self):
        raise raised

    with pytest.raises(HTTPError) as error:
        starting(k8s, monkeypatch, begin=begin)
    assert error.value.jupyterhub_message.startswith(words)


@pytest.fixture
def taken_away(monkeypatch):
    """KubeSpawner's start, whose place is taken away N times before the server listens, and the pod of those times."""
    going = pod(node="a", phase="Failed", reason="Evicted", message="The node was low on resource: memory.")
    steps = []

    async def stop(self, now=False):
        assert now
        steps.append("stopped")

    def times(number):
        async def begin(self):
            steps.append("begun")
            if steps.count("begun") <= number:
                await asyncio.sleep(60)
            return "http://10.0.0.1:8888"

        return going, begin

    monkeypatch.setattr(KubeSpawner, "stop", stop)
    return times, steps


def test_a_place_that_is_taken_away_is_looked_for_again(k8s, monkeypatch, taken_away):
    """By a machine that the autoscaler removes while a pod comes to it, or that an admin drains."""
    times, steps = taken_away
    assert starting(k8s, monkeypatch, *times(2)) == "http://10.0.0.1:8888"
    assert steps == ["begun", "stopped", "begun", "stopped", "begun"]


def test_not_for_ever(k8s, monkeypatch, taken_away):
    times, steps = taken_away
    with pytest.raises(HTTPError) as error:
        starting(k8s, monkeypatch, *times(3))
    said = error.value.jupyterhub_message
    assert said.startswith("The cluster ended your server 3 times while it started: Evicted: The node was low on")
    assert steps[-1] == "stopped"


def test_events_are_those_of_this_pod_and_claim(k8s):
    claim = {"kind": "PersistentVolumeClaim", "name": "claim-ada-2", "uid": "claim-1"}
    events = [
        event("Pulling", "new", seconds=5), event("Scheduled", "first", seconds=9),
        event("Killing", "of a pod before", uid="pod-0"), event("Provisioning", "mine", 7, involvedObject=claim),
        event("ProvisioningFailed", "long ago", 9999, involvedObject=claim), event("Empty", None),
        event("Provisioning", "other", involvedObject={**claim, "name": "claim-eve"}),
        event("Timeless", "by series", 1, lastTimestamp=None, eventTime=None),
    ]  # fmt: skip

    async def run():
        with spawner_for(k8s, "default") as spawner, seeing(spawner, pod(), events=events):
            return [found["message"] for found in spawner.events]

    assert asyncio.run(run()) == ["first", "mine", "new", "by series"]


def test_progress_rises_and_ends_with_a_start_that_was_given_up(k8s):
    async def run():
        with spawner_for(k8s, "default") as spawner:
            told, got = spawner.progress(), []
            for seen in (pod(waited=1), pod(node="a"), pod(no="2 Insufficient memory")):
                with seeing(spawner, seen):
                    got.append(await anext(told))
            spawner._start_future = asyncio.Future()
            spawner._start_future.set_exception(HTTPError(500))
            got += [left async for left in told]
            return got

    got = asyncio.run(run())
    assert [step["progress"] for step in got] == [10, 30, 30]
    assert got[0]["message"] == "Looking for a machine with room for Default"


def test_a_group_grows_as_the_table_says(k8s):
    k8s["profiles"][1]["node_group"] = "large"

    async def run(profile):
        with spawner_for(k8s, profile) as spawner, seeing(spawner, pod(no="2 Insufficient memory")):
            return spawner.stage().message.partition(" is ")[0]

    assert [asyncio.run(run(profile)) for profile in ("default", "large")] == ["A machine", "Large memory"]


def test_no_answer_is_not_the_end_of_a_server(k8s, monkeypatch):
    answers = iter([ClientConnectionError("refused"), RuntimeError("anything"), 0, None])

    async def poll(self):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run():
        monkeypatch.setattr(KubeSpawner, "poll", poll)
        with spawner_for(k8s, "default") as spawner:
            return [await spawner.poll() for _ in range(4)]

    assert asyncio.run(run()) == [None, None, 0, None]


def test_pods_that_could_not_be_listed_are_not_gone(k8s):
    """As after a restart of the hub while the cluster is away: the first look fails, so may the second."""

    class API:
        lists = 0

        async def list_namespaced_pod(self, **_):
            API.lists += 1
            if API.lists < 3:
                raise ClientConnectionError("refused")
            body = {"metadata": {"resourceVersion": "1"}, "items": []}
            return SimpleNamespace(ok=True, read=lambda: asyncio.sleep(0, json.dumps(body)))

    async def run():
        with spawner_for(k8s, "default") as spawner, pytest.MonkeyPatch.context() as patch:
            patch.setattr("kubespawner.reflector.shared_client", lambda _: API())
            patch.setattr(ResourceReflector, "_watch_and_update", lambda self: asyncio.sleep(60))
            return [await spawner.poll() for _ in range(4)]

    assert asyncio.run(run()) == [None, None, 1, 1]  # 1: the cluster has said that there is none
    assert API.lists == 3


def test_reflectors_do_not_give_up():
    class Tiring:
        _stopping, rounds = False, 0

        async def _watch_and_update(self):
            self.rounds += 1
            self._stopping = self.rounds == 3

    reflector = untiring(Tiring)()
    asyncio.run(reflector._watch_and_update())
    assert reflector.rounds == 3 and untiring(Tiring) is type(reflector)


@pytest.mark.parametrize(("status", "asked"), [(None, False), (500, False), (429, False), (403, None), (422, None)])
def test_only_a_no_ends_a_request(k8s, status, asked):
    async def request():
        if status is None:
            raise ClientConnectionError("refused")
        raise ApiException(status=status)

    async def run():
        with spawner_for(k8s, "default") as spawner:
            return await spawner._until_answered(request)

    if asked is None:
        with pytest.raises(ApiException):
            asyncio.run(run())
    else:
        assert asyncio.run(run()) is asked


def test_a_restarted_hub_finds_pod_and_home(k8s):
    async def run():
        with spawner_for(k8s, "default") as spawner:
            spawner.pod_name, spawner.pvc_name, spawner._pvc_exists = "jupyter-old", "claim-old", True
            state = json.loads(json.dumps(spawner.get_state()))
            with spawner_for(k8s, "default") as fresh:
                fresh.load_state(state)
                return fresh.pod_name, fresh.pvc_name

    assert asyncio.run(run()) == ("jupyter-old", "claim-old")


def test_ours_win_over_the_charts(k8s, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/ssl/own.crt")
    c = chart(k8s)

    async def run():
        with spawner_for(k8s, "default") as spawner:
            return spawner.start_timeout, spawner.http_timeout, spawner.consecutive_failure_limit, spawner.env_keep

    assert asyncio.run(run()) == (1200, 60, 0, [])
    assert c.JupyterHub.tornado_settings == {"a": 1, "slow_spawn_timeout": 0}
    assert c.IAMAuthenticator.http_request_kwargs == {"ca_certs": "/etc/ssl/own.crt"}


def test_the_file_that_the_chart_runs(k8s, secrets, tmp_path, monkeypatch):
    text = pkgutil.get_data("hubkit.hub", "kubernetes_config.py").decode()
    (tmp_path / "secrets.json").write_text(json.dumps(secrets))
    monkeypatch.setattr(kubernetes, "STATE", str(tmp_path))
    c = Config()
    c.JupyterHub.services, c.JupyterHub.load_roles = [{"name": "grader"}], [{"name": "grading"}]
    exec(text.replace("/etc/openstack-hub/secrets", str(tmp_path)), {"c": c, "get_config": {"custom.hubkit": k8s}.get})
    grader, culler = c.JupyterHub.services
    assert grader == {"name": "grader"} and [role["name"] for role in c.JupyterHub.load_roles] == ["grading", "culler"]
    assert culler["command"] == [sys.executable, "-m", "hubkit.culler", f"{tmp_path}/hub.json"] and "url" not in culler
    assert json.loads((tmp_path / "hub.json").read_text()) == k8s
    assert c.IAMAuthenticator.accounts.path == f"{tmp_path}/accounts.sqlite"


def test_host_has_one_service_still(model, secrets):
    c = Config()
    configure(c, model | {"profiles": []}, secrets)
    assert [service["url"] for service in c.JupyterHub.services] == ["http://127.0.0.1:8091"]


def test_a_claim_that_was_removed_is_made_again(k8s, monkeypatch):
    """KubeSpawner remembers that there was one, also over a restart of the hub."""
    known = []

    async def begin(self):
        known.append(self._pvc_exists)
        return "10.0.0.1", 8888

    load = kubernetes.PodSpawner.__init__

    def remembering(self, **kwargs):
        load(self, **kwargs)
        self._pvc_exists = True

    monkeypatch.setattr(kubernetes.PodSpawner, "__init__", remembering)
    starting(k8s, monkeypatch, pod(), begin)
    assert known == [False]


@pytest.mark.parametrize(
    ("found", "ours"),
    [({}, True), ({kubernetes.OWNER: "me"}, True), ({kubernetes.OWNER: "somebody"}, False)],
    ids=["unmarked", "mine", "somebody's"],
)
def test_a_home_is_its_owners(k8s, monkeypatch, found, ours):
    """Also when the hub has lost its registry, and another person was first to get the name."""
    made = []

    async def create(self, claim, timeout):
        made.append(claim.metadata.annotations)
        return True

    async def read(name, namespace):
        assert name == "claim-ada-2"
        return SimpleNamespace(metadata=SimpleNamespace(annotations=found))

    monkeypatch.setattr(KubeSpawner, "_make_create_pvc_request", create)

    async def run():
        with spawner_for(k8s, "default") as spawner:
            spawner.accounts = SimpleNamespace(mark={"ada-2": "me"}.get)
            spawner.api = SimpleNamespace(read_namespaced_persistent_volume_claim=read)
            return await spawner._make_create_pvc_request(spawner.get_pvc_manifest(), 10)

    if ours:
        assert asyncio.run(run()) is True
    else:
        with pytest.raises(HTTPError) as error:
            asyncio.run(run())
        assert "is somebody else's" in error.value.jupyterhub_message
    assert made[0][kubernetes.OWNER] == "me"


def test_who_is_deleted_in_the_hub_leaves_his_home(k8s):
    """KubeSpawner would remove the claim with the user."""
    assert chart(k8s).PodSpawner.delete_pvc is False


def test_what_cannot_be_told_ends_no_start(k8s, monkeypatch):
    def stumble(self):
        raise KeyError("reason")

    async def begin(self):
        await asyncio.sleep(0.05)
        return "10.0.0.1", 8888

    monkeypatch.setattr(kubernetes.PodSpawner, "stage", stumble)
    assert starting(k8s, monkeypatch, pod(), begin) == ("10.0.0.1", 8888)
