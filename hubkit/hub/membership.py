"""The end of a membership: a sweep that checks users who make no request, and what a withdrawn user loses."""

import asyncio
import time
from types import SimpleNamespace

from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import compare_token
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import PeriodicCallback

from .events import record

AT_ONCE = 10  # requests to the IAM, of the sweep and of sign-ins


class Sweep:
    """Checks every user with a running server, though nobody sends a request on the user's behalf.

    Without it a server whose tab is closed, or that does not report, would outlive its user's membership.
    """

    def __init__(self, app, authenticator):
        self.app, self.authenticator = app, authenticator
        self.checked, self.slots = {}, asyncio.Semaphore(AT_ONCE)

    def begin(self):
        """Check at once, for what happened while the hub was down, and then all the time."""
        PeriodicCallback(self.sweep, max(1, self.authenticator.auth_refresh_age / 6) * 1000).start()

    def due(self):
        """Users with a server whose last check is as old as a check may be."""
        now, age = time.monotonic(), self.authenticator.auth_refresh_age
        active = [user for user in self.app.users.values() if user.active]
        return [user for user in active if now - max(self.checked.get(user.name, 0), user._auth_refreshed or 0) >= age]

    async def sweep(self):
        await asyncio.gather(*(self.check(user) for user in self.due()))

    async def check(self, user):
        """Do what the hub does before it answers a request of USER. Errors are logged: the next sweep tries again."""
        async with self.slots:
            try:
                handler = handler_without_request(self.app, user)
                result = await self.authenticator.refresh_user(user, handler)
                if isinstance(result, dict):
                    await handler.auth_to_user(result, user)
                if result:
                    user._auth_refreshed = time.monotonic()
                self.checked[user.name] = time.monotonic()
            except Exception:
                self.app.log.exception("The membership of %s could not be checked", user.name)


def handler_without_request(app, user):
    """A handler as for a request of USER, for JupyterHub's functions that belong to one."""
    connection = SimpleNamespace(set_close_callback=lambda _: None)
    handler = BaseHandler(app.tornado_application, HTTPServerRequest("GET", "/", connection=connection))
    handler._jupyterhub_user = user
    return handler


async def end_access(user, handler, reason):
    """End all that acts as USER: sessions in browsers, tokens, servers. REASON for the logs. The home is kept."""
    if not handler:
        return
    if user.api_tokens or user.active:  # not at each request that follows
        record(handler, "access ended", user.name, reason=reason)
    for right in [*user.api_tokens, *user.oauth_codes]:
        user.db.delete(right)
    user.cookie_id, user._auth_refreshed = orm.new_token(), None
    user.db.commit()
    for name, spawner in list(user.spawners.items()):
        if not spawner.ready:  # the sweep finds it again
            continue
        handler.log.warning("Stopping the server of %s: %s", user.name, reason)
        try:
            await handler.stop_single_user(user, name)
        except Exception:
            handler.log.exception("Could not stop the server of %s", user.name)
    # Where the hub makes accounts of the operating system
    if lock_account := getattr(user.spawner, "lock_account", None):
        await lock_account()


def is_report_of_server(user, handler):
    """Whether HANDLER's request is a report of activity with the token that the hub gave to USER's server.

    A user can create tokens with the same note, but the hub keeps a hash of the server's own as its OAuth secret.
    """
    if not handler or not (token := handler.get_auth_token()):
        return False
    if handler.request.method != "POST" or not handler.request.path.endswith("/activity"):
        return False
    clients = [spawner.orm_spawner.oauth_client for spawner in user.spawners.values()]
    return any(compare_token(client.secret, token) for client in clients if client and client.secret)
