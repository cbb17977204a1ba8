"""Accounts that exist already, on the machine or in its directory service: sign-in by PAM, and mapping of IAM users."""

import contextlib
import grp
import os
import pwd
import re

import pamela

from .accounts import Accounts, AccountUnknown, AccountUnusable, without_domain
from .local.guard import Guard
from .local.refusals import SignInRefused

FIRST_UID = 1000  # below are root and the accounts of services
NAME = re.compile(r"[a-z_][a-z0-9._-]{0,31}")  # JupyterHub lowers the case of names: others could not be told apart
# PAM's answers about this account (security/_pam_types.h). All others say that it cannot tell.
REFUSED = {7, 10, 11}  # wrong password, unknown account, too many attempts
CLOSED = {6: "is not permitted here", 13: "has expired"}
OLD_PASSWORD = 12  # admits nobody, and is no reason to end what runs


class MachineAccounts(Accounts):
    """Users' names are those of accounts that exist: the hub makes, changes and locks none.

    PATH: the registry, which binds IAM users to accounts. ATTEMPTS: the SQLite file of failed attempts. SERVICE: the
    service of PAM. GROUPS: Unix groups of which a user must be in one; empty for everybody.
    """

    def __init__(self, path, attempts, service, groups=()):
        super().__init__(path)
        self.guard, self.service, self.groups = Guard(attempts, at_once=1), service, set(groups)

    def check(self, name):
        """The uid of the account NAME. Raises AccountUnusable and AccountUnknown.

        A missing account is unknown: the C library does not tell it from a directory service that is down.
        """
        if not NAME.fullmatch(name):
            raise AccountUnusable("has a name that this hub does not accept")
        try:
            account = pwd.getpwnam(name)
        except KeyError as error:
            raise AccountUnknown("was not found") from error
        try:
            wanted = {grp.getgrnam(group).gr_gid for group in self.groups}
            pamela.check_account(name, service=self.service)
        except KeyError as error:
            raise AccountUnknown("cannot be checked: a group of hub_pam.groups was not found") from error
        except pamela.PAMError as error:
            if error.errno in CLOSED:
                raise AccountUnusable(CLOSED[error.errno]) from error
            raise _unknown(error) from error
        if account.pw_uid < FIRST_UID:
            raise AccountUnusable("is one of the system")
        if wanted and wanted.isdisjoint(os.getgrouplist(name, account.pw_gid)):
            raise AccountUnusable(f"is in none of the groups {', '.join(sorted(self.groups))}")
        return account.pw_uid

    def groups_of(self, name):
        """Names of the Unix groups of the account NAME."""
        names = set()
        for group in os.getgrouplist(name, pwd.getpwnam(name).pw_gid):
            with contextlib.suppress(KeyError):  # not every number has a name
                names.add(grp.getgrgid(group).gr_name)
        return names

    def name(self, issuer, subject, preferred, domain=None):
        """The account of SUBJECT at ISSUER, called PREFERRED at the first sign-in. Raises what `check` raises."""
        name = super().name(issuer, subject, preferred, domain)
        self.check(name)
        return name

    def new_name(self, preferred, used, domain=None):
        """PREFERRED itself, without DOMAIN; elsewhere it is a similar name that nobody has."""
        name = without_domain(preferred, domain) if domain else preferred
        if name in used:
            raise AccountUnusable("belongs to another person")
        self.check(name)
        return name

    def known(self, name):
        """NAME if there is such an account, else ''."""
        try:
            return (NAME.fullmatch(name) and pwd.getpwnam(name).pw_name) or ""
        except KeyError:
            return ""

    async def sign_in(self, name, password, address, *, browser=""):
        """NAME, if PASSWORD is right. Raises SignInRefused."""
        try:
            await self.guard.check(name, self.known(name), address, browser, lambda: self._matches(name, password))
            self.check(name)
        except (AccountUnusable, AccountUnknown) as error:  # told only to somebody who knows the password
            raise SignInRefused(f"The account {name} {error}.") from error
        return name

    def _matches(self, name, password):
        if not NAME.fullmatch(name) or "\0" in password:  # C would read less of it
            return False
        try:
            pamela.authenticate(name, password, service=self.service)
        except pamela.PAMError as error:
            if error.errno in REFUSED | CLOSED.keys():
                return False
            raise _unknown(error) from error
        return True


def _unknown(error):
    """The AccountUnknown for a PAMError."""
    old = error.errno == OLD_PASSWORD
    return AccountUnknown("needs a new password first" if old else f"cannot be checked: {error.message}")
