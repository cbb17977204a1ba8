"""Sign-in by OpenID Connect at an IAM, and the repeated check whether a user is still a member."""

import asyncio
import time

from oauthenticator.generic import GenericOAuthenticator
from tornado import web
from tornado.httpclient import HTTPClientError
from tornado.httputil import url_concat
from traitlets import Any, Bool, Dict, Set, TraitError, Unicode

from . import handlers, pages, provider
from .accounts import AccountUnknown, AccountUnusable
from .claims import is_unverified, subject_and_name
from .groups import groups_in
from .local.refusals import SignInRefused
from .local.workload import Workload
from .membership import AT_ONCE, Sweep, end_access, is_report_of_server
from .roles import NAMED_ADMINISTRATORS

# What a network, a server or a proxy in between can do to a request. Of these, is_rejection() finds the IAM's own "no".
IAM_ERRORS = (OSError, HTTPClientError, ValueError, KeyError, TypeError, AttributeError, TraitError)
# Results of a membership check besides an auth model and True. REVOKED: the IAM rejects a token before its time.
EXPIRED, REVOKED, NOT_A_MEMBER = "expired", "revoked", "not a member"
DISCOVERY_AGE = 5  # seconds for which a sign-in relies on an earlier answer: many people sign in at once


def is_rejection(error):
    """Whether ERROR is the IAM rejecting the request, rather than an IAM that fails."""
    return isinstance(error, HTTPClientError) and error.code in (400, 401, 403)


