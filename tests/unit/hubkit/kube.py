"""A model of platform kubernetes, a real spawner without a cluster, and objects of a cluster as plain data."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest import mock

from kubernetes_asyncio.client import ApiClient, Configuration
from traitlets.config import Config

from hubkit.hub import kubernetes

KEY = "default/jupyter-ada-2"
NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
HOMES = {"home": {"name": "home", "persistentVolumeClaim": {"claimName": "{pvc_name}"}}}
TERMS = [{"matchExpressions": [{"key": key, "operator": "In", "values": ["standard"]}]} for key in ("a/b", "c/d")]
TOLERATIONS = [{"key": "hub.jupyter.org/dedicated", "operator": "Equal", "value": "user", "effect": "NoSchedule"}]
MOUNT = {
    "name": "archive", "path": "/archive", "read_only": True, "server": None, "export": None, "claim": None,
    "size": None, "folder": None,
}  # fmt: skip
ARCHIVE = MOUNT | {"server": "nfs.example.org", "export": "/data/{a}"}
ON_KUBERNETES = {
    "cpu_guarantee": 0.01, "memory_guarantee": 1610612736, "gpus": 0, "gpu_resource": "nvidia.com/gpu",
    "runtime_class": None, "node_group": None, "image": None,
    "shared_memory": None, "sudo": False, "repositories": [],
    "placement": {"node_affinity_required": TERMS, "tolerations": TOLERATIONS},
}  # fmt: skip


def kubernetes_model(model):
    """MODEL of the tests for platform kubernetes."""
    return model | {
        "platform": "kubernetes", "spawner": "hubkit.hub.kubernetes",
        "namespace": "jupyterhub", "node_minutes": 15, "images": {"user": None},
        "start_timeout": 1200, "profiles": [profile | ON_KUBERNETES for profile in model["profiles"]],
        "node_groups": [{"name": "standard", "min": 2, "max": 10}, {"name": "large", "min": 1, "max": 1}],
    }  # fmt: skip


def chart(model):
    """The chart's configuration, followed by hubkit's."""
    c = Config()
    c.KubeSpawner.start_timeout, c.KubeSpawner.image, c.KubeSpawner.mem_guarantee = 300, "sample:4.4.0", "1G"
    c.KubeSpawner.uid, c.KubeSpawner.fs_gid, c.KubeSpawner.pvc_name_template = 1000, 100, "claim-{username}"
    c.KubeSpawner.volumes, c.KubeSpawner.cmd = dict(HOMES), "jupyterhub-singleuser"
    c.KubeSpawner.volume_mounts = {"home": {"name": "home", "mountPath": "/home/jovyan"}}
    c.KubeSpawner.environment = {"JUPYTER_CONFIG_PATH": "/opt/openstack-hub/etc/jupyter"}
    c.JupyterHub.tornado_settings, c.JupyterHub.services = {"a": 1}, [{"name": "culler", "url": "http://x"}]
    kubernetes.configure(c, model)
    return c


@contextlib.contextmanager
def spawner_for(model, profile, name="ada-2"):
    """A PodSpawner that is to start PROFILE; needs a running event loop."""
    with (
        mock.patch("kubespawner.spawner.load_config"),
        mock.patch("kubespawner.spawner.shared_client"),
        mock.patch.dict(kubernetes.PodSpawner.reflectors, clear=True),
    ):
        user = SimpleNamespace(name=name, id=1, url=f"/user/{name}/", groups=[])
        spawner = kubernetes.PodSpawner(_mock=True, user=user, config=chart(model))
        spawner.server, spawner.api_token, spawner.start_id = SimpleNamespace(base_url="/"), "token", "this start"
        spawner.user_options = {"profile": profile}
        yield spawner


def run_with_spawner(model, coroutine_function, *args):
    async def run():
        with spawner_for(model, "default") as spawner:
            return await coroutine_function(spawner, *args)

    return asyncio.run(run())


async def manifest(spawner):
    """The pod that SPAWNER would create, as plain data."""
    await spawner.load_user_options()
    return ApiClient(Configuration()).sanitize_for_serialization(await spawner.get_pod_manifest())


def ago(seconds):
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def event(reason, message, seconds=1, uid="pod-1", **more):
    """An event of the pod, SECONDS ago."""
    involved = {"kind": "Pod", "name": "jupyter-ada-2", "uid": uid}
    metadata = {"name": reason, "namespace": "default", "creationTimestamp": ago(seconds)}
    return {
        "reason": reason, "message": message, "type": "Normal", "involvedObject": involved, "metadata": metadata,
        "lastTimestamp": ago(seconds), "eventTime": None, **more,
    }  # fmt: skip


def pod(waited=60, node=None, unschedulable=None, container=None, **status):
    """A pod, created WAITED seconds ago, on NODE or with the scheduler's message; CONTAINER is its status."""
    scheduled = {"type": "PodScheduled", "status": str(bool(node)), "lastTransitionTime": ago(waited)}
    if unschedulable:
        scheduled["message"] = unschedulable
    defaults = {"name": "notebook", "image": "localhost/a:1", "state": {}, "restartCount": 0, "ready": False}
    return {
        "metadata": {
            "uid": "pod-1",
            "creationTimestamp": ago(waited),
            "annotations": {kubernetes.START_ANNOTATION: "this start"},
        },
        "spec": {"nodeName": node, "volumes": [{"name": "mount-archive", "nfs": {"server": "nfs", "path": "/data"}}]},
        "status": {
            "phase": "Pending",
            "conditions": [scheduled],
            "containerStatuses": [defaults | container] if container else [],
            **status,
        },
    }


def reflector(pods=None, events=()):
    """The parts of a reflector that the spawner uses."""
    loaded = asyncio.Future()
    loaded.set_result(None)
    resources = {e["metadata"]["name"] + str(n): e for n, e in enumerate(events)}
    return SimpleNamespace(pods=pods or {}, resources=resources, first_load_future=loaded)


@contextlib.contextmanager
def cluster_shows(spawner, pod=None, events=()):
    """SPAWNER's reflectors contain POD and EVENTS."""
    spawner.reflectors[("pods", spawner.namespace)] = reflector({KEY: pod} if pod else {})
    spawner.reflectors[("events", spawner.namespace)] = reflector(events=events)
    yield spawner
