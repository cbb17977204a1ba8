"""A user without a browser: signs in, starts servers, runs cells, and tells what it saw."""

from visitor.errors import HubFailed, ProviderFailed, Refused, ServerRunning, StartFailed, Unreachable, VisitorError, WrongPassword
from visitor.user import Visitor

__all__ = ["HubFailed", "ProviderFailed", "Refused", "ServerRunning", "StartFailed", "Unreachable", "Visitor", "VisitorError",
           "WrongPassword"]
