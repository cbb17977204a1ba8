"""The spawner of platform kubernetes and what it does while the cluster fails; real KubeSpawner, no cluster."""

import asyncio
import json
import pkgutil
import sys
from types import SimpleNamespace

import pytest
from aiohttp import ClientConnectionError
from kube import chart, spawner_for
from kubernetes_asyncio.client import ApiException
from kubespawner import KubeSpawner
from kubespawner.reflector import ResourceReflector
from tornado.web import HTTPError
from traitlets.config import Config

from hubkit.hub import configure, kubernetes
from hubkit.hub.reflectors import untiring


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
