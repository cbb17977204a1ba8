"""Sign-in by OpenID Connect at an IAM, and the repeated check whether a user is still a member."""

import asyncio

from jupyterhub.auth import Authenticator
from oauthenticator.generic import GenericOAuthenticator
from oauthenticator.oauth2 import OAuthLoginHandler, OAuthLogoutHandler
from tornado import web
from tornado.httpclient import HTTPClientError
from tornado.httputil import url_concat
from traitlets import Any, Dict, TraitError, Unicode

from . import pages
from .groups import groups_in

# What a network, a server or a proxy in between can do to a request. Of these, is_rejection() finds the IAM's own "no".
IAM_ERRORS = (OSError, HTTPClientError, ValueError, KeyError, TypeError, AttributeError, TraitError)
# Results of a membership check besides an auth model and True.
EXPIRED, NOT_A_MEMBER = "expired", "not a member"


def is_rejection(error):
    """Whether ERROR is the IAM rejecting the request, rather than an IAM that fails."""
    return isinstance(error, HTTPClientError) and error.code in (400, 401, 403)


class LoginHandler(OAuthLoginHandler):
    async def get(self):
        # Contact the IAM at each sign-in: our error page is better than the browser's about an unreachable server.
        try:
            await self.authenticator.discover()
        except IAM_ERRORS as error:
            self.log.error("Sign-in at %s failed: %r", self.authenticator.issuer, error)
            raise self.authenticator.iam_unavailable() from error
        super().get()


class LogoutHandler(OAuthLogoutHandler):
    async def render_logout_page(self):
        if url := self.authenticator.end_session_url():
            self.redirect(url)
        else:
            await super().render_logout_page()


