"""Platform `kubernetes`: each server a pod, in a hub that the chart zero-to-jupyterhub has installed."""

import asyncio
import os
import sys
import time
import uuid
from datetime import UTC, datetime

from aiohttp import ClientError
from kubernetes_asyncio import config
from kubernetes_asyncio.client import ApiClient, ApiException, CoreV1Api
from kubespawner import KubeSpawner
from traitlets import Any, Dict

from . import homes, pods, profiles, waiting
from .accounts import Accounts
from .health import PREFIX, CullerHealth
from .idle import CULLER_URL
from .local import LocalAccounts
from .pages import user_error
from .reflectors import with_endless_watch
from .stages import ADMIN, Target

STATE = "/srv/jupyterhub"  # the hub's volume
# Which start a pod belongs to, and who owns a home
START_ANNOTATION, OWNER_ANNOTATION = "openstack-hub/start", "openstack-hub/owner"
USER_ANNOTATION = "hub.jupyter.org/username"  # KubeSpawner's
CONNECTION_ERRORS = (ClientError, OSError, TimeoutError)  # of an API that does not answer
MAX_ATTEMPTS = 3  # pods for one start, when they are evicted


class PodEvicted(Exception):
    """A starting pod was evicted, preempted or deleted; the message says why."""


def has_failed(future):
    return bool(future and future.done() and (future.cancelled() or future.exception()))


