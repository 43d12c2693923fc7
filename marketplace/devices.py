"""Which browser somebody is signed in with: a random id in a signed cookie that scripts cannot read.

Noted once a session, when its first page is shown; calls with a key, pictures and answers cost nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from marketplace import sharing
from marketplace.models import User

COOKIE, KEPT_IN_SESSION = "device", "device"
_SALT = "tally.device"
A_YEAR = 60 * 60 * 24 * 365


class Devices:
    """Middleware, inside sessions and logins."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.SHARING_PARTS and response.get("Content-Type", "").startswith("text/html"):
            user = request.user
            if isinstance(user, User) and user.is_authenticated:
                _note(request, response, user)
        return response


def _note(request: HttpRequest, response: HttpResponseBase, person: User) -> None:
    known = request.get_signed_cookie(COOKIE, default="", salt=_SALT)
    if known and request.session.get(KEPT_IN_SESSION) == _digest(known):
        return
    device = known or secrets.token_urlsafe(24)
    if not known:
        response.set_signed_cookie(
            COOKIE, device, salt=_SALT, max_age=A_YEAR, httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    sharing.note_device(person=person, digest=_digest(device), now=timezone.now())
    request.session[KEPT_IN_SESSION] = _digest(device)


def _digest(device: str) -> str:
    return hashlib.sha256(device.encode()).hexdigest()
