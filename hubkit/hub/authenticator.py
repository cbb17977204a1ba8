"""The hub's authenticator: the IAM, and accounts of the hub itself, on one page."""

import sqlite3

from jupyterhub.auth import Authenticator
from traitlets import Any, Dict, List, Set

from . import signin
from .local import LOCAL
from .local.pages import handlers as local_pages
from .local.sign_in import sign_in, sign_in_form, today
from .pages import AccessDenied
from .roles import LOCAL_ADMINISTRATORS
from .signin import NOT_A_MEMBER, IAMAuthenticator


class HubAuthenticator(IAMAuthenticator):
    """Signs users in by METHODS. A user belongs to the method by which the account was made, for ever."""

    methods = List(config=True, help="Of `iam` and `local`.")
    local = Any(config=True, help="hubkit.hub.local.LocalAccounts")
    local_settings = Dict(config=True, help="`days` and `requests` of hubkit.hub.local.pages.handlers.")
    local_administrators = Set(config=True, help="Names of local accounts that administer the hub.")

    def get_handlers(self, app):
        found = super().get_handlers(app)
        if LOCAL in self.methods:
            found += local_pages(
                self.local, self.is_administrator, reserved=self.local_administrators, **self.local_settings
            )
        return found

    def get_custom_html(self, base_url):
        if LOCAL not in self.methods:
            return ""
        return sign_in_form(self.login_service if "iam" in self.methods else None, self.local_settings["requests"])

    def is_administrator(self, user):
        return bool({group.name for group in user.groups} & {*self.administrators, LOCAL_ADMINISTRATORS})

    def groups_of(self, user_info):
        return super().groups_of(user_info) - {LOCAL_ADMINISTRATORS}  # no group of the IAM has this meaning

    async def check_allowed(self, username, auth_model):
        return LOCAL in auth_model["auth_state"] or await super().check_allowed(username, auth_model)

    async def authenticate(self, handler, data=None, **kwargs):
        if data is None:
            return await super().authenticate(handler, data, **kwargs)
        if LOCAL not in self.methods:
            return None
        return self._local_model(await sign_in(self.local, handler, data))

    def _local_model(self, subject):
        name = self.accounts.name(LOCAL, subject, subject)
        if name in self.blocked:
            raise self.access_blocked(name)
        return {
            "name": name,
            "admin": False,
            "groups": [LOCAL_ADMINISTRATORS] if subject in self.local_administrators else [],
            # A changed password ends the sessions.
            "auth_state": {LOCAL: subject, "version": self.local.version(subject)},
        }

    async def _check_membership(self, user):
        state = await user.get_auth_state() or {}
        if LOCAL not in state:
            return await super()._check_membership(user) if "iam" in self.methods else NOT_A_MEMBER
        try:
            if LOCAL not in self.methods or not self.local.is_member(state[LOCAL], today(), state["version"]):
                return NOT_A_MEMBER
            return self._local_model(state[LOCAL])
        except AccessDenied:
            return NOT_A_MEMBER
        except sqlite3.Error as error:
            self.log.warning("The local account of %s is unknown, so nothing changes: %r", user.name, error)
            return True


def configure(c, model, secrets):
    """Set the authenticator; the platform sets `accounts` and `local`."""
    sign_in, authenticator = model["sign_in"], c.HubAuthenticator
    c.JupyterHub.authenticator_class = HubAuthenticator
    authenticator.methods, authenticator.local_settings = sign_in["methods"], sign_in["local"]
    authenticator.local_administrators = set(sign_in["admin_users"])
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
        signin.configure(c, model, secrets)
