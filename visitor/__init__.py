"""A user without a browser: signs in, starts servers, runs cells, and tells what it saw (errors: `visitor.errors`)."""

from visitor.user import Visitor

__all__ = ["Visitor"]
