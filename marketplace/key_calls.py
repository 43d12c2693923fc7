"""Calls that show an API key go a short way: past the middleware made for browsers, straight to their view.

A session, messages, a CSRF check, redirects to a slash and a policy for scripts are nothing to a program. Each of them
costs little, all of them together as much as storing an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from marketplace.body_limits import BodyLimits
from marketplace.headers import PERMISSIONS

# What such a call is answered with is data: nothing in it may run, load, be framed or be kept.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

NO_STORE = {"Cache-Control": "no-store"}
"""For what does not say otherwise itself."""


def headers_of(*, secure: bool) -> dict[str, str]:
    """What every such call is answered with, over a secure connection or not."""
    if not (secure and settings.SECURE_HSTS_SECONDS):
        return HEADERS
    return HEADERS | {
        "Strict-Transport-Security": f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
    }


class _StraightToTheView(BaseHandler):
    """Django's own way from a request to its view, with the limit on bodies and nothing else around it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._view_middleware = [BodyLimits(get_response).process_view]
        self._template_response_middleware: list[object] = []
        self._exception_middleware: list[object] = []
        # Not public, and the same since Django 1.10: a test of this module fails should it ever go.
        self.answer = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]


class KeyCalls:
    """The outermost middleware: a call that shows a key is answered here, everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.straight = _StraightToTheView(get_response).answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not shows_key(request) or (settings.SECURE_SSL_REDIRECT and not request.is_secure()):
            return self.get_response(request)
        response = cast(HttpResponseBase, self.straight(request))
        for name, value in (NO_STORE | dict(response.headers) | headers_of(secure=request.is_secure())).items():
            response.headers[name] = value
        if isinstance(response, HttpResponse):
            response.headers["Content-Length"] = str(len(response.content))
        return response


def shows_key(request: HttpRequest) -> bool:
    """Whether this is a call of the API with a key. Whether the key opens anything is found out by its view."""
    return "HTTP_AUTHORIZATION" in request.META and request.path_info.startswith("/api/v1/")
