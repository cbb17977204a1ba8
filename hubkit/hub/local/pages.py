"""Pages of the hub for local accounts: change the password, request an account, administer accounts."""

import datetime

from jupyterhub.handlers import BaseHandler
from tornado import web

from ..events import record
from . import administration
from .refusals import AccountRefused, SignInRefused
from .requests import MAX_REASON
from .sign_in import origin, today
from .store import end_date


class Page(BaseHandler):
    def initialize(self, local, **settings):
        self.local, self.local_settings = local, settings
        self.set_header("Cache-Control", "no-store")  # passwords are shown once

    async def show(self, template, **values):
        self.finish(await self.render_template(template, **values))

    def input(self, name, strip=True):
        return self.get_body_argument(name, "", strip=strip)


class PasswordPage(Page):
    """Choose a password: after a one-time password, or at any time. Nobody needs to be signed in for it."""

    async def get(self):
        await self.show(
            "change-password.html", username=self.get_argument("username", ""), next=self.get_argument("next", "")
        )

    async def post(self):
        name, old, new = self.input("username"), self.input("password", False), self.input("new", False)
        try:
            if new != self.input("again", False):
                raise AccountRefused("The two new passwords differ.")
            address, browser = origin(self, name)
            name = await self.local.change_password(name, old, new, address, today(), browser=browser)
        except (SignInRefused, AccountRefused) as refusal:
            if isinstance(refusal, SignInRefused):
                facts = {"account": self.local.known(name), "result": "refused", "reason": str(refusal)}
                record(self, "password change", "", **facts)
            self.set_status(403)
            await self.show(
                "change-password.html", username=name, next=self.get_argument("next", ""), error=str(refusal)
            )
            return
        self.log.info("Password of local account %s changed from %s", name, address)
        record(self, "password change", "", account=name)
        # By the authenticator, as if the new password came from the form.
        user = await self.login_user({"username": name, "password": new})
        self._jupyterhub_user = user
        self.redirect(self.get_next_url(user))


class RequestPage(Page):
    async def get(self):
        await self.show("request-account.html", max_reason=MAX_REASON)

    async def post(self):
        name, reason = self.input("username").lower(), self.input("reason")
        try:
            self.local.request(name, reason, self.request.remote_ip)
        except AccountRefused as refusal:
            self.set_status(400)
            await self.show(
                "request-account.html", username=name, reason=reason, max_reason=MAX_REASON, error=str(refusal)
            )
            return
        self.log.info("Local account %s requested from %s", name, self.request.remote_ip)
        await self.show("request-account.html", done=True)


class AccountsPage(Page):
    """For administrators: requests and accounts. The answer to a form is the page again, with its result."""

    def check_administrator(self):
        # By its cookie: JupyterHub's pages accept no tokens, which may have fewer rights than their user.
        if not self.local_settings["is_administrator"](self.current_user):
            raise web.HTTPError(403, "Only administrators of the hub see this page.")

    @web.authenticated
    async def get(self):
        self.check_administrator()
        await self.show_accounts()

    @web.authenticated
    async def post(self):
        self.check_administrator()
        form = {key: self.input(key) for key in ("action", "name", "days", "request")}
        try:
            done = await administration.run(self.local, self.local_settings, form, self.request.remote_ip, today())
        except (AccountRefused, SignInRefused) as refusal:
            self.set_status(400)
            await self.show_accounts(error=str(refusal))
            return
        self.log.info("%s (by %s)", done.message, self.current_user.name)
        record(self, "local account", self.current_user.name, action=form["action"], of=done.name or form["name"])
        await self.show_accounts(message=done.message, owner=done.name, password=done.password)

    async def show_accounts(self, **values):
        day = today()
        accounts = [{**account, "expired": account["until"] < day} for account in self.local.accounts()]
        requests = self.local.requests()
        for request in requests:
            since = datetime.datetime.fromtimestamp(request["since"], datetime.UTC)
            request["since"] = f"{since:%Y-%m-%d %H:%M}"
        values |= {"accounts": accounts, "requests": requests, "days": (days := self.local_settings["days"])}
        await self.show("accounts.html", latest=end_date(day, days), **values)


def handlers(local, is_administrator, days, requests, reserved=()):
    """Handlers for Authenticator.get_handlers.

    LOCAL: the LocalAccounts. IS_ADMINISTRATOR(user): whether the hub's user may administer accounts. DAYS: the longest
    time from approval until an account expires. REQUESTS: whether visitors may request accounts. RESERVED: names that
    the page does not change, because they administer the hub.
    """
    settings = {"local": local, "is_administrator": is_administrator, "days": days, "reserved": frozenset(reserved)}
    pages = [(r"/change-password", PasswordPage), (r"/accounts", AccountsPage)]
    pages += [(r"/request-account", RequestPage)] if requests else []
    return [(path, page, settings) for path, page in pages]
