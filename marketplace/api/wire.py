"""JSON in and out: one fixed parser and one fixed renderer, strict on the way in, quick on the way out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import IO, Any, NoReturn
from uuid import UUID

from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.utils.mediatypes import media_type_matches

MEDIA_TYPE = "application/json"
_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def read(raw: bytes) -> Any:
    """The document that these bytes are; ParseError says what is wrong with it."""
    try:
        # Decoded here: json.loads would guess at UTF-16 and let half surrogate pairs through.
        document = _DECODER.decode(raw.decode("utf-8-sig"))
    except ParseError:
        raise
    except RecursionError as error:
        raise ParseError("The JSON is nested too deeply.") from error
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}") from error
    if _ESCAPE.search(raw) and not all(_storable(text) for text in _texts(document)):
        raise ParseError("The JSON holds a NUL or half a surrogate pair, which is no text.")
    return document


def written(data: Any) -> bytes:
    """Compact JSON in UTF-8; knows dates, decimals and UUIDs."""
    return _ENCODER.encode(data).encode()


def instant(moment: datetime) -> str:
    """A moment as replies tell it, to the microsecond and in UTC."""
    return moment.isoformat().replace("+00:00", "Z")


class StrictJSONParser(BaseParser):
    """JSON by the book: no NaN or Infinity, no repeated keys, no text that PostgreSQL cannot hold."""

    media_type = MEDIA_TYPE

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """The document in the body; ParseError says what is wrong with it."""
        # `.body` holds to DATA_UPLOAD_MAX_MEMORY_SIZE, reading the stream would not.
        return read(stream.body if hasattr(stream, "body") else stream.read())


class FastJSONRenderer(BaseRenderer):
    """Compact JSON in UTF-8; knows dates, decimals and UUIDs."""

    media_type = MEDIA_TYPE
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """The bytes to send; nothing for no data (204)."""
        if data is None:
            return b""
        return written(data)


class ProblemRenderer(FastJSONRenderer):
    """The same JSON under the name of RFC 9457."""

    media_type = "application/problem+json"


class FixedNegotiation(BaseContentNegotiation):
    """JSON whatever the Accept header says; a body is read by the parser of its content type."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The parser for the request's content type, or None (then 415)."""
        for parser in parsers:
            if media_type_matches(parser.media_type or "", request.content_type):
                return parser
        return None

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The endpoint's one renderer."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or ""


def _no_constant(name: str) -> NoReturn:
    raise ParseError(f"The body is not JSON: {name} is not a number.")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ParseError(f"The JSON names {repeated!r} twice in one object.")
    return document


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


class _Encoder(JSONEncoder):
    def default(self, obj: Any) -> Any:
        """UUIDs first: they are in most replies, and the last thing that the framework thinks of."""
        return str(obj) if isinstance(obj, UUID) else super().default(obj)


# Kept: json.loads and json.dumps would make them anew for each document.
_DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_no_repeats)
_ENCODER = _Encoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