class IAMAuthenticator(GenericOAuthenticator):
    """One IAM, found by OpenID discovery. It must answer for a sign-in, but not for servers to keep running."""

    issuer = Unicode(config=True)
    authorities = Unicode(config=True, help="Certificate authorities of the IAM, in PEM; empty for the system's.")
    username_domain = Unicode(allow_none=True, config=True, help="The domain that names of accounts do not have.")
    groups_claim = Unicode(config=True)
    groups_separator = Unicode(allow_none=True, config=True, help="In a claim that is a text: hubkit.hub.groups.")
    entitlements = Dict(allow_none=True, config=True, help="Whose entitlements are groups: hubkit.hub.groups.")
    administrators = Set(config=True, help="Groups of administrators, who have a role of this hub: hubkit.hub.roles.")
    allowed_names = Set(config=True, help="Who may sign in whatever the groups, by the name at the IAM.")
    administrator_names = Set(config=True, help="The same of administrators.")
    blocked = Set(config=True, help="Names of users who may not sign in, in the hub or at the IAM.")
    user_tokens = Bool(config=True, help="Whether users can create tokens for programs.")
    membership_url = Unicode(config=True)
    contact = Dict(config=True)
    hub_url = Unicode(config=True, help="The service's public URL without a trailing slash.")
    accounts = Any(config=True, help="hubkit.hub.accounts.Accounts")
    login_handler, callback_handler = handlers.LoginHandler, handlers.CallbackHandler
    logout_handler = handlers.LogoutHandler

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.endpoints, self.discovered, self.checks = {}, 0.0, {}
        # Checks of memberships have connections of their own, or whoever signs in all the time could prevent them.
        self.workload = Workload(AT_ONCE)
        self.http_client = provider.http_client(3 * AT_ONCE)
        self.http_request_kwargs = provider.request_options(self.authorities)

    def get_handlers(self, app):
        if "iam" in self.methods:  # otherwise the lists are empty
            self.accounts.keep_listed(self.allowed_names | self.administrator_names)
        Sweep(app, self).begin()
        return handlers.handlers(self)

    # --- The IAM -----------------------------------------------------------------------------------------------------
    async def discover(self, max_age=float("inf")):
        """Fetch the IAM's endpoints unless they are at most MAX_AGE seconds old. Raises one of IAM_ERRORS."""
        if self.endpoints and time.monotonic() - self.discovered <= max_age:
            return
        document = await self.httpfetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", "discovery")
        if document["issuer"].rstrip("/") != self.issuer.rstrip("/"):
            raise ValueError(f"discovery names another issuer: {document['issuer']}")
        self.authorize_url, self.token_url = document["authorization_endpoint"], document["token_endpoint"]
        self.userdata_url = document["userinfo_endpoint"]
        supported = document.get("scopes_supported")
        if isinstance(supported, list) and "offline_access" not in supported:
            self.scope = [scope for scope in self.scope if scope != "offline_access"]
        self.endpoints, self.discovered = document, time.monotonic()

    async def check_reachable(self):
        """Raise the error page for users when the IAM does not answer."""
        try:
            await self.discover(DISCOVERY_AGE)
        except IAM_ERRORS as error:
            self.log.error("Sign-in at %s failed: %r", self.issuer, error)
            raise pages.iam_unavailable(self.login_service, self.contact) from error

    def end_session_url(self):
        """Where users sign out at the IAM before they return here; None when the IAM has no such endpoint."""
        url = self.endpoints.get("end_session_endpoint")
        return url and url_concat(url, {"client_id": self.client_id, "post_logout_redirect_uri": f"{self.hub_url}/"})

    def sign_in_rejected(self):
        return pages.sign_in_rejected(self.login_service, f"{self.hub_url}/hub/oauth_login")

    async def get_token_info(self, handler, params):
        """The token response, with `issued_at`, and `expires_at` where the IAM says how long it is valid.

        Both in seconds since the epoch, by the hub's clock.
        """
        token, now = await super().get_token_info(handler, params), time.time()
        expires_in = token.get("expires_in")
        times = {"expires_at": now + expires_in} if isinstance(expires_in, int | float) else {}
        return {**token, **times, "issued_at": now}

    def build_auth_state_dict(self, token_info, user_info):
        return {**super().build_auth_state_dict(token_info, user_info), "accepted_at": time.time()}

    # --- Who may use the hub -----------------------------------------------------------------------------------------
    def user_info_to_username(self, user_info):
        """The account's name. Raises AccessDenied for a non-member, who gets no account, and one of IAM_ERRORS."""
        subject, person = subject_and_name(user_info, self.username_claim)
        if person in self.blocked:
            raise self.access_blocked(person)
        if is_unverified(user_info, self.username_claim):
            raise pages.address_unverified(self.login_service, person, self.contact)
        if not self.is_member(user_info):
            self.log.warning("Access denied to %r (%r): in none of the groups, and not listed", person, subject)
            raise pages.access_denied(
                self.login_service,
                person,
                sorted(self.allowed_groups),
                contact=self.contact,
                membership_url=self.membership_url,
                sign_out_url=self.end_session_url() or self.issuer,
            )
        try:
            name = self.accounts.name(self.issuer, subject, person, self.username_domain)
        except AccountUnusable as error:
            raise pages.account_unusable(self.login_service, person, error, self.contact) from error
        except AccountUnknown as error:
            raise pages.account_unknown(self.login_service, person, error, self.contact) from error
        if name in self.blocked:
            raise self.access_blocked(name)
        return name

    def access_blocked(self, name):
        self.log.warning("Access denied to %r: blocked", name)
        return pages.access_blocked(name, self.contact)

    def groups_of(self, user_info):
        return groups_in(user_info, self.groups_claim, self.entitlements, self.groups_separator)

    def is_member(self, user_info):
        """Whether the person may use the hub."""
        # First: also a listed name of somebody who is admitted otherwise must have nobody else as its owner.
        is_listed = self.is_listed(user_info, self.allowed_names | self.administrator_names)
        groups = self.allowed_groups | self.administrators
        return is_listed or self.allow_all or bool(groups & self.groups_of(user_info))

    def is_listed(self, user_info, names):
        """Whether the name is one of NAMES and has not been another person's since it is."""
        person = user_info.get(self.username_claim)
        if not isinstance(person, str) or person not in names:
            return False
        if self.accounts.is_first(self.issuer, user_info["sub"], person):
            return True
        self.log.warning("%r (%r) has the name of another person, for whom it is listed", person, user_info["sub"])
        return False

    async def get_user_groups(self, auth_state):
        user_info = auth_state[self.user_auth_state_key]
        named = {NAMED_ADMINISTRATORS} if self.is_listed(user_info, self.administrator_names) else set()
        return self.groups_of(user_info) - {NAMED_ADMINISTRATORS} | named  # no group of the IAM has this meaning

    async def update_auth_model(self, auth_model):
        # Without an explicit False, an administrator of an earlier version would keep JupyterHub's role `admin`.
        return {**auth_model, "admin": False}

    async def check_allowed(self, username, auth_model):
        return self.is_member(auth_model["auth_state"][self.user_auth_state_key])

    async def authenticate(self, handler, data=None, **kwargs):
        try:
            await self.discover()  # the hub may have been restarted in the middle of a sign-in
            with self.workload.place(handler.request.remote_ip):
                return await self.workload.wait(super().authenticate(handler, data, **kwargs))
        except SignInRefused as refusal:
            raise pages.user_error(503, str(refusal)) from refusal
        except IAM_ERRORS as error:
            self.log.error("Sign-in at %s failed: %r", self.issuer, error)
            if is_rejection(error):
                raise self.sign_in_rejected() from error
            raise pages.iam_unavailable(self.login_service, self.contact) from error

    # --- Who is still a member ---------------------------------------------------------------------------------------
    async def refresh_user(self, user, handler=None, **kwargs):
        """An auth model for a member, True (nothing changes) when the IAM does not answer, False to sign in again.

        A user who is no longer a member gets False, and loses tokens, sessions and servers.
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
        if result == REVOKED and handler and await self._accepts_older_tokens(user, handler):
            result = NOT_A_MEMBER
        if result == NOT_A_MEMBER:
            self.log.warning("%s is no longer a member", user.name)
            await end_access(user, handler, "No longer a member")
            return False
        if result not in (EXPIRED, REVOKED):
            return result
        if not is_report_of_server(user, handler):
            return False
        # Membership is unknown. The user's server must be able to report, or it would never be stopped for idleness.
        # That does not admit the user's pages, so the time of the last refresh, which the hub sets next, is reset.
        asyncio.get_running_loop().call_soon(setattr, user, "_auth_refreshed", None)
        return True

    async def _check_membership(self, user):
        if user.name in self.blocked:
            return NOT_A_MEMBER
        state = await user.get_auth_state()
        if not state:
            return EXPIRED
        try:
            await self.discover()
            model = await self._auth_model(user, state)
        except pages.AccessDenied:
            return NOT_A_MEMBER
        except (web.HTTPError, *IAM_ERRORS) as error:
            self.log.warning("Membership of %s is unknown, so nothing changes: %r", user.name, error)
            return True
        if isinstance(model, str):
            return model
        return model if model["name"] == user.name else self._not_the_user(state, model["auth_state"])

    def _not_the_user(self, before, now):
        """What a check found whose answer is about another name: the auth state BEFORE, and NOW."""
        key = self.user_auth_state_key
        # The name was given to another identity; or the token is somebody else's, says the IAM, which tells nothing.
        return NOT_A_MEMBER if before.get(key, {}).get("sub") == now[key]["sub"] else EXPIRED

    async def _auth_model(self, user, state):
        """The auth model by USER's tokens in STATE, EXPIRED or REVOKED. Raises IAM_ERRORS and AccessDenied."""
        token, expires = state["token_response"], state["token_response"].get("expires_at")
        # A token is replaced before it expires: if the IAM rejects one that is still valid, the user was deleted.
        due = expires is not None and time.time() > expires - 2 * self.auth_refresh_age
        new = await self._refreshed_token(user, state) if due else None
        try:
            return await self._token_to_auth_model(new or token)
        except HTTPClientError as error:
            if not is_rejection(error):
                raise
        if not due and (new := await self._refreshed_token(user, state)):
            return await self._token_to_auth_model(new)
        return REVOKED if expires is not None and time.time() < expires else EXPIRED

    async def _refreshed_token(self, user, state):
        """A new token response of USER, None where there is no refresh token or the IAM does not accept it any more."""
        if not state.get("refresh_token"):
            return None
        try:
            token = await self.get_token_info(None, self.build_refresh_token_request_params(state["refresh_token"]))
        except HTTPClientError as error:
            # Any other 4xx, such as a wrong client secret, says nothing about this user.
            if error.response is not None and b"invalid_grant" in error.response.body:
                return None
            raise
        # An IAM that does not rotate refresh tokens does not send the token again. That it has accepted an older one
        # shows as much as if it had accepted the older access token.
        issued = state["token_response"].get("issued_at", token["issued_at"])
        token = {"refresh_token": state["refresh_token"], **token, "issued_at": issued}
        # Now, whatever fails next: an IAM may take the second use of a refresh token for a theft, and end them all.
        await user.save_auth_state({**state, "token_response": token, "refresh_token": token["refresh_token"]})
        return token

    async def _accepts_older_tokens(self, user, handler):
        """Whether the IAM accepts a token of another user which is older than its last answer for USER's.

        Then it has not lost all of them since, as by a restart, after which it accepts those of new sign-ins only.
        """
        accepted = (await user.get_auth_state()).get("accepted_at", 0)
        others = [other for other in handler.settings["users"].values() if other.name != user.name]
        tries = 5
        for other in sorted(others, key=lambda other: other._auth_refreshed or 0, reverse=True):
            token = (await other.get_auth_state() or {}).get("token_response")
            if not token or token.get("issued_at", accepted + 1) > accepted:  # of a local account, or a newer one
                continue
            try:
                if await self.token_to_user(token):
                    return True
            except (web.HTTPError, *IAM_ERRORS):
                tries -= 1
            if not tries:
                break
        self.log.warning("The IAM rejects the token of %s, but it accepts no older one: nothing changes", user.name)
        return False
