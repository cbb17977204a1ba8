"""A start on platform kubernetes: what ends it, what it waits for, what its page says; real KubeSpawner, no cluster."""

import asyncio
from types import SimpleNamespace

import pytest
from aiohttp import ClientConnectionError
from kube import event, pod, seeing, spawner_for
from kubernetes_asyncio.client import ApiException
from kubespawner import KubeSpawner
from tornado.web import HTTPError

from hubkit.hub import kubernetes


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


def test_what_cannot_be_told_ends_no_start(k8s, monkeypatch):
    def stumble(self):
        raise KeyError("reason")

    async def begin(self):
        await asyncio.sleep(0.05)
        return "10.0.0.1", 8888

    monkeypatch.setattr(kubernetes.PodSpawner, "stage", stumble)
    assert starting(k8s, monkeypatch, pod(), begin) == ("10.0.0.1", 8888)
