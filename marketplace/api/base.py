"""What every endpoint shares: who may call it, how it reads and writes, repeats, pages."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, cast

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from marketplace.api import idempotency
from marketplace.api.openapi import EndpointSchema
from marketplace.api.wire import FastJSONRenderer, FixedNegotiation, StrictJSONParser
from marketplace.models import User

MAX_PAGE = 10_000


class Endpoint(APIView):
    """A resource. Subclasses say in `who` which role each method needs, and make one domain call a method."""

    who: ClassVar[Mapping[str, type[BasePermission]]] = {}
    # "record": effect and remembered answer are one transaction. "domain": the effect reaches beyond the database
    # (the payment provider, the file store), so the domain call gets `self.idempotency_key` and makes repeats one.
    idempotent: ClassVar[str] = "record"
    idempotency_key: str = ""

    parser_classes = [StrictJSONParser]
    renderer_classes = [FastJSONRenderer]
    content_negotiation_class = FixedNegotiation
    schema = EndpointSchema()

    now: datetime

    def get_permissions(self) -> list[Any]:
        """The role of the method that is called."""
        return [self.who.get(self.request.method or "", IsAuthenticated)()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Note the time once, so that one request has one `now`; then authenticate and check the role."""
        self.now = timezone.now()
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            self._answer_repeats(request)

    def _answer_repeats(self, request: Request) -> None:
        """Wrap this request's handler, so that a repeat under the same Idempotency-Key is answered from memory."""
        key = idempotency.key_of(request=request)
        self.idempotency_key = key or uuid.uuid4().hex
        handler = getattr(self, "post", None)
        if not key or handler is None:
            return
        run = idempotency.once if self.idempotent == "record" else idempotency.once_in_domain

        def remembered(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            return run(request=request, key=key, now=self.now, call=lambda: handler(request, *args, **kwargs))

        self.post = remembered

    @property
    def user(self) -> User:
        """The person asking; endpoints are never reached by anonymous ones."""
        return cast(User, self.request.user)


class Envelope(serializers.Serializer[Any]):
    """The outer shape of a request body. Unknown fields are refused: a misspelt option must not be ignored."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The checked fields, or every fault at once."""
        faults: dict[str, Any] = {}
        if isinstance(data, Mapping):
            faults = _unknown(data, self.fields)
        try:
            checked: dict[str, Any] = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if faults and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **faults}) from error
            raise
        if faults:
            raise serializers.ValidationError(faults)
        return checked

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        """The checked body of a request; an absent body reads as an empty object."""
        envelope = cls(data={} if data is None else data)
        envelope.is_valid(raise_exception=True)
        checked: dict[str, Any] = envelope.validated_data
        return checked


class NoBody(Envelope):
    """For calls that take no body: an empty object or nothing."""


class Cursor(CursorPagination):
    """Pages by key, so that page 1,000 costs what page 1 costs and rows that arrive meanwhile shift nothing."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"

    def __init__(self, ordering: Sequence[str]) -> None:
        self.ordering = tuple(ordering)


def page_of(*, request: Request, queryset: Any, ordering: Sequence[str]) -> tuple[list[Any], str | None]:
    """One page of `queryset` in `ordering` (end it with a unique field) and the address of the next, or None."""
    cursor = Cursor(ordering)
    rows: list[Any] | None = cursor.paginate_queryset(queryset, request)
    return list(rows or []), cursor.get_next_link()


def document(request: Request) -> dict[str, Any]:
    """The body as a JSON object; an absent body reads as an empty one, anything else is refused."""
    return json_object(request.data)


def json_object(body: Any) -> dict[str, Any]:
    """`body` itself, as read; anything but a JSON object is refused."""
    if not isinstance(body, dict):
        raise serializers.ValidationError({"body": [serializers.ErrorDetail("Send a JSON object.", "object")]})
    return body


def refuse_unknown(body: Mapping[str, Any], known: set[str]) -> None:
    """Refuse fields nobody reads."""
    faults = _unknown(body, known)
    if faults:
        raise serializers.ValidationError(faults)


def _unknown(body: Mapping[str, Any], known: Any) -> dict[str, Any]:
    return {
        name: [serializers.ErrorDetail(f"{name!r} is not a field here.", "unknown_field")]
        for name in body
        if name not in known
    }


def chosen(request: Request, name: str, choices: Sequence[str]) -> str:
    """The value of a query parameter among `choices`; the first is the default."""
    value = request.query_params.get(name, choices[0])
    if value not in choices:
        raise serializers.ValidationError(
            {name: [serializers.ErrorDetail(f"One of {', '.join(choices)}.", "invalid_choice")]}
        )
    return value


def switch(request: Request, name: str) -> bool:
    """A query parameter that is true or false (the default)."""
    return chosen(request, name, ("false", "true")) == "true"


def paged(reply: type[serializers.Serializer[Any]]) -> Any:
    """The description of a page of `reply`."""
    fields = {
        "results": reply(many=True),
        "next": serializers.CharField(allow_null=True, help_text="Address of the next page."),
    }
    return inline_serializer(f"{reply.__name__.removesuffix('Reply')}Page", fields)


def page_number(request: Request) -> int:
    """The query parameter `page`: 1 (the default) to 10,000."""
    text = request.query_params.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= MAX_PAGE):
        told = f"A whole number from 1 to {MAX_PAGE:,}."
        raise serializers.ValidationError({"page": [serializers.ErrorDetail(told, "whole_number")]})
    return int(text)
