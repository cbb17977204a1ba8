"""What the audit log records: sign-in and sign-out, starts and stops, tokens, what administrators do, refusals.

Starts and ends of servers come from the spawner's hooks, which know why. Requests come from the function with which
the hub logs each one: it sees every way to change something, by form, script or program, also what is added later.
"""

import re
import sys
from http import HTTPStatus
from http.client import responses
from urllib.parse import unquote

from jupyterhub import log as jupyterhub_log
from tornado import web
from tornado.log import app_log

from .audit import Audit

# (method, path below /hub/, event); the first group of the path is a user. What matches none is a "request".
REQUESTS = (
    ("POST", r"api/users/([^/]+)/servers?(?:/.*)?", "server start"),
    ("POST", r"spawn(?:/([^/]+))?(?:/.*)?", "server start"),
    ("DELETE", r"api/users/([^/]+)/servers?(?:/.*)?", "server stop"),
    ("POST", r"api/users/([^/]+)/tokens", "token created"),
    ("DELETE", r"api/users/([^/]+)/tokens/.*", "token revoked"),
)
# Not by people: reports of servers, and what servers ask the hub at a sign-in to them
UNRECORDED = re.compile(r"api/users/[^/]+/activity|api/oauth2/token|api/authorizations/.*|api/security/.*")
AUTHORIZE = "api/oauth2/authorize"  # a browser is about to open a server
SERVER_CLIENT = "jupyterhub-user-"  # a server's OAuth client, which ends in the name of its user


def actor(handler):
    """The hub's name of who sent the request; `service NAME` for a service, which no user can be called."""
    try:
        user = handler.current_user
    except (web.HTTPError, RuntimeError):  # the request was refused before that was known
        user = None
    if user is None:
        return ""
    return user.name if hasattr(user, "spawners") else f"service {user.name}"


def record(handler, event, person, **facts):
    """Record EVENT of PERSON, who sent the request of HANDLER. FACTS: as of `Audit.record`."""
    handler.settings["audit"].record(event, person, address=handler.request.remote_ip, **facts)


def outcome(status):
    """{result, reason} of a request that was answered with STATUS."""
    if status < 400:
        return {}
    reason = f"{status} {responses.get(status, '')}".strip()
    return {"result": "refused" if status < 500 else "failed", "reason": reason}


def log_request(handler):
    """What the hub does at the end of each request: its own line in the log, and ours in the audit log."""
    jupyterhub_log.log_request(handler)
    try:
        if hasattr(handler, "hub"):  # no static file
            _record_request(handler)
    except Exception:
        app_log.exception("A request is missing in the audit log")


def _record_request(handler):
    request, person, status = handler.request, actor(handler), handler.get_status()
    path = request.path.removeprefix(handler.hub.base_url)
    if not person or getattr(handler, "is_recorded", False):
        return
    if path == AUTHORIZE:
        client = request.arguments.get("client_id", [b""])[-1].decode(errors="replace")
        owner = unquote(client.removeprefix(SERVER_CLIENT))
        # 200 is the page that asks whether to open it
        if client.startswith(SERVER_CLIENT) and owner != person and status != HTTPStatus.OK:
            record(handler, "server access", person, of=owner, **outcome(status))
        return
    if request.method in ("GET", "HEAD", "OPTIONS") or UNRECORDED.fullmatch(path):
        return
    for method, pattern, event in REQUESTS:
        if method == request.method and (match := re.fullmatch(pattern, path)):
            owner = unquote(match[1] or person)
            facts = {} if owner == person else {"of": owner}
            if person.startswith("service ") and (reason := request.arguments.get("reason")):
                facts["reason"] = reason[-1].decode(errors="replace")
            # A start that was not refused at once is recorded by the spawner's hook.
            if event != "server start" or status >= HTTPStatus.BAD_REQUEST:
                record(handler, event, person, **facts | outcome(status))
            return
    if path.startswith("api/"):
        record(handler, "request", person, method=request.method, path=path, **outcome(status))


def message(error):
    """Why, on one line: ERROR's own reason for the log, else what the user is told."""
    texts = (getattr(error, name, None) for name in ("reason_in_log", "jupyterhub_message", "log_message"))
    default = str(error) if isinstance(error, web.HTTPError) else repr(error)
    return " ".join(str(next(filter(None, texts), default)).split())


def recording(pre_spawn, audit):
    """The hook PRE_SPAWN, with a line in the log for each start that it accepts or refuses."""

    def recorded(spawner):
        handler, owner, sent = spawner.handler, spawner.user.name, spawner.user_options
        person = (handler and actor(handler)) or owner
        facts = {"profile": sent.get("profile", "") if isinstance(sent, dict) else ""}
        facts |= {"address": handler.request.remote_ip if handler else None}
        facts |= {} if person == owner else {"of": owner}
        if handler:
            handler.is_recorded = True
        try:
            pre_spawn(spawner)
        except web.HTTPError as error:
            error.is_recorded = True
            audit.record("server start", person, result="refused", reason=message(error), **facts)
            raise
        audit.record("server start", person, **facts | {"profile": spawner.user_options["profile"]})

    return recorded


def post_stop(audit):
    """A hook that records the end of a server, and why one did not start."""

    def recorded(spawner):
        options = spawner.user_options
        facts = {"profile": options.get("profile", "") if isinstance(options, dict) else ""}
        starting = spawner._spawn_future  # None once the server has started
        if not starting or starting.done():
            audit.record("server end", spawner.user.name, **facts)
            return
        error = sys.exception()  # JupyterHub stops a failed server while it handles the error
        if not getattr(error, "is_recorded", False):
            audit.record("server start", spawner.user.name, result="failed", reason=message(error), **facts)

    return recorded


def recording_authenticator(base):
    """A subclass of the authenticator class BASE that records each sign-in and sign-out, whatever the method."""

    class RecordingAuthenticator(base):
        async def get_authenticated_user(self, handler, data, **kwargs):
            try:
                model = await super().get_authenticated_user(handler, data, **kwargs)
            except web.HTTPError as error:
                facts = outcome(error.status_code) | {"reason": message(error)}
                names = {"iam_name": getattr(error, "person", ""), "account": getattr(error, "account", "")}
                record(handler, "sign-in", "", **facts, **{key: name for key, name in names.items() if name})
                raise
            if model:
                record(handler, "sign-in", model["name"])
            else:
                record(handler, "sign-in", "", result="refused", reason="Not accepted")
            return model

        def get_handlers(self, app):
            found = super().get_handlers(app)
            return [
                (path, recording_logout(handler) if path == "/logout" else handler, *more)
                for path, handler, *more in found
            ]

    return RecordingAuthenticator


def recording_logout(base):
    """A subclass of the sign-out's handler class BASE that records who signs out."""

    class RecordingLogoutHandler(base):
        async def default_handle_logout(self):
            if self.current_user:
                record(self, "sign-out", self.current_user.name)
            await super().default_handle_logout()

    return RecordingLogoutHandler


def configure(c, model, state):
    """Write the audit log below the folder STATE. Comes after what sets authenticator and hooks."""
    audit = Audit(f"{state}/audit", model["audit"]["days"])
    audit.start()
    hub, spawner = c.JupyterHub, c.Spawner
    hub.authenticator_class = recording_authenticator(hub.authenticator_class)
    hub.tornado_settings = {**hub.tornado_settings, "audit": audit, "log_function": log_request}
    spawner.pre_spawn_hook = recording(spawner.pre_spawn_hook, audit)
    spawner.post_stop_hook = post_stop(audit)
