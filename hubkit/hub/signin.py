"""Sign-in by OpenID Connect at an IAM, and what it means that somebody is (not, perhaps) a member."""

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

# What a network, a server or a proxy page in between can do to a request; an answer of 4xx is looked at apart.
FAILURES = (OSError, HTTPClientError, ValueError, KeyError, TypeError, AttributeError, TraitError)
# Answers to an expired membership check that are neither a model nor True.
EXPIRED, OUTSIDER = "expired", "outsider"


def turned_down(error):
    """Whether ERROR is the IAM's own No, as against no sensible answer."""
    return isinstance(error, HTTPClientError) and error.code in (400, 401, 403)


class LoginHandler(OAuthLoginHandler):
    async def get(self):
        # Asked anew each time: better our page than the browser's about a server that does not answer.
        try:
            await self.authenticator.discover()
        except FAILURES as error:
            self.log.error("Sign-in at %s: %r", self.authenticator.issuer, error)
            raise self.authenticator.silent() from error
        super().get()


class LogoutHandler(OAuthLogoutHandler):
    async def render_logout_page(self):
        if url := self.authenticator.end_session_url():
            self.redirect(url)
        else:
            await super().render_logout_page()


class IAMAuthenticator(GenericOAuthenticator):
    """One IAM, found by discovery. ISSUER's answer is needed to sign in, never to keep running."""

    issuer = Unicode(config=True)
    groups_claim = Unicode(config=True)
    membership_url = Unicode(config=True)
    contact = Dict(config=True)
    hub_url = Unicode(config=True, help="The service's public URL without the last slash.")
    accounts = Any(config=True, help="hubkit.hub.accounts.Accounts")
    login_handler, logout_handler = LoginHandler, LogoutHandler

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.endpoints, self.asking, self.stopping = {}, {}, set()

    async def discover(self):
        """Fetch the IAM's endpoints. Raises one of FAILURES."""
        found = await self.httpfetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", "discovery")
        if found["issuer"].rstrip("/") != self.issuer.rstrip("/"):
            raise ValueError(f"discovery names another issuer: {found['issuer']}")
        self.authorize_url, self.token_url = found["authorization_endpoint"], found["token_endpoint"]
        self.userdata_url = found["userinfo_endpoint"]
        self.endpoints = found

    def end_session_url(self):
        """Where one signs out at the IAM and comes back here; None when the IAM has no such place or is not known."""
        end = self.endpoints.get("end_session_endpoint")
        return end and url_concat(end, {"client_id": self.client_id, "post_logout_redirect_uri": f"{self.hub_url}/"})

    def silent(self):
        return pages.silent(self.login_service, self.contact)

    def user_info_to_username(self, user_info):
        """The account's name. Raises Refused for an outsider, who gets no account, one of FAILURES for no sense."""
        groups, subject = self.allowed_groups | self.admin_groups, user_info["sub"]
        person = user_info.get(self.username_claim) or subject
        if not (isinstance(subject, str) and isinstance(person, str)):
            raise TypeError(f"names that are no text: {subject!r}, {person!r}")
        if not groups & groups_in(user_info, self.groups_claim):
            self.log.warning("Refused %s (%s): in none of %s", person, subject, sorted(groups))
            sign_out = self.end_session_url() or self.issuer
            raise pages.refused(
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
        # Says No where the base class says nothing, so that an admin of yesterday does not stay one.
        return {**auth_model, "admin": False}

    async def check_allowed(self, username, auth_model):
        return bool((self.allowed_groups | self.admin_groups) & set(auth_model["groups"]))

    async def authenticate(self, handler, data=None, **kwargs):
        try:
            if not self.endpoints:  # the hub was restarted between the two halves of a sign-in
                await self.discover()
            return await super().authenticate(handler, data, **kwargs)
        except FAILURES as error:
            self.log.error("Sign-in at %s: %r", self.issuer, error)
            if turned_down(error):
                raise pages.start_again(self.login_service, self.login_url(handler.hub.base_url)) from error
            raise self.silent() from error

    async def refresh_user(self, user, handler=None, **kwargs):
        """A model for a member, False for who must sign in again, True (nothing changes) when the IAM gives no answer.

        False for an outsider, too; his servers are stopped.
        """
        if handler and not hasattr(handler, "_token_authenticated"):
            handler._token_authenticated = False  # 6.1.1 reads it after a False from here, without having set it
        # Refresh tokens may be good for one use: requests that come together share one answer.
        task = self.asking.get(user.name)
        if not task:
            task = self.asking[user.name] = asyncio.ensure_future(self._ask(user))
            task.add_done_callback(lambda _: self.asking.pop(user.name))
        answer = await asyncio.shield(task)
        if answer == OUTSIDER:
            self._stop_servers(user, handler)
            return False
        if answer != EXPIRED:
            return answer
        if not _is_own_server(handler):
            return False
        # Whether he is a member is unknown. His server goes on reporting, or it would never be found idle. That is no
        # proof for his pages, so the time of the last refresh, which the hub now sets, is taken back.
        asyncio.get_running_loop().call_soon(setattr, user, "_auth_refreshed", None)
        return True

    async def _ask(self, user):
        state = await user.get_auth_state()
        if not state:
            return EXPIRED
        try:
            if not self.endpoints:
                await self.discover()
            model = await self._model(state)
        except pages.Refused:
            return OUTSIDER
        except (web.HTTPError, *FAILURES) as error:
            self.log.warning("Membership of %s is unknown, nothing changes: %r", user.name, error)
            return True
        # Another person's name cannot become this user's: the account was bound to somebody else.
        return model if model and model["name"] == user.name else EXPIRED

    async def _model(self, state):
        """The auth model by STATE's tokens, None when both have expired. Raises what the IAM's failures raise."""
        try:
            return await self._token_to_auth_model(state["token_response"])
        except HTTPClientError as error:
            if not turned_down(error):
                raise
        if not state.get("refresh_token"):
            return None
        try:
            token = await self.get_token_info(None, self.build_refresh_token_request_params(state["refresh_token"]))
        except HTTPClientError as error:
            if error.response is not None and b"invalid_grant" in error.response.body:
                return None
            raise
        # An IAM that does not rotate refresh tokens does not send it again.
        return await self._token_to_auth_model({"refresh_token": state["refresh_token"], **token})

    def _stop_servers(self, user, handler):
        async def stop(name, spawner):
            try:
                if spawner.ready:
                    self.log.warning("Stopping the server of %s: no member any more", user.name)
                    await handler.stop_single_user(user, name)
            except Exception:
                self.log.exception("Could not stop the server of %s", user.name)

        for name, spawner in user.spawners.items():
            task = asyncio.ensure_future(stop(name, spawner))
            self.stopping.add(task)  # the loop itself keeps no reference
            task.add_done_callback(self.stopping.discard)


def _is_own_server(handler):
    token = handler and handler.get_token()
    return bool(token and (token.note or "").startswith("Server at "))


def configure(c, model, secrets):
    """Set the authenticator; the platform sets `accounts`."""
    iam, us = model["iam"], c.IAMAuthenticator
    c.JupyterHub.authenticator_class = IAMAuthenticator
    us.issuer, us.client_id, us.client_secret = iam["issuer"], iam["client_id"], secrets["client_secret"]
    us.login_service, us.membership_url, us.contact = iam["name"], iam["membership_url"], model["contact"]
    us.hub_url, us.oauth_callback_url = model["url"], f"{model['url']}/hub/oauth_callback"
    us.scope, us.username_claim, us.groups_claim = iam["scopes"], iam["username_claim"], iam["groups_claim"]
    us.manage_groups = us.enable_pkce = us.enable_auth_state = us.refresh_pre_spawn = True
    us.allowed_groups, us.admin_groups = set(model["allowed_groups"]), set(model["admin_groups"])
    us.auth_refresh_age = model["auth_refresh"]
    us.http_request_kwargs = {"connect_timeout": 5, "request_timeout": 10}
    # 6.1 lets API tokens of refused people through unless told; 5.5 never did.
    if "auth_refresh_strict" in Authenticator.class_traits():
        us.auth_refresh_strict = True
    c.CryptKeeper.keys = [secrets["crypt_key"]]
