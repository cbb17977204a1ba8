"""A start on platform kubernetes: failures, evictions, events, progress; real KubeSpawner, no cluster."""

import asyncio
from types import SimpleNamespace

import pytest
from aiohttp import ClientConnectionError
from kube import cluster_shows, event, pod, spawner_for
from kubernetes_asyncio.client import ApiException
from kubespawner import KubeSpawner
from tornado.web import HTTPError

from hubkit.hub import kubernetes


def starting(k8s, monkeypatch, pod=None, begin=None):
    """Start while the cluster shows POD; BEGIN replaces KubeSpawner's own start, by default an endless one."""

    async def endless(self):
        await asyncio.sleep(60)

    monkeypatch.setattr(KubeSpawner, "_start", begin or endless)
    monkeypatch.setattr(kubernetes.uuid, "uuid4", lambda: SimpleNamespace(hex="this start"))

    async def run():
        with spawner_for(k8s, "default") as spawner, cluster_shows(spawner, pod):
            return await asyncio.wait_for(spawner._start(), 5)

    return asyncio.run(run())


def test_a_start_that_cannot_succeed_ends_at_once(k8s, monkeypatch):
    broken = pod(node="a", container={"state": {"waiting": {"reason": "InvalidImageName"}}})
    with pytest.raises(HTTPError) as error:
        starting(k8s, monkeypatch, broken)
    assert error.value.jupyterhub_message.startswith("The image of Default cannot be pulled")


def test_the_pod_of_an_earlier_start_is_ignored(k8s, monkeypatch):
    old = pod(node="a", phase="Failed", reason="Evicted")
    old["metadata"]["annotations"] = {kubernetes.START_ANNOTATION: "an earlier one"}

    async def begin(self):
        await asyncio.sleep(1.5)
        return "http://10.0.0.1:8888"

    assert starting(k8s, monkeypatch, old, begin=begin) == "http://10.0.0.1:8888"


def test_a_start_that_times_out_says_what_it_waited_for(k8s, monkeypatch):
    k8s["start_timeout"] = 6
    with pytest.raises(HTTPError) as error:
        starting(k8s, monkeypatch, pod(node="a"))
    assert "mounting your storage. The start timed out after 0 minutes." in error.value.jupyterhub_message


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (ApiException(status=403), "The cluster rejected"),
        (ClientConnectionError("refused"), "The cluster does not answer"),
        (TimeoutError("Could not create pod"), "The cluster does not answer"),
    ],
)
def test_errors_of_the_cluster_become_messages(k8s, monkeypatch, raised, words):
    async def begin(self):
        raise raised

    with pytest.raises(HTTPError) as error:
        starting(k8s, monkeypatch, begin=begin)
    assert error.value.jupyterhub_message.startswith(words)


@pytest.fixture
def evictions(monkeypatch):
    """A start of KubeSpawner whose pod is evicted N times before the server listens, and the evicted pod."""
    evicted = pod(node="a", phase="Failed", reason="Evicted", message="The node was low on resource: memory.")
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

        return evicted, begin

    monkeypatch.setattr(KubeSpawner, "stop", stop)
    return times, steps


def test_an_evicted_server_is_started_again(k8s, monkeypatch, evictions):
    """As when the autoscaler removes a node while a pod is scheduled on it, or an admin drains one."""
    times, steps = evictions
    assert starting(k8s, monkeypatch, *times(2)) == "http://10.0.0.1:8888"
    assert steps == ["begun", "stopped", "begun", "stopped", "begun"]


def test_after_three_evictions_the_start_fails(k8s, monkeypatch, evictions):
    times, steps = evictions
    with pytest.raises(HTTPError) as error:
        starting(k8s, monkeypatch, *times(3))
    message = error.value.jupyterhub_message
    assert message.startswith("Your server was evicted 3 times while it started: Evicted: The node was low on")
    assert steps[-1] == "stopped"


def test_events_are_of_this_pod_and_claim(k8s):
    claim = {"kind": "PersistentVolumeClaim", "name": "claim-ada-2", "uid": "claim-1"}
    events = [
        event("Pulling", "new", seconds=5), event("Scheduled", "first", seconds=9),
        event("Killing", "of a pod before", uid="pod-0"), event("Provisioning", "mine", 7, involvedObject=claim),
        event("ProvisioningFailed", "long ago", 9999, involvedObject=claim), event("Empty", None),
        event("Provisioning", "other", involvedObject={**claim, "name": "claim-eve"}),
        event("Timeless", "by series", 1, lastTimestamp=None, eventTime=None),
    ]  # fmt: skip

    async def run():
        with spawner_for(k8s, "default") as spawner, cluster_shows(spawner, pod(), events=events):
            return [one["message"] for one in spawner.events]

    assert asyncio.run(run()) == ["first", "mine", "new", "by series"]


