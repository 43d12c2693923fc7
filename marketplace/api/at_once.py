"""The heartbeat's shortest way: an answer handed in with a key, taken before Django makes a request of it.

What Django does around a view (request and response objects, signals, finding the address) takes as long as storing
the answer. So the usual call, a plain one with a key that was good a while ago, is answered here. It ends in an answer
stored and told, or has done nothing: whatever stands in its way, be it a key that was revoked, an answer with a fault
or a database that is away, the long way finds again, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from marketplace import submitting, tokens
from marketplace.api import idempotency
from marketplace.api.authentication import key_in
from marketplace.api.base import json_object
from marketplace.api.replies.work import submitted_json
from marketplace.api.wire import MEDIA_TYPE, read, written
from marketplace.api.work import answer_in
from marketplace.key_calls import NO_STORE, headers_of

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

_BEFORE, _AFTER = "/api/v1/assignments/", "/submit/"
_LONGEST = len(_BEFORE) + 36 + len(_AFTER)


class AtOnce:
    """A WSGI application around Django's."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        assignment = _assignment_in(environ)
        if assignment is None:
            return self.application(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        try:
            reply = _submit(assignment, environ, body)
        except Exception:
            reply = None
        if reply is None:
            return self.application(environ | {"wsgi.input": BytesIO(body)}, start_response)
        told = headers_of(secure=_is_secure(environ)) | NO_STORE
        start_response("200 OK", [*told.items(), *_CONTENT, ("Content-Length", str(len(reply)))])
        return [reply]


_CONTENT = (("Content-Type", MEDIA_TYPE), ("Allow", "POST, OPTIONS"))


def _assignment_in(environ: Environ) -> str | None:
    """Whose answer this call hands in, if it is of the usual kind."""
    path = environ["PATH_INFO"]
    if len(path) != _LONGEST or not (path.startswith(_BEFORE) and path.endswith(_AFTER)):
        return None
    usual = (
        environ["REQUEST_METHOD"] == "POST"
        and environ.get("CONTENT_TYPE") == MEDIA_TYPE
        and idempotency.IN_META not in environ
        and 0 < _length_of(environ) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        and (_is_secure(environ) or not settings.SECURE_SSL_REDIRECT)
    )
    return path[len(_BEFORE) : -len(_AFTER)] if usual else None


def _length_of(environ: Environ) -> int:
    told = environ.get("CONTENT_LENGTH") or ""
    return int(told) if told.isdecimal() else 0


def _is_secure(environ: Environ) -> bool:
    """As Django's `request.is_secure` finds it."""
    header, value = settings.SECURE_PROXY_SSL_HEADER or ("", "")
    if header and header in environ:
        return environ[header].split(",")[0].strip() == value
    return environ["wsgi.url_scheme"] == "https"


def _submit(assignment: str, environ: Environ, body: bytes) -> bytes | None:
    now, key = timezone.now(), key_in(environ)
    known = tokens.known(key=key, now=now) if key else None
    if known is None:
        return None
    # What Django does between two requests: a connection that failed or is old enough is opened anew.
    connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()
    submitted = submitting.submit_at_once(
        assignment_id=UUID(assignment), key=known, now=now, **answer_in(json_object(read(body)))
    )
    if submitted is None:
        return None
    return written(submitted_json(submitted=submitted, viewer=known.holder, now=now))
