"""Which role an endpoint needs. Whose object it is, is decided by querysets: a foreign id is not found."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from marketplace import second_factor


class _Role(BasePermission):
    flags: ClassVar[tuple[str, ...]] = ()
    article = ""
    second_factor_too: ClassVar[bool] = False

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the asker has the role; anonymous ones are asked to log in, others are told what is missing."""
        if not request.user or not request.user.is_authenticated:
            return False
        if not any(getattr(request.user, flag) for flag in self.flags):
            raise PermissionDenied(f"Only {self.article} may do this.")
        if self.second_factor_too:
            second_factor.demand(person=request.user)
        return True


class IsRequester(_Role):
    """People who post jobs."""

    flags = ("is_requester",)
    article = "a requester"


class IsWorker(_Role):
    """People who label images."""

    flags = ("is_worker",)
    article = "a worker"


class IsMember(_Role):
    """Anybody who takes part: requester, worker or both."""

    flags = ("is_requester", "is_worker")
    article = "a requester or a worker"


class IsDecider(_Role):
    """People to whom appeals may come: requesters about their own jobs, and admins."""

    flags = ("is_requester", "is_staff")
    article = "a requester or an admin"

    def has_permission(self, request: Request, view: Any) -> bool:
        """As everywhere; and whoever runs the platform needs a second factor for it here too."""
        allowed = super().has_permission(request, view)
        if allowed and request.user.is_staff:
            second_factor.demand(person=request.user)
        return allowed


class IsAdmin(_Role):
    """People who run the platform."""

    flags = ("is_staff",)
    article = "an admin"
    second_factor_too = True