def test_progress_never_decreases_and_ends_with_a_failed_start(k8s):
    async def run():
        with spawner_for(k8s, "default") as spawner:
            progress, events = spawner.progress(), []
            for shown in (pod(waited=1), pod(node="a"), pod(unschedulable="2 Insufficient memory")):
                with cluster_shows(spawner, shown):
                    events.append(await anext(progress))
            spawner._start_future = asyncio.Future()
            spawner._start_future.set_exception(HTTPError(500))
            events += [event async for event in progress]
            return events

    events = asyncio.run(run())
    assert [event["progress"] for event in events] == [10, 30, 30]
    assert events[0]["message"] == "Finding a node with room for Default"


def test_a_message_is_reported_once(k8s):
    async def run():
        with spawner_for(k8s, "default") as spawner, cluster_shows(spawner, pod(node="a")):
            progress = spawner.progress()
            await anext(progress)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(progress), 1.2)

    asyncio.run(run())


def test_a_second_start_begins_at_its_own_per_cent(k8s, monkeypatch):
    percents = []

    async def begin(self):
        percents.append(self.percent)
        self.percent = 85
        return "10.0.0.1", 8888

    monkeypatch.setattr(KubeSpawner, "_start", begin)

    async def run():
        with spawner_for(k8s, "default") as spawner, cluster_shows(spawner):
            await spawner._start()
            first = spawner.start_id
            await spawner._start()
            assert first != spawner.start_id

    asyncio.run(run())
    assert percents == [0, 0]


@pytest.mark.parametrize(
    ("state", "failed"),
    [("none", False), ("running", False), ("succeeded", False), ("failed", True), ("cancelled", True)],
)
def test_a_start_has_failed_when_its_task_has(state, failed):
    async def run():
        future = asyncio.Future()
        if state == "succeeded":
            future.set_result("url")
        elif state == "failed":
            future.set_exception(OSError())
        elif state == "cancelled":
            future.cancel()
        return kubernetes.has_failed(None if state == "none" else future)

    assert asyncio.run(run()) is failed


def test_a_node_group_scales_up_if_its_maximum_allows(k8s):
    k8s["profiles"][1]["node_group"] = "large"

    async def run(profile):
        with spawner_for(k8s, profile) as spawner, cluster_shows(spawner, pod(unschedulable="2 Insufficient memory")):
            return spawner.stage().message

    messages = [asyncio.run(run(profile)) for profile in ("default", "large")]
    assert messages[0].startswith("Adding a node for you") and "15 minutes" in messages[0]
    assert messages[1].startswith("Large memory is busy")
    k8s["node_groups"] = []
    assert asyncio.run(run("default")).startswith("Default is busy")


def test_a_pod_that_disappears_is_evicted_and_one_that_is_awaited_is_not(k8s, monkeypatch):
    monkeypatch.setattr(kubernetes.asyncio, "sleep", lambda seconds, sleep=asyncio.sleep: sleep(seconds / 100))

    async def run():
        with spawner_for(k8s, "default") as spawner:
            spawner.start_time = kubernetes.time.monotonic()
            with cluster_shows(spawner):
                failure = asyncio.ensure_future(spawner.start_failure())
                await asyncio.sleep(5)
                assert not failure.done()
                with cluster_shows(spawner, pod(node="a")):
                    await asyncio.sleep(5)
                    assert not failure.done()
            with cluster_shows(spawner):
                return await asyncio.wait_for(failure, 5)

    failure = asyncio.run(run())
    assert isinstance(failure, kubernetes.PodEvicted) and str(failure) == "its pod was deleted"


def test_both_tasks_end_with_the_start(k8s, monkeypatch):
    async def run():
        with spawner_for(k8s, "default") as spawner, cluster_shows(spawner, pod(node="a")):

            async def begin(self):
                await asyncio.sleep(0.05)
                return "10.0.0.1", 8888

            monkeypatch.setattr(KubeSpawner, "_start", begin)
            before = asyncio.all_tasks()
            await spawner._start()
            await asyncio.sleep(0)
            return asyncio.all_tasks() - before

    assert asyncio.run(run()) == set()


def test_a_claim_that_was_deleted_is_created_again(k8s, monkeypatch):
    """KubeSpawner remembers that there was one, even after a restart of the hub."""
    known = []

    async def begin(self):
        known.append(self._pvc_exists)
        return "10.0.0.1", 8888

    init = kubernetes.PodSpawner.__init__

    def init_with_claim(self, **kwargs):
        init(self, **kwargs)
        self._pvc_exists = True

    monkeypatch.setattr(kubernetes.PodSpawner, "__init__", init_with_claim)
    starting(k8s, monkeypatch, pod(), begin)
    assert known == [False]


def test_an_error_in_a_message_does_not_end_the_start(k8s, monkeypatch):
    def broken_stage(self):
        raise KeyError("reason")

    async def begin(self):
        await asyncio.sleep(0.05)
        return "10.0.0.1", 8888

    monkeypatch.setattr(kubernetes.PodSpawner, "stage", broken_stage)
    assert starting(k8s, monkeypatch, pod(), begin) == ("10.0.0.1", 8888)
