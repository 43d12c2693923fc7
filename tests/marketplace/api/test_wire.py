"""JSON in and out."""

import io
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from marketplace.api.wire import FastJSONRenderer, FixedNegotiation, ProblemRenderer, StrictJSONParser


def parse(raw: bytes):
    return StrictJSONParser().parse(io.BytesIO(raw))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"", "not JSON"),
        (b'{"x": NaN}', "NaN is not a number"),
        (b'{"x": -Infinity}', "-Infinity is not a number"),
        (b'{"a": 1, "a": 2}', "names 'a' twice"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"a": ["\\ud800"]}', "surrogate"),
        (b'{"\\uDFFF": 1}', "surrogate"),
        (b'{"a": "\xed\xa0\x80"}', "not JSON"),
        ('{"a": "\\u0000"}'.encode("utf-16"), "not JSON"),
        (b"[" * 100_000, "too deeply"),
        (b"1" * 5_000, "not JSON"),
    ],
)
def test_what_is_not_json_is_refused_with_its_fault(raw, said):
    with pytest.raises(ParseError, match=said):
        parse(raw)


def test_a_whole_surrogate_pair_and_a_written_out_escape_are_text():
    assert parse(rb'{"a": "\ud83d\ude00", "b": "\\u0000"}') == {"a": "😀", "b": "\\u0000"}


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
SCALAR = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)


@given(st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)))
def test_what_is_rendered_is_read_back(document):
    rendered = FastJSONRenderer().render(document)
    assert (parse(rendered) if document is not None else rendered) == (b"" if document is None else document)


def test_dates_and_ids_are_written_as_text():
    one = uuid.UUID(int=1)
    body = FastJSONRenderer().render({"at": datetime(2026, 3, 2, tzinfo=UTC), "id": one})
    assert body == b'{"at":"2026-03-02T00:00:00Z","id":"00000000-0000-0000-0000-000000000001"}'


def test_a_number_json_does_not_know_is_never_sent():
    with pytest.raises(ValueError, match="not JSON compliant"):
        FastJSONRenderer().render({"x": float("nan")})


def test_the_one_renderer_is_taken_whatever_the_client_accepts():
    renderer, media_type = FixedNegotiation().select_renderer(None, [FastJSONRenderer(), ProblemRenderer()])
    assert isinstance(renderer, FastJSONRenderer)
    assert media_type == "application/json"
