"""Calls that show an API key need no session and no page's policy: middleware made for pages passes them by.

Each of those costs little, all of them together as much as storing an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware as _ContentPolicy
from django.contrib.auth.middleware import AuthenticationMiddleware as _Authentication
from django.contrib.messages.middleware import MessageMiddleware as _Messages
from django.contrib.sessions.middleware import SessionMiddleware as _Sessions
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# What such a call is answered with is data: nothing in it may run, load or be framed.
DATA_ONLY = "default-src 'none'; frame-ancestors 'none'"


def shows_key(request: HttpRequest) -> bool:
    """Whether this is a call of the API with a key. Whether the key opens anything is found out later."""
    return "HTTP_AUTHORIZATION" in request.META and request.path_info.startswith("/api/v1/")


def for_pages(middleware: type[Any]) -> type[Any]:
    """`middleware` for everybody who shows no key."""

    class ForPages(middleware):  # type: ignore[misc]  # made from what is passed in
        async_capable = False

        def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
            super().__init__(get_response)
            self.pass_by = get_response

        def __call__(self, request: HttpRequest) -> Any:
            return self.pass_by(request) if shows_key(request) else super().__call__(request)

    ForPages.__name__ = ForPages.__qualname__ = middleware.__name__
    return ForPages


Sessions = for_pages(_Sessions)
Authentication = for_pages(_Authentication)
Messages = for_pages(_Messages)


class ContentPolicy(for_pages(_ContentPolicy)):  # type: ignore[misc]
    """The content security policy: worked out for pages, always the same for data."""

    def __call__(self, request: HttpRequest) -> Any:
        response = super().__call__(request)
        if shows_key(request):
            response.headers["Content-Security-Policy"] = DATA_ONLY
        return response
