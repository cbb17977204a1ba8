"""Platform `kubernetes`: each server a pod, in a hub that the chart zero-to-jupyterhub has set up."""

import asyncio
import os
import sys
import time
import uuid
from datetime import UTC, datetime

from aiohttp import ClientError
from kubernetes_asyncio.client import ApiException
from kubespawner import KubeSpawner
from tornado import web
from traitlets import Any, Dict

from . import pods, waiting
from .accounts import Accounts
from .health import PREFIX, CullerHealth
from .idle import CULLER_URL
from .reflectors import untiring

STATE = "/srv/jupyterhub"  # the hub's volume
# Annotations: which start a pod belongs to, and whose home a claim is
START, OWNER = "openstack-hub/start", "openstack-hub/owner"
SILENCE = (ClientError, OSError, TimeoutError)  # of an API that does not answer
PLACES = 3  # that are looked for in one start, when the cluster takes the one before away


class TakenAway(Exception):
    """The cluster ended a pod that was starting: its machine is to go, is emptied, or is wanted for others."""


def failed(text):
    error = web.HTTPError(500, text)
    error.jupyterhub_message = text
    return error


def given_up(future):
    return bool(future and future.done() and (future.cancelled() or future.exception()))


class PodSpawner(KubeSpawner):
    """A server as a pod of its profile, whose start tells what it waits for and ends when that is in vain."""

    model = Dict(config=True, help="The hub's model (docs/design.md).")
    accounts = Any(config=True, help="hubkit.hub.accounts.Accounts")

    begun, mark, reached = 0.0, None, 0  # of the start under way: when, its annotation, per cent

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # The chart's values, which a profile may replace or add to.
        any_profile = pods.overrides(self.model["profiles"][0], self.model)
        self.given = {trait: getattr(self, trait) for trait in any_profile}

    @property
    def profile(self):
        """The profile that the hook before the start has found; after a restart of the hub the one that runs."""
        profiles = self.model["profiles"]
        name = self.user_options.get("profile")
        return next((profile for profile in profiles if profile["name"] == name), profiles[0])

    async def load_user_options(self):
        for trait, value in pods.overrides(self.profile, self.model).items():
            if trait in ("volumes", "volume_mounts"):
                value = {**self.given[trait], **value}  # noqa: PLW2901
            setattr(self, trait, self.given[trait] if value is None else value)

    def _expand_env(self, env):
        # A profile's title may hold braces, which are not for KubeSpawner to fill in.
        return super()._expand_env({name: value for name, value in env.items() if not name.startswith("HUBKIT_")})

    def get_env(self):
        return {**super().get_env(), **pods.environment(self.profile)}

    async def get_pod_manifest(self):
        manifest = await super().get_pod_manifest()
        manifest.metadata.annotations[START] = self.mark
        return manifest

    # --- A start -----------------------------------------------------------------------------------------------------
    async def _start(self):
        self.begun, self.reached = time.monotonic(), 0
        self._pvc_exists = False  # else a claim that was removed on purpose would be missed for ever
        try:
            for _ in range(PLACES):
                self.mark = uuid.uuid4().hex
                try:
                    return await self._start_once()
                except TakenAway as error:
                    cause = error
                    self.log.warning("The cluster took the server of %s away: %s", self.user.name, cause)
                await self.stop(now=True)  # until it is gone it counts for the namespace's quota
        except ApiException as error:
            self.log.error("The cluster refused the server of %s: %s", self.user.name, error.body)
            raise failed(waiting.refused(error.status, error.body)) from error
        except SILENCE as error:
            self.log.error("The cluster did not answer for %s: %r", self.user.name, error)
            raise failed("The cluster does not answer at the moment. Try again in a few minutes.") from error
        raise failed(f"The cluster ended your server {PLACES} times while it started: {cause}. {waiting.ADMIN}")

    async def _start_once(self):
        """The server's URL. Raises what in_vain() gives, and what KubeSpawner raises."""
        starting, watching = asyncio.ensure_future(super()._start()), asyncio.ensure_future(self.in_vain())
        try:
            done, _ = await asyncio.wait({starting, watching}, return_when=asyncio.FIRST_COMPLETED)
            if starting not in done:
                raise watching.result()
            return await starting
        finally:
            starting.cancel()
            watching.cancel()

    async def in_vain(self):
        """Return the error with which this start should end; for ever silent while there is hope."""
        seen = None
        while True:
            pod = self.pod
            if (seen and not pod) or (pod and waiting.goes(pod)):
                return TakenAway(waiting.cause(pod or seen))
            seen = pod
            try:
                stage = self.stage()
            except Exception:  # what only tells is not to end a start
                self.log.exception("What the server of %s waits for cannot be told", self.user.name)
                await asyncio.sleep(1)
                continue
            if stage.hopeless:
                return failed(stage.message)
            # A little before JupyterHub's own end, which would say only that time was up.
            if time.monotonic() - self.begun > self.start_timeout - 5:
                return failed(waiting.late(stage, round(self.start_timeout / 60)))
            await asyncio.sleep(1)

    @property
    def pod(self):
        """The pod of the start under way, None before the cluster shows it."""
        found = self.pod_reflector and self.pod_reflector.pods.get(f"{self.namespace}/{self.pod_name}")
        return found if found and found["metadata"].get("annotations", {}).get(START) == self.mark else None

    @property
    def events(self):
        """Events of the pod, and of its user's claim since the pod was made, oldest first."""
        pod = self.pod
        if not (pod and self.event_reflector):
            return []
        uid, since = pod["metadata"]["uid"], pod["metadata"]["creationTimestamp"]

        def about(event):
            it = event["involvedObject"]
            claim = it.get("kind") == "PersistentVolumeClaim" and it.get("name") == self.pvc_name
            ours = it.get("uid") == uid or (claim and waiting.when(event) >= since)
            return ours and event.get("message")

        return sorted(filter(about, list(self.event_reflector.resources.values())), key=waiting.when)

    def stage(self):
        profile, groups = self.profile, self.model["node_groups"]
        group = next((g for g in groups if g["name"] == profile["node_group"]), groups[0] if groups else None)
        grows = bool(group) and group["max"] > group["min"]
        place = waiting.Place(profile["title"], grows, self.model["node_minutes"])
        return waiting.stage(self.pod, self.events, place, datetime.now(UTC))

    async def progress(self):
        """What the start is waiting for, as it changes; the hub ends this when the server is up."""
        told = None
        # What becomes of the pod of a start that was given up is no news.
        while not given_up(self._start_future):
            stage = self.stage()
            self.reached = max(self.reached, stage.percent)
            if stage.message != told:
                told = stage.message
                yield {"progress": self.reached, "message": told}
            await asyncio.sleep(0.5)

    # --- A cluster that does not answer ------------------------------------------------------------------------------
    async def poll(self):
        """None while the pod runs or nobody can say; its exit status when it has ended."""
        try:
            return await super().poll()
        except Exception as error:  # whatever it was: it is not the end of the server
            self.log.warning("State of the server of %s is unknown: %r", self.user.name, error)
            return None

    async def _start_reflector(self, kind, reflector_class, replace=False, **kwargs):
        known = self.reflectors.get(self._get_reflector_key(kind))
        # One whose first list failed knows of no pods, which is not to say that there are none.
        first = known and known.first_load_future
        replace = replace or bool(first and first.done() and first.exception())
        if kind == "events":
            kwargs["fields"] = {}  # of claims, too: storage that cannot be made says why there
        return await super()._start_reflector(kind, untiring(reflector_class), replace=replace, **kwargs)

    async def _until_answered(self, request, *args):
        """Whether REQUEST was done; the caller asks again until k8s_api_request_retry_timeout is over."""
        try:
            return await request(*args)
        except ApiException as error:
            if error.status != 429 and error.status < 500:
                raise
            self.log.warning("The cluster answers %s, it is asked again", error.status)
        except SILENCE as error:
            self.log.warning("The cluster does not answer, it is asked again: %r", error)
        return False

    async def _make_create_pod_request(self, *args):
        return await self._until_answered(super()._make_create_pod_request, *args)

    async def _make_create_pvc_request(self, claim, *args):
        if owner := self.accounts.mark(self.user.name):
            claim.metadata.annotations[OWNER] = owner
        there = await self._until_answered(super()._make_create_pvc_request, claim, *args)
        return there and await self._until_answered(self._is_ours, claim.metadata.name, owner)

    async def _is_ours(self, name, owner):
        """True; an error when the claim NAME is not that of OWNER: who signed in first after the hub has lost its
        registry of accounts may have got a name that was another's."""
        reading = self.api.read_namespaced_persistent_volume_claim(name, self.namespace)
        claim = await asyncio.wait_for(reading, self.k8s_api_request_timeout)
        if (claim.metadata.annotations or {}).get(OWNER, owner) != owner:
            self.log.error("The home %s is not that of %s", name, self.user.name)
            raise failed(f"The home that your name leads to ({name}) is somebody else's. {waiting.ADMIN}")
        return True

    async def _make_delete_pod_request(self, *args):
        return await self._until_answered(super()._make_delete_pod_request, *args)


