"""How much a request may send, refused by its Content-Length before a byte of it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

UPLOADS = frozenset({"job_images", "api:job-images", "job_gold", "api:job-gold", "job_questions", "api:job-questions"})
WEBHOOKS = frozenset({"billing:stripe-webhook"})


class BodyLimits:
    """Middleware before the CSRF check, which would spool any form with files to disk, whoever sends it.

    Django's own limit leaves files out: without this, a stranger's login form could carry a file as large as the disk.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """413 for a body that is too large for its address; None to go on."""
        limit = limit_of(request=request)
        if length_of(request=request) <= limit:
            return None
        detail = f"The request has more than the {limit / 1e6:,.1f} MB that are taken here."
        if request.path.startswith("/api/"):
            problem = {
                "type": "urn:tally:problem:too-large",
                "title": "Too large",
                "status": 413,
                "detail": detail,
                "errors": [],
            }
            return JsonResponse(problem, status=413, content_type="application/problem+json")
        return HttpResponse(detail, status=413, content_type="text/plain; charset=utf-8")


def limit_of(*, request: HttpRequest) -> int:
    """The most bytes this address takes from this person: pictures only from who is known, or has a key to show."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    if name in WEBHOOKS:
        return int(settings.WEBHOOK_MAX_BYTES)
    if name in UPLOADS and ("Authorization" in request.headers or request.user.is_authenticated):
        return int(settings.UPLOAD_MAX_BYTES)
    return int(settings.BODY_MAX_BYTES)


def length_of(*, request: HttpRequest) -> int:
    """The body's length as announced; a WSGI server gives no more than that, and nothing without it."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
