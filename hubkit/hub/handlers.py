"""Pages of sign-in, sign-out and start that differ from JupyterHub's and OAuthenticator's own."""

from jupyterhub.handlers.pages import SpawnHandler, TokenPageHandler
from oauthenticator.oauth2 import OAuthCallbackHandler, OAuthLoginHandler, OAuthLogoutHandler
from tornado import web
from tornado.httputil import url_concat

from . import pages

RESTARTED = "hubkit-sign-in-restarted"  # cookie: a sign-in was restarted less than a minute ago
# Navigations that no page of another site, nor of a user's server on its own domain, can cause
OWN_NAVIGATION = ("same-origin", "none")


class LoginHandler(OAuthLoginHandler):
    async def get(self):
        # Contact the IAM first: our error page is better than the browser's about an unreachable server.
        await self.authenticator.check_reachable()
        super().get()


class CallbackHandler(OAuthCallbackHandler):
    """Starts again, once, when a sign-in cannot be completed.

    Two tabs share one cookie, so only the last of them can be completed; and a page that is reloaded or opened again
    from the history repeats a code that was used.
    """

    async def get(self):
        try:
            await super().get()
        except web.HTTPError as error:
            if error.status_code != 400 or self.get_argument("error", ""):
                raise
            self.log.warning("A sign-in was not completed: %s", error)
            if self.current_user:  # in another tab
                self.redirect(self.get_next_url(self.current_user))
            elif self.get_cookie(RESTARTED):
                self.clear_cookie(RESTARTED, path=self.hub.base_url)
                raise self.authenticator.sign_in_rejected() from error
            else:
                self._set_cookie(RESTARTED, "1", encrypted=False, max_age=60, path=self.hub.base_url)
                self.redirect(
                    url_concat(self.authenticator.login_url(self.hub.base_url), {"next": self.get_next_url()})
                )

    def check_state(self):
        try:
            super().check_state()
        except (ValueError, AttributeError) as error:  # no JSON object, or not even ASCII
            raise web.HTTPError(400, "OAuth state cannot be read") from error

    def check_error(self):
        if code := self.get_argument("error", ""):
            # Anybody can write a link with a description, so it is not shown.
            self.log.error(
                "The IAM rejected a sign-in: %.200r, %.500r", code, self.get_argument("error_description", "")
            )
            raise self.authenticator.sign_in_rejected()


class LogoutHandler(OAuthLogoutHandler):
    """Signs out at once on this hub's own pages; otherwise asks, so that no other site can sign a user out."""

    async def get(self):
        if not self.current_user or self.request.headers.get("Sec-Fetch-Site") in OWN_NAVIGATION:
            await super().get()
        else:
            self.finish(await self.render_template("sign-out.html"))

    async def post(self):
        await super().get()

    async def render_logout_page(self):
        if url := self.authenticator.end_session_url():
            self.redirect(url)
        else:
            await super().render_logout_page()


class FormSpawnHandler(SpawnHandler):
    """Starts a server by the form only, which has a token: a link could start one from any other site."""

    def get(self, user_name=None, server_name=""):
        self.request.query_arguments = {
            name: value for name, value in self.request.query_arguments.items() if name == "next"
        }
        return super().get(user_name, server_name)


class NoTokenPage(TokenPageHandler):
    async def get(self):
        raise pages.tokens_off()


def handlers(authenticator):
    """[(path below /hub, handler)]; they precede JupyterHub's own."""
    found = [
        (r"/logout", authenticator.logout_handler),
        (r"/spawn", FormSpawnHandler),
        (r"/spawn/([^/]+)", FormSpawnHandler),
    ]
    if authenticator.issuer:
        found += [
            (r"/oauth_login", authenticator.login_handler),
            (r"/oauth_callback", authenticator.callback_handler),
        ]
    return found if authenticator.user_tokens else [*found, (r"/token", NoTokenPage)]
