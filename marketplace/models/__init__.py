"""The market's tables, one module a noun."""

from marketplace.models.user import User

__all__ = ["User"]
