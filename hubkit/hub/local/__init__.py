"""Local accounts of the hub, beside those of the IAM: for events, approved by an administrator, with an expiry date.

`store` has the accounts, `pages` the hub's pages for them, `sign_in` what an authenticator needs of them, and
`python -m hubkit.hub.local` is the operator's command.
"""

from .refusals import PasswordChangeRequired, SignInRefused
from .store import LocalAccounts

__all__ = ["LocalAccounts", "PasswordChangeRequired", "SignInRefused"]
