"""Who is asking: a key in the header, or the session of the browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from marketplace import tokens
from marketplace.models import User

SCHEME = "Token"


def key_in(headers: Mapping[str, Any]) -> str | None:
    """The key that a request shows, whether it opens anything or not; None when its header names no key."""
    scheme, _, key = headers.get("HTTP_AUTHORIZATION", "").partition(" ")
    return key.strip() if scheme.lower() == SCHEME.lower() else None


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Token <key>`, known by one SQL statement."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The holder of the key; None without such a header; refused when the key opens nothing."""
        key = key_in(request.META)
        if key is None:
            return None
        user = tokens.holder_of(key=key, now=timezone.now())
        if user is None:
            raise AuthenticationFailed("The API key is unknown, expired or revoked.")
        return user, None

    def authenticate_header(self, request: Request) -> str:
        """Named in every 401, so that a client learns how to ask."""
        return f'{SCHEME} realm="api"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with the CSRF check on everything that writes."""

    def authenticate_header(self, request: Request) -> str:
        """Also a 401 when the session is the only way in."""
        return 'Session realm="api"'


class TokenScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes the key."""

    target_class = "marketplace.api.authentication.TokenAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """An API key in a header, with its prefix told in words."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": 'The word "Token", a space, and an API key.',
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes the browser's session."""

    target_class = "marketplace.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The session cookie; writing needs the X-CSRFToken header too."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "Writing needs X-CSRFToken too."}
