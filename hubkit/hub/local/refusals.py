"""Why a sign-in, a password or an account is refused."""


class SignInRefused(Exception):
    """The message is for the sign-in page."""


class PasswordChangeRequired(SignInRefused):
    """The one-time password is right, but admits nobody: its owner must choose another first."""


class AccountRefused(Exception):
    """An administrator's or a visitor's input cannot be accepted; the message says why."""
