"""Errors of the visitor. Every message says what happened and what to check."""


class VisitorError(Exception):
    """Base class."""


class ConnectionFailed(VisitorError):
    """No answer: name resolution, connection, certificate or timeout."""


class ProviderFailed(VisitorError):
    """The OpenID provider answered, but offers no way to sign in."""


class WrongPassword(VisitorError):
    """The provider asked for the password again."""


class SignInDenied(VisitorError):
    """The hub denies this user access; `page` is the text of its page."""

    def __init__(self, message, page):
        super().__init__(message)
        self.page = page


class HubFailed(VisitorError):
    """The hub or a user server answered with an error."""


class StartFailed(HubFailed):
    """The server did not become ready; `messages` are the hub's own."""

    def __init__(self, message, messages=()):
        super().__init__(message)
        self.messages = list(messages)


class ServerRunning(VisitorError):
    """The user already has a server, which verify must not stop."""
