"""One effect for one Idempotency-Key, however often and however simultaneously a POST is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.db import connection, transaction
from django.http import HttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.problems import KeyReusedElsewhere, problem_of
from marketplace.api.wire import FastJSONRenderer
from marketplace.models import IdempotencyRecord

HEADER = "Idempotency-Key"
IN_META = "HTTP_IDEMPOTENCY_KEY"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 200  # what deposits and payouts keep

_RESERVE = """
INSERT INTO marketplace_idempotencyrecord (user_id, key, fingerprint, body, content_type, created_at)
VALUES (%s, %s, %s, '', '', %s) ON CONFLICT (user_id, key) DO NOTHING RETURNING id
"""


def key_of(*, request: Request) -> str:
    """The request's key, or "" when it has none. A key must be 1–200 printable ASCII characters."""
    key = str(request.headers.get(HEADER, ""))
    if len(key) > LONGEST_KEY or (key and not (key.isascii() and key.isprintable())):
        raise ValidationError({HEADER: f"The key must be at most {LONGEST_KEY} printable ASCII characters."})
    return key


def once(*, request: Request, key: str, now: datetime, call: Callable[[], HttpResponse]) -> HttpResponse:
    """Run `call` and remember its answer in one transaction: if either is lost, both are.

    A simultaneous repeat waits on the unique index for the first to end, then gets its answer, or, if the first
    was rolled back, runs itself. Raises KeyReusedElsewhere when the key belongs to another request.
    """
    fingerprint = fingerprint_of(request=request)
    with transaction.atomic():
        if _reserve(request=request, key=key, fingerprint=fingerprint, now=now):
            return _run(request, key, call)
        return _replay(request=request, key=key, fingerprint=fingerprint) or _run(request, key, call)


def once_in_domain(*, request: Request, key: str, now: datetime, call: Callable[[], HttpResponse]) -> HttpResponse:
    """The same for a call that reaches beyond the database and makes repeats of `key` one by itself.

    The key is reserved first, so that another body is refused. If the call dies half-way, the reservation stays
    without an answer and the next repeat goes to the domain again, under the same key. A refusal frees the key.
    """
    fingerprint = fingerprint_of(request=request)
    reserved = _reserve(request=request, key=key, fingerprint=fingerprint, now=now)
    if not reserved:
        replayed = _replay(request=request, key=key, fingerprint=fingerprint)
        if replayed is not None:
            return replayed
    try:
        return _run(request, key, call)
    except Exception as error:
        problem = problem_of(error)
        if reserved and problem is not None and problem.status < 500:
            _of(request, key).filter(status__isnull=True).delete()
        raise


def fingerprint_of(*, request: Request) -> str:
    """SHA-256 over method, address and body. Uploads count by field, name and content, not by their boundary."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if not (request.content_type or "").startswith("multipart/"):
        digest.update(request._request.body)
        return digest.hexdigest()
    for name in sorted(request.POST):
        digest.update(repr((name, request.POST.getlist(name))).encode())
    for name in sorted(request.FILES):
        for upload in request.FILES.getlist(name):
            digest.update(repr((name, upload.name, upload.size)).encode())
            for chunk in upload.chunks():
                digest.update(chunk)
            upload.seek(0)
    return digest.hexdigest()


def _of(request: Request, key: str) -> Any:
    return IdempotencyRecord.objects.filter(user_id=cast(int, request.user.pk), key=key)


def _reserve(*, request: Request, key: str, fingerprint: str, now: datetime) -> bool:
    """True for the first; a repeat waits here until the first has committed or rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [request.user.pk, key, fingerprint, now])
        return cursor.fetchone() is not None


def _replay(*, request: Request, key: str, fingerprint: str) -> HttpResponse | None:
    record = _of(request, key).first()
    if record is None:
        return None
    if record.fingerprint != fingerprint:
        raise KeyReusedElsewhere(key)
    if record.status is None:
        return None
    response = HttpResponse(record.body.encode(), status=record.status, content_type=record.content_type)
    response[REPLAYED] = "true"
    return response


def _run(request: Request, key: str, call: Callable[[], HttpResponse]) -> HttpResponse:
    response = call()
    if response.status_code >= 400:  # a refusal frees the key, told or raised
        _of(request, key).filter(status__isnull=True).delete()
        return response
    if isinstance(response, Response):
        body = FastJSONRenderer().render(response.data).decode()
    else:
        body = response.content.decode()
    _of(request, key).update(status=response.status_code, body=body, content_type=FastJSONRenderer.media_type)
    return response
