"""The hub's authenticator: the IAM, and accounts of the hub itself or of the machine, on one page."""

import sqlite3
from functools import partial

from jupyterhub.auth import Authenticator
from traitlets import Any, Dict, List, Set

from . import provider
from .accounts import AccountUnknown, AccountUnusable
from .local import LOCAL
from .local.pages import handlers as local_pages
from .local.sign_in import links, sign_in, sign_in_form, today
from .membership import end_access
from .pages import AccessDenied
from .roles import NAMED_ADMINISTRATORS
from .signin import EXPIRED, NOT_A_MEMBER, IAMAuthenticator

PAM = "pam"  # the other method with a form


def identity(state, iam):
    """(method, what must not change) of an auth STATE. IAM: its key for the user there."""
    if LOCAL in state:
        return LOCAL, (state[LOCAL], state["version"])
    return (PAM, state["uid"]) if PAM in state else ("iam", state.get(iam, {}).get("sub"))


def is_another(old, new):
    """Whether the identity NEW has another person, or another password, than OLD."""
    # An account of the machine, and the user of the IAM who has it, are one person.
    return old != new and {old[0], new[0]} != {PAM, "iam"}


class HubAuthenticator(IAMAuthenticator):
    """Signs users in by METHODS. A user belongs to the method by which the account was made, for ever."""

    methods = List(config=True, help="Of `iam`, and of `local` or `pam`, which needs MachineAccounts.")
    local = Any(config=True, help="hubkit.hub.local.LocalAccounts")
    local_settings = Dict(config=True, help="`days` and `requests` of hubkit.hub.local.pages.handlers.")
    named_administrators = Set(config=True, help="Names of accounts of `local` and `pam` that administer the hub.")

    def get_handlers(self, app):
        found = super().get_handlers(app)
        if LOCAL in self.methods:
            found += local_pages(
                self.local,
                self.is_administrator,
                reserved=self.named_administrators | self.administrator_names,
                **self.local_settings,
            )
        return found

    def get_custom_html(self, base_url):
        iam_name = self.login_service if "iam" in self.methods else None
        if LOCAL in self.methods:
            return sign_in_form(iam_name, "hub", links(self.local_settings["requests"]))
        return sign_in_form(iam_name, "cluster") if PAM in self.methods else ""

    def is_administrator(self, user):
        return bool({group.name for group in user.groups} & {*self.administrators, NAMED_ADMINISTRATORS})

    async def check_allowed(self, username, auth_model):
        return not auth_model["auth_state"].keys().isdisjoint((LOCAL, PAM)) or await super().check_allowed(
            username, auth_model
        )

    async def authenticate(self, handler, data=None, **kwargs):
        model = await self._authenticate(handler, data, **kwargs)
        user = model and handler.find_user(model["name"])
        state, key = user and await user.get_auth_state(), self.user_auth_state_key
        if state and is_another(identity(state, key), identity(model["auth_state"], key)):
            # The hub keeps one state for a user: with the new one, what began under the old one would be valid again.
            await end_access(user, handler, "Signed in with another password or as another identity")
        return model

    async def _authenticate(self, handler, data, **kwargs):
        if data is None:
            return await super().authenticate(handler, data, **kwargs)
        if LOCAL in self.methods:
            return self._local_model(
                await sign_in(handler, data, partial(self.local.authenticate, today=today()), self.local.known)
            )
        if PAM in self.methods:
            return self._pam_model(await sign_in(handler, data, self.accounts.sign_in, self.accounts.known))
        return None

    def _local_model(self, subject):
        # A changed password ends the sessions.
        state = {LOCAL: subject, "version": self.local.version(subject)}
        return self._model(self.accounts.name(LOCAL, subject, subject), subject, set(), state)

    def _pam_model(self, name):
        # Another uid is another account, made after this one was deleted.
        state = {PAM: name, "uid": self.accounts.check(name)}
        return self._model(name, name, self.accounts.groups_of(name) - self.administrators, state)

    def _model(self, name, account, groups, state):
        if name in self.blocked:
            raise self.access_blocked(name)
        administers = {NAMED_ADMINISTRATORS} if account in self.named_administrators else set()
        groups = sorted(groups - {NAMED_ADMINISTRATORS} | administers)
        return {"name": name, "admin": False, "groups": groups, "auth_state": state}

    async def _check_membership(self, user):
        state = await user.get_auth_state()
        if not state:
            return EXPIRED
        check = {LOCAL: self._check_local, PAM: self._check_pam}
        method = next((method for method in check if method in state), "iam")
        if method not in self.methods:
            return NOT_A_MEMBER
        try:
            if method not in check:
                return await super()._check_membership(user)
            model = check[method](state)
            return model if model["name"] == user.name else NOT_A_MEMBER  # the name was given to another identity
        except (AccessDenied, AccountUnusable):
            return NOT_A_MEMBER
        except (AccountUnknown, OSError, LookupError, sqlite3.Error) as error:
            self.log.warning("The account of %s is unknown, so nothing changes: %r", user.name, error)
            return True

    def _check_local(self, state):
        if not self.local.is_member(state[LOCAL], today(), state["version"]):
            raise AccountUnusable("is not valid any more")
        return self._local_model(state[LOCAL])

    def _check_pam(self, state):
        model = self._pam_model(state[PAM])
        if model["auth_state"] != state:
            raise AccountUnusable("was made again")
        return model


def configure(c, model, secrets):
    """Set the authenticator; the platform sets `accounts` and `local`."""
    sign_in, authenticator = model["sign_in"], c.HubAuthenticator
    c.JupyterHub.authenticator_class = HubAuthenticator
    authenticator.methods, authenticator.local_settings = sign_in["methods"], sign_in["local"]
    authenticator.named_administrators = set(sign_in["admin_users"])
    authenticator.contact, authenticator.hub_url = model["contact"], model["url"]
    authenticator.manage_groups = authenticator.enable_auth_state = authenticator.refresh_pre_spawn = True
    authenticator.allowed_groups = set(model["allowed_groups"])
    authenticator.administrators = set(model["admin_groups"])
    authenticator.blocked, authenticator.user_tokens = set(model["blocked_users"]), model["user_tokens"]
    authenticator.auth_refresh_age = model["auth_refresh"]
    # Without this, JupyterHub 6.1 accepts API tokens of users who must sign in again; 5.5 never does.
    if "auth_refresh_strict" in Authenticator.class_traits():
        authenticator.auth_refresh_strict = True
    c.CryptKeeper.keys = [secrets["crypt_key"]]
    if "iam" in sign_in["methods"]:
        provider.configure(c, model, secrets)
