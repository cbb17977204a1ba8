"""Terms of use: a user accepts their current version before anything else works. A running server keeps running."""

import functools

from jupyterhub import handlers as hub_handlers
from jupyterhub.apihandlers.auth import OAuthAuthorizeHandler
from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import url_path_join
from tornado import web
from tornado.httputil import url_concat

from . import events
from .acceptances import Acceptances
from .pages import user_error

# Paths that work without acceptance: what leads to it and away from it, what is no page, and what is for programs
OPEN = {
    "", "/login", "/logout", "/oauth_login", "/oauth_callback", r"/error/(\d+)", "/health$", "/api/health$",
    "/metrics$", "/api/metrics$", "/security/csp-report", "/change-password", "/request-account",
}  # fmt: skip


class Terms:
    """The version in force, and who has accepted it. MODEL: its key `terms`. URL: of the page that shows them."""

    def __init__(self, model, path, url):
        self.version, self.link, self.url = model["version"], model["url"], url
        # A blank line separates paragraphs.
        self.paragraphs = [text.strip() for text in model["text"].split("\n\n") if text.strip()]
        self.acceptances = Acceptances(path)

    def accepted(self, name):
        """When the user called NAME accepted this version, None if not yet."""
        return self.acceptances.time(name, self.version)

    def refusal(self):
        """The error for those who have not accepted them."""
        return user_error(403, f"Accept the terms of use (version {self.version}) first: {self.url}")


class TermsPage(BaseHandler):
    """Shows the terms, and the form to accept them."""

    @web.authenticated
    async def get(self):
        terms = self.settings["terms"]
        page = await self.render_template(
            "terms.html",
            terms=terms,
            accepted=terms.accepted(self.current_user.name),
            next=self.get_argument("next", ""),
        )
        self.finish(page)

    @web.authenticated
    async def post(self):
        terms, name = self.settings["terms"], self.current_user.name
        # The version may have changed while the page was open.
        if self.get_body_argument("accept", "") != terms.version:
            self.redirect(url_concat(terms.url, {"next": self.get_argument("next", "")}))
            return
        if not terms.accepted(name):
            terms.acceptances.add(name, terms.version)
            events.record(self, "terms accepted", name, version=terms.version)
        self.redirect(self.get_next_url(self.current_user, default=url_path_join(self.hub.base_url, "home")))


@functools.cache
def guarded(handler_class):
    """HANDLER_CLASS for users who have accepted the terms; others are led to them, programs get an error."""

    class Guarded(handler_class):
        async def prepare(self):
            await super().prepare()
            terms, user = self.settings["terms"], self.current_user
            if self._finished or not hasattr(user, "spawners") or terms.accepted(user.name):
                return
            # What scripts in a page ask for is no page either.
            if self.request.method != "GET" or self.request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
                raise terms.refusal()
            self.redirect(url_concat(terms.url, {"next": self.request.uri}))

    Guarded.__name__ = Guarded.__qualname__ = handler_class.__name__
    return Guarded


def asking_authenticator(base):
    """A subclass of the authenticator class BASE that puts all pages, this hub's and JupyterHub's, behind the terms."""

    class AskingAuthenticator(base):
        def get_handlers(self, app):
            own = super().get_handlers(app)
            pages = [*own, *hub_handlers.default_handlers, ("/api/oauth2/authorize", OAuthAuthorizeHandler)]
            behind = [(path, handler if path in OPEN else guarded(handler), *more) for path, handler, *more in pages]
            return [("/terms", TermsPage), *behind]

    return AskingAuthenticator


def requiring(pre_spawn, terms):
    """The hook PRE_SPAWN for users who have accepted TERMS: no way to start a server leads around it."""

    def checked(spawner):
        if not terms.accepted(spawner.user.name):
            # The hub has already saved what was sent, for the next start.
            spawner.user_options = spawner.orm_spawner.user_options = {}
            raise terms.refusal()
        pre_spawn(spawner)

    return checked


def configure(c, model, state):
    """Ask for acceptance where the site has terms; the record of acceptances is below the folder STATE."""
    if not model["terms"]:
        return
    terms = Terms(model["terms"], f"{state}/terms.sqlite", f"{model['url']}/hub/terms")
    hub, spawner = c.JupyterHub, c.Spawner
    hub.authenticator_class = asking_authenticator(hub.authenticator_class)
    hub.tornado_settings = {**hub.tornado_settings, "terms": terms}
    spawner.pre_spawn_hook = requiring(spawner.pre_spawn_hook, terms)
