"""A client that acts as a user without a browser: signs in, starts servers, runs cells (errors: `visitor.errors`)."""

from visitor.user import Visitor

__all__ = ["Visitor"]
