"""Local accounts of the hub, beside those of the IAM: for events, approved by an administrator, with an expiry date.

`store` has the accounts, `pages` the hub's pages for them, `sign_in` what an authenticator needs of them.
"""

from .refusals import PasswordChangeRequired, SignInRefused
from .store import LocalAccounts

LOCAL = "local"  # the method of sign-in, and the issuer of its accounts

__all__ = ["LOCAL", "LocalAccounts", "PasswordChangeRequired", "SignInRefused"]