class PodSpawner(KubeSpawner):
    """A server as a pod of its profile. A start reports what it waits for and fails as soon as it cannot succeed."""

    model = Dict(config=True, help="The hub's model (docs/design.md).")
    accounts = Any(config=True, help="hubkit.hub.accounts.Accounts")

    start_time, start_id, percent = 0.0, None, 0  # of the start in progress

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # The chart's values, which a profile may replace or extend.
        traits = pods.overrides(self.model["profiles"][0], self.model)
        self.chart_values = {trait: getattr(self, trait) for trait in traits}

    @property
    def profile(self):
        return profiles.selected(self, self.model["profiles"])

    async def load_user_options(self):
        for trait, value in pods.overrides(self.profile, self.model).items():
            if trait in pods.EXTENDED:
                value = {**(self.chart_values[trait] or {}), **value}  # noqa: PLW2901
            setattr(self, trait, self.chart_values[trait] if value is None else value)
        self.storage_capacity = str(homes.size(self.model, profiles.groups_of(self)))

    def _expand_env(self, env):
        # A profile's title may contain braces, which KubeSpawner would replace.
        return super()._expand_env({name: value for name, value in env.items() if not name.startswith("HUBKIT_")})

    def get_env(self):
        return {**super().get_env(), **pods.environment(self.profile)}

    async def get_pod_manifest(self):
        manifest = await super().get_pod_manifest()
        manifest.metadata.annotations[START_ANNOTATION] = self.start_id
        return manifest

    # --- A start -----------------------------------------------------------------------------------------------------
    async def _start(self):
        self.start_time, self.percent = time.monotonic(), 0
        self._pvc_exists = False  # KubeSpawner remembers a claim even after it was deleted
        try:
            for _ in range(MAX_ATTEMPTS):
                self.start_id = uuid.uuid4().hex
                try:
                    return await self._start_once()
                except PodEvicted as error:
                    cause = error
                    self.log.warning("The server of %s was evicted: %s", self.user.name, cause)
                await self.stop(now=True)  # the pod counts towards the namespace's quota until it is deleted
        except ApiException as error:
            self.log.error("The cluster rejected the server of %s: %s", self.user.name, error.body)
            raise user_error(500, waiting.rejection_message(error.status, error.body)) from error
        except CONNECTION_ERRORS as error:
            self.log.error("The cluster did not answer for the server of %s: %r", self.user.name, error)
            raise user_error(500, "The cluster does not answer at the moment. Try again in a few minutes.") from error
        raise user_error(500, f"Your server was evicted {MAX_ATTEMPTS} times while it started: {cause}. {ADMIN}")

    async def _start_once(self):
        """The server's URL. Raises what start_failure() returns, and what KubeSpawner raises."""
        starting, watching = asyncio.ensure_future(super()._start()), asyncio.ensure_future(self.start_failure())
        try:
            done, _ = await asyncio.wait({starting, watching}, return_when=asyncio.FIRST_COMPLETED)
            if starting not in done:
                raise watching.result()
            return await starting
        finally:
            starting.cancel()
            watching.cancel()

    async def start_failure(self):
        """Wait until the start cannot succeed any more, and return the error for it."""
        previous = None
        while True:
            pod = self.pod
            if (previous and not pod) or (pod and waiting.is_evicted(pod)):
                return PodEvicted(waiting.eviction_reason(pod or previous))
            previous = pod
            try:
                stage = self.stage()
            except Exception:  # an error in a message must not end a start
                self.log.exception("Cannot tell what the server of %s waits for", self.user.name)
                await asyncio.sleep(1)
                continue
            if stage.failed:
                return user_error(500, stage.message)
            # Shortly before JupyterHub's own timeout, whose message does not name the cause.
            if time.monotonic() - self.start_time > self.start_timeout - 5:
                return user_error(500, waiting.timeout_message(stage, round(self.start_timeout / 60)))
            await asyncio.sleep(1)

    @property
    def pod(self):
        """The pod of the start in progress, None before the reflector shows it."""
        pod = self.pod_reflector and self.pod_reflector.pods.get(f"{self.namespace}/{self.pod_name}")
        return pod if pod and pod["metadata"].get("annotations", {}).get(START_ANNOTATION) == self.start_id else None

    @property
    def events(self):
        """Events of the pod, and of its user's claim since the pod was created, oldest first."""
        pod = self.pod
        if not (pod and self.event_reflector):
            return []
        uid, created = pod["metadata"]["uid"], pod["metadata"]["creationTimestamp"]

        def is_relevant(event):
            involved = event["involvedObject"]
            claim = involved.get("kind") == "PersistentVolumeClaim" and involved.get("name") == self.pvc_name
            relevant = involved.get("uid") == uid or (claim and waiting.event_time(event) >= created)
            return relevant and event.get("message")

        return sorted(filter(is_relevant, list(self.event_reflector.resources.values())), key=waiting.event_time)

    def stage(self):
        profile, groups = self.profile, self.model["node_groups"]
        group = next((g for g in groups if g["name"] == profile["node_group"]), groups[0] if groups else None)
        scales_up = bool(group) and group["max"] > group["min"]
        target = Target(profile["title"], scales_up, self.model["node_minutes"])
        return waiting.stage(self.pod, self.events, target, datetime.now(UTC))

    async def progress(self):
        """What the start is waiting for, as it changes; the hub ends this when the server is up."""
        last_message = None
        # After a failed start the pod is deleted, which is of no interest to the user.
        while not has_failed(self._start_future):
            stage = self.stage()
            self.percent = max(self.percent, stage.percent)
            if stage.message != last_message:
                last_message = stage.message
                yield {"progress": self.percent, "message": last_message}
            await asyncio.sleep(0.5)

    # --- A cluster that does not answer ------------------------------------------------------------------------------
    async def poll(self):
        """None while the pod runs or its state is unknown; its exit status when it has ended."""
        try:
            return await super().poll()
        except Exception as error:  # no error means that the server has ended
            self.log.warning("State of the server of %s is unknown: %r", self.user.name, error)
            return None

    async def _start_reflector(self, kind, reflector_class, replace=False, **kwargs):
        existing = self.reflectors.get(self._get_reflector_key(kind))
        # A reflector whose first list failed shows no pods, although there may be some.
        first_load = existing and existing.first_load_future
        replace = replace or bool(first_load and first_load.done() and first_load.exception())
        if kind == "events":
            kwargs["fields"] = {}  # of claims, too: why storage cannot be created is reported there
        return await super()._start_reflector(kind, with_endless_watch(reflector_class), replace=replace, **kwargs)

    async def _try_request(self, request, *args):
        """What REQUEST returns, False when the API did not answer; KubeSpawner retries until its own timeout."""
        try:
            return await request(*args)
        except ApiException as error:
            if error.status != 429 and error.status < 500:
                raise
            self.log.warning("The Kubernetes API answered %s; retrying", error.status)
        except CONNECTION_ERRORS as error:
            self.log.warning("The Kubernetes API does not answer; retrying: %r", error)
        return False

    async def _make_create_pod_request(self, *args):
        return await self._try_request(super()._make_create_pod_request, *args)

    async def _make_create_pvc_request(self, claim, *args):
        if owner := self.accounts.owner_id(self.user.name):
            claim.metadata.annotations[OWNER_ANNOTATION] = owner
        exists = await self._try_request(super()._make_create_pvc_request, claim, *args)
        return exists and await self._try_request(self._check_owner, claim.metadata.name, owner)

    async def _check_owner(self, name, owner):
        """True when the claim NAME is OWNER's, or a former owner's of the user's name; raises HTTPError otherwise.

        After the hub has lost its registry of accounts, a user may be given a name that was another user's. The chart
        does not let the hub change the annotation after a move.
        """
        request = self.api.read_namespaced_persistent_volume_claim(name, self.namespace)
        claim = await asyncio.wait_for(request, self.k8s_api_request_timeout)
        claimed = (claim.metadata.annotations or {}).get(OWNER_ANNOTATION, owner)
        if claimed != owner and claimed not in self.accounts.former_owner_ids(self.user.name):
            self.log.error("The home %s belongs to another user than %s", name, self.user.name)
            raise user_error(500, f"The home for your name ({name}) belongs to another user. {ADMIN}")
        return True

    async def _make_delete_pod_request(self, *args):
        return await self._try_request(super()._make_delete_pod_request, *args)


