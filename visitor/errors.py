"""What can go wrong on a visit. Every message is a sentence for an operator: what happened, and what to look at."""


class VisitorError(Exception):
    """Any of the below."""


class Unreachable(VisitorError):
    """No answer: name, connection, certificate or time."""


class ProviderFailed(VisitorError):
    """The OpenID provider answered, but not with a way to sign in."""


class WrongPassword(VisitorError):
    """The provider asked for the password again."""


class Refused(VisitorError):
    """The hub knows the person and does not admit them; `page` is what its page says."""

    def __init__(self, message, page):
        super().__init__(message)
        self.page = page


class HubFailed(VisitorError):
    """The hub or a user's server answered with an error."""


class StartFailed(HubFailed):
    """The server did not become ready; `messages` are the hub's own."""

    def __init__(self, message, messages=()):
        super().__init__(message)
        self.messages = list(messages)


class ServerRunning(VisitorError):
    """The user has a server already, which is not ours to stop."""
