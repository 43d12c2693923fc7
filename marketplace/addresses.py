"""Where a request comes from."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def address_of(*, request: HttpRequest) -> str | None:
    """The client's IP address, through as many proxies as TRUSTED_PROXY_COUNT says; None when it cannot be told.

    The same address that rate limits count by.
    """
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return None