def configure(c, model):
    """Set the spawner, the accounts on the hub's volume and the culler, which the hub runs beside itself.

    After `hubkit.hub.configure`, in the chart's jupyterhub_config.py: addresses, database and what all users' pods have
    are the chart's. The culler finds the model in hub.json on the hub's volume.
    """
    hub, us = c.JupyterHub, c.PodSpawner
    hub.spawner_class = PodSpawner
    us.model = model
    # The chart's own value for KubeSpawner would win over the one for all spawners.
    us.start_timeout = model["start_timeout"]
    us.http_timeout = 60  # a start has ended when the server listens
    us.extra_container_config = {
        "startupProbe": {"tcpSocket": {"port": 8888}, "periodSeconds": 1, "failureThreshold": model["start_timeout"]},
        # What a server says when it ends while it starts is shown to its user.
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    us.image_pull_policy = "IfNotPresent"  # tags are exact
    us.delete_pvc = False  # a user who is deleted in the hub leaves his home, as on one machine
    us.delete_grace_period = 20  # as on one machine: programs may put down what they hold
    us.k8s_api_request_timeout, us.k8s_api_request_retry_timeout = 10, 120
    us.env_keep = []  # images know their own language
    # A full cluster fails many starts in a row; that is no reason to restart the hub.
    us.consecutive_failure_limit = 0
    hub.tornado_settings = {**hub.tornado_settings, "slow_spawn_timeout": 0}  # the waiting page at once
    if hub.get("db_url") == "sqlite:///jupyterhub.sqlite":  # the chart's, in whichever folder an image starts
        hub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
    c.IAMAuthenticator.accounts = us.accounts = Accounts(f"{STATE}/accounts.sqlite")
    if authorities := os.environ.get("SSL_CERT_FILE"):
        # The chart has requests made by curl, which does not look there by itself.
        c.IAMAuthenticator.http_request_kwargs = {**c.IAMAuthenticator.http_request_kwargs, "ca_certs": authorities}
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