def has_home(name):
    """Whether the user called NAME has a claim, by the cluster; for the hub's pod. Raises ApiException, ClientError."""

    async def names():
        config.load_incluster_config()
        async with ApiClient() as client:
            claims = await CoreV1Api(client).list_namespaced_persistent_volume_claim(
                os.environ["POD_NAMESPACE"], _request_timeout=10
            )
        return {(claim.metadata.annotations or {}).get(USER_ANNOTATION) for claim in claims.items}

    return name in asyncio.run(names())


def capacity():
    return None  # Kubernetes schedules by the pods' requests


def configure(c, model):
    """Set the spawner, the accounts on the hub's volume, and the culler as a service that the hub runs.

    Runs in the chart's jupyterhub_config.py: the chart sets endpoints, database and what all user pods have in common.
    The culler reads the model from hub.json on the hub's volume.
    """
    hub, spawner = c.JupyterHub, c.PodSpawner
    hub.spawner_class = PodSpawner
    spawner.model = model
    # The chart's own value for KubeSpawner would win over the one for all spawners.
    spawner.start_timeout = model["start_timeout"]
    spawner.http_timeout = 60  # a start is complete when the server listens
    spawner.extra_container_config = {
        "startupProbe": {"tcpSocket": {"port": 8888}, "periodSeconds": 1, "failureThreshold": model["start_timeout"]},
        # The end of the log of a server that ends while it starts is shown to its user.
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    spawner.image_pull_policy = "IfNotPresent"  # tags are exact
    spawner.delete_pvc = False  # keep the home of a user who is deleted in the hub, as platform host does
    spawner.delete_grace_period = 20  # seconds for programs to save their work, as on platform host
    spawner.k8s_api_request_timeout, spawner.k8s_api_request_retry_timeout = 10, 120
    spawner.env_keep = []  # images set their own language
    # A full cluster fails many starts in a row; that is no reason to restart the hub.
    spawner.consecutive_failure_limit = 0
    hub.tornado_settings = {**hub.tornado_settings, "slow_spawn_timeout": 0}  # show the waiting page at once
    if hub.get("db_url") == "sqlite:///jupyterhub.sqlite":  # the chart's, relative to an image's working directory
        hub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
    c.HubAuthenticator.accounts = spawner.accounts = Accounts(f"{STATE}/accounts.sqlite")
    c.HubAuthenticator.local = LocalAccounts(f"{STATE}/local.sqlite")
    hub.extra_handlers = [(rf"{PREFIX}health", CullerHealth)]
    culler = next(service for service in hub.services if service["name"] == "culler")
    del culler["url"]  # the proxy cannot reach it
    culler["command"] = [sys.executable, "-m", "hubkit.culler", f"{STATE}/hub.json"]
    culler["environment"] = {
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "JUPYTERHUB_API_URL": "http://127.0.0.1:8081/hub/api",
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
        "JUPYTERHUB_SERVICE_URL": CULLER_URL,
    }
