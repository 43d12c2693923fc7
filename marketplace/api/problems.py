"""Every refusal as RFC 9457 problem details: the domain's exceptions translated to HTTP in one place."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.core import exceptions as django_errors
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions as rest
from rest_framework.response import Response

from annotation.images import ImageRefused
from annotation.shapes import AnswerRefused, TaxonomyRefused
from annotation.shapes import Problem as Fault
from billing.gateway import GatewayAway, GatewayRefused
from billing.ledger import InsufficientFunds, KeyReused
from billing.money import AmountRefused, format_amount
from marketplace.api.wire import ProblemRenderer
from marketplace.errors import Conflict, Forbidden, Refused, ShortOfFunds
from qa.verdict import PolicyRefused

log = logging.getLogger("tally.api")


@dataclass(frozen=True)
class Problem:
    """What is sent: `code` ends the type address; `extra` are members of the problem's own."""

    status: int
    code: str
    title: str
    detail: str
    errors: Sequence[Fault] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The problem document."""
        return {
            **self.extra,
            "type": f"urn:tally:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": [{"field": fault.field, "rule": fault.rule, "message": fault.message} for fault in self.errors],
        }


class KeyReusedElsewhere(Exception):
    """An Idempotency-Key came back with another body or address."""


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response:
    """Answer any exception of an endpoint; what nobody foresaw is logged and becomes a 500 without details."""
    problem = problem_of(exc)
    if problem is None:
        request = getattr(context.get("request"), "_request", None)
        got_request_exception.send(sender=None, request=request)
        log.error("%s %s failed", getattr(request, "method", "?"), getattr(request, "path", "?"), exc_info=exc)
        problem = Problem(500, "internal", "Internal error", "Something failed on our side; it has been logged.")
    return respond(problem, exc)


def respond(problem: Problem, exc: Exception | None = None) -> Response:
    """The response that carries `problem`, with the headers its exception asks for."""
    response = Response(problem.as_json(), status=problem.status, content_type=ProblemRenderer.media_type)
    auth_header = getattr(exc, "auth_header", None)
    if auth_header:
        response["WWW-Authenticate"] = auth_header
    wait = getattr(exc, "wait", None)
    if wait or problem.status == 503:
        response["Retry-After"] = str(int(wait or 1))
    return response


def problem_of(exc: Exception) -> Problem | None:
    """The problem an exception means, or None when it is a fault of ours."""
    for kinds, translate in _TRANSLATIONS:
        if isinstance(exc, kinds):
            return translate(exc)
    return None


def _invalid(faults: Sequence[Fault]) -> Problem:
    detail = faults[0].message if len(faults) == 1 else f"{len(faults)} things are wrong; see errors."
    return Problem(400, "invalid", "Invalid request", detail, faults)


def _refused(exc: Any) -> Problem:
    return _invalid(tuple(exc.problems))


def _answer_refused(exc: Any) -> Problem:
    """Paths lie inside the answer; what is wrong with the whole of it is named by its field in the request."""
    return _invalid(tuple(replace(fault, field=fault.field or "annotation") for fault in exc.problems))


def _one_refused(exc: Any) -> Problem:
    return _invalid((Fault(exc.field, exc.rule, exc.message),))


def _image_refused(exc: Any) -> Problem:
    return _invalid((Fault(exc.name, exc.rule, exc.message),))


def _conflict(exc: Any) -> Problem:
    return Problem(409, exc.reason.replace("_", "-"), "Not now", exc.message, (), {**exc.extra, "reason": exc.reason})


def _forbidden(exc: Any) -> Problem:
    code = exc.reason.replace("_", "-")
    return Problem(403, code, "Not allowed", exc.message, exc.problems, {"reason": exc.reason})


def _short(exc: Any) -> Problem:
    needed, available = getattr(exc, "needed", getattr(exc, "wanted", 0)), exc.available
    detail = f"This needs {format_amount(needed)} and {format_amount(available)} is there."
    amounts = {
        "needed": format_amount(needed),
        "available": format_amount(available),
        # New money settles a debt first.
        "missing": format_amount(max(needed + getattr(exc, "owed", 0) - available, 0)),
    }
    return Problem(402, "short-of-funds", "Not enough money", detail, (), amounts)


def _key_reused(exc: Exception) -> Problem:
    detail = "This Idempotency-Key was used before for another request; use a new key for a new request."
    return Problem(422, "key-reused", "Idempotency-Key reused", detail)


def _rest(exc: Any) -> Problem:
    code = exc.default_code.replace("_", "-")
    if isinstance(exc, rest.ValidationError):
        return _invalid(tuple(_flatten(exc.get_full_details())))
    return Problem(exc.status_code, code, str(exc.default_detail).rstrip("."), str(exc.detail))


def _flatten(details: Any, where: str = "") -> Iterator[Fault]:
    """DRF's nested error details as flat faults with paths such as `labels[0].name`."""
    if isinstance(details, dict) and set(details) == {"message", "code"} and not isinstance(details["code"], dict):
        yield Fault(where or "body", str(details["code"]), str(details["message"]))
    elif isinstance(details, dict):
        for key, inner in details.items():
            inside = f"{where}[{key}]" if isinstance(key, int) else f"{where}.{key}" if where else str(key)
            yield from _flatten(inner, where if key == "non_field_errors" else inside)
    else:
        nested = any(isinstance(inner, dict) and set(inner) != {"message", "code"} for inner in details)
        for number, inner in enumerate(details):
            yield from _flatten(inner, f"{where}[{number}]" if nested else where)


def _plain(status: int, code: str, title: str, detail: str) -> Any:
    return lambda exc: Problem(status, code, title, detail)


_TRANSLATIONS: tuple[tuple[Any, Any], ...] = (
    (AnswerRefused, _answer_refused),
    ((Refused, TaxonomyRefused, PolicyRefused), _refused),
    (AmountRefused, _one_refused),
    (ImageRefused, _image_refused),
    (Conflict, _conflict),
    (Forbidden, _forbidden),
    ((ShortOfFunds, InsufficientFunds), _short),
    ((KeyReusedElsewhere, KeyReused), _key_reused),
    (rest.APIException, _rest),
    (
        (Http404, django_errors.ObjectDoesNotExist),
        _plain(404, "not-found", "Not found", "There is no such thing here."),
    ),
    (django_errors.PermissionDenied, _plain(403, "permission-denied", "Not allowed", "You may not do this.")),
    (django_errors.RequestDataTooBig, _plain(413, "too-large", "Too large", "The request body is too large.")),
    (
        (django_errors.TooManyFilesSent, django_errors.TooManyFieldsSent),
        _plain(400, "too-many-files", "Too many files", "Too many files or fields in one request; send fewer at once."),
    ),
    (django_errors.SuspiciousOperation, _plain(400, "malformed", "Malformed request", "The request is malformed.")),
    (
        GatewayAway,
        _plain(503, "bank-away", "Try again", "The payment provider does not answer; try again in a moment."),
    ),
    (GatewayRefused, _plain(502, "bank-refused", "Refused by the bank", "The payment provider refused this.")),
    (
        # It may have gone away after it was told to commit: nobody knows whether the request had an effect.
        OperationalError,
        _plain(503, "busy", "Try again", "The database is busy or away. Send the request again: repeats are one."),
    ),
)