class IAMAuthenticator(GenericOAuthenticator):
    """One IAM, found by OpenID discovery. It must answer for a sign-in, but not for servers to keep running."""

    issuer = Unicode(config=True)
    groups_claim = Unicode(config=True)
    membership_url = Unicode(config=True)
    contact = Dict(config=True)
    hub_url = Unicode(config=True, help="The service's public URL without a trailing slash.")
    accounts = Any(config=True, help="hubkit.hub.accounts.Accounts")
    login_handler, logout_handler = LoginHandler, LogoutHandler

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.endpoints, self.checks, self.stops = {}, {}, set()

    async def discover(self):
        """Fetch the IAM's endpoints. Raises one of IAM_ERRORS."""
        document = await self.httpfetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", "discovery")
        if document["issuer"].rstrip("/") != self.issuer.rstrip("/"):
            raise ValueError(f"discovery names another issuer: {document['issuer']}")
        self.authorize_url, self.token_url = document["authorization_endpoint"], document["token_endpoint"]
        self.userdata_url = document["userinfo_endpoint"]
        self.endpoints = document

    def end_session_url(self):
        """Where users sign out at the IAM before they return here; None when the IAM has no such endpoint."""
        url = self.endpoints.get("end_session_endpoint")
        return url and url_concat(url, {"client_id": self.client_id, "post_logout_redirect_uri": f"{self.hub_url}/"})

    def iam_unavailable(self):
        return pages.iam_unavailable(self.login_service, self.contact)

    def user_info_to_username(self, user_info):
        """The account's name. Raises AccessDenied for a non-member, who gets no account, and one of IAM_ERRORS."""
        groups, subject = self.allowed_groups | self.admin_groups, user_info["sub"]
        person = user_info.get(self.username_claim) or subject
        if not (isinstance(subject, str) and isinstance(person, str)):
            raise TypeError(f"subject or name is not a string: {subject!r}, {person!r}")
        if not groups & groups_in(user_info, self.groups_claim):
            self.log.warning("Access denied to %s (%s): in none of %s", person, subject, sorted(groups))
            sign_out = self.end_session_url() or self.issuer
            raise pages.access_denied(
                self.login_service,
                person,
                sorted(self.allowed_groups),
                contact=self.contact,
                membership_url=self.membership_url,
                sign_out_url=sign_out,
            )
        return self.accounts.name(self.issuer, subject, person)

    async def get_user_groups(self, auth_state):
        return groups_in(auth_state[self.user_auth_state_key], self.groups_claim)

    async def update_auth_model(self, auth_model):
        # The base class sets `admin` only when it is true; without this a former admin would stay one.
        return {**auth_model, "admin": False}

    async def check_allowed(self, username, auth_model):
        return bool((self.allowed_groups | self.admin_groups) & set(auth_model["groups"]))

    async def authenticate(self, handler, data=None, **kwargs):
        try:
            if not self.endpoints:  # the hub was restarted in the middle of a sign-in
                await self.discover()
            return await super().authenticate(handler, data, **kwargs)
        except IAM_ERRORS as error:
            self.log.error("Sign-in at %s failed: %r", self.issuer, error)
            if is_rejection(error):
                raise pages.sign_in_rejected(self.login_service, self.login_url(handler.hub.base_url)) from error
            raise self.iam_unavailable() from error

    async def refresh_user(self, user, handler=None, **kwargs):
        """An auth model for a member, True (nothing changes) when the IAM does not answer, False to sign in again.

        A user who is no longer a member gets False, and the servers are stopped.
        """
        if handler and not hasattr(handler, "_token_authenticated"):
            # JupyterHub 6.1.1 reads it when this function returns False, and has not always set it.
            handler._token_authenticated = False
        # A refresh token may be valid for one use only, so concurrent requests share one check.
        task = self.checks.get(user.name)
        if not task:
            task = self.checks[user.name] = asyncio.ensure_future(self._check_membership(user))
            task.add_done_callback(lambda _: self.checks.pop(user.name))
        result = await asyncio.shield(task)
        if result == NOT_A_MEMBER:
            self._stop_servers(user, handler)
            return False
        if result != EXPIRED:
            return result
        if not _is_own_server(handler):
            return False
        # Membership is unknown. The user's server must be able to report, or it would never be stopped for idleness.
        # That does not admit the user's pages, so the time of the last refresh, which the hub sets next, is reset.
        asyncio.get_running_loop().call_soon(setattr, user, "_auth_refreshed", None)
        return True

    async def _check_membership(self, user):
        state = await user.get_auth_state()
        if not state:
            return EXPIRED
        try:
            if not self.endpoints:
                await self.discover()
            model = await self._auth_model(state)
        except pages.AccessDenied:
            return NOT_A_MEMBER
        except (web.HTTPError, *IAM_ERRORS) as error:
            self.log.warning("Membership of %s is unknown, so nothing changes: %r", user.name, error)
            return True
        # Tokens of another person must not change this user: the name was bound to somebody else.
        return model if model and model["name"] == user.name else EXPIRED

    async def _auth_model(self, state):
        """The auth model by STATE's tokens, None when both have expired. Raises IAM_ERRORS and AccessDenied."""
        try:
            return await self._token_to_auth_model(state["token_response"])
        except HTTPClientError as error:
            if not is_rejection(error):
                raise
        if not state.get("refresh_token"):
            return None
        try:
            token = await self.get_token_info(None, self.build_refresh_token_request_params(state["refresh_token"]))
        except HTTPClientError as error:
            # Any other 4xx, such as a wrong client secret, says nothing about this user.
            if error.response is not None and b"invalid_grant" in error.response.body:
                return None
            raise
        # An IAM that does not rotate refresh tokens does not send the token again.
        return await self._token_to_auth_model({"refresh_token": state["refresh_token"], **token})

    def _stop_servers(self, user, handler):
        async def stop(name, spawner):
            try:
                if spawner.ready:
                    self.log.warning("Stopping the server of %s, who is no longer a member", user.name)
                    await handler.stop_single_user(user, name)
            except Exception:
                self.log.exception("Could not stop the server of %s", user.name)

        for name, spawner in user.spawners.items():
            task = asyncio.ensure_future(stop(name, spawner))
            self.stops.add(task)  # the event loop keeps only a weak reference
            task.add_done_callback(self.stops.discard)


def _is_own_server(handler):
    token = handler and handler.get_token()
    return bool(token and (token.note or "").startswith("Server at "))


def configure(c, model, secrets):
    """Set the authenticator; the platform sets `accounts`."""
    iam, authenticator = model["iam"], c.IAMAuthenticator
    c.JupyterHub.authenticator_class = IAMAuthenticator
    authenticator.issuer, authenticator.client_id = iam["issuer"], iam["client_id"]
    authenticator.client_secret = secrets["client_secret"]
    authenticator.login_service, authenticator.membership_url = iam["name"], iam["membership_url"]
    authenticator.contact = model["contact"]
    authenticator.hub_url, authenticator.oauth_callback_url = model["url"], f"{model['url']}/hub/oauth_callback"
    authenticator.scope = iam["scopes"]
    authenticator.username_claim, authenticator.groups_claim = iam["username_claim"], iam["groups_claim"]
    authenticator.manage_groups = authenticator.enable_pkce = authenticator.enable_auth_state = True
    authenticator.refresh_pre_spawn = True
    authenticator.allowed_groups, authenticator.admin_groups = set(model["allowed_groups"]), set(model["admin_groups"])
    authenticator.auth_refresh_age = model["auth_refresh"]
    authenticator.http_request_kwargs = {"connect_timeout": 5, "request_timeout": 10}
    # Without this, JupyterHub 6.1 accepts API tokens of users who must sign in again; 5.5 never does.
    if "auth_refresh_strict" in Authenticator.class_traits():
        authenticator.auth_refresh_strict = True
    c.CryptKeeper.keys = [secrets["crypt_key"]]
