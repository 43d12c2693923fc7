"""Prepared statements: values arrive as they are, errors are Django's, arrays are read as they were written."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing import prepared

pytestmark = pytest.mark.django_db


def test_arrays_are_read_back_as_they_were_written():
    words = ["plain", "", 'with "quotes"', "back\\slash", "{braces},", "NULL", "Ünï", "line\nbreak"]
    numbers = [1, None, -5, 2**62]
    [(told, counted)] = prepared.rows(
        "SELECT %(words)s::text[], %(numbers)s::bigint[]",
        {"words": prepared.texts(words), "numbers": prepared.numbers(numbers)},
    )
    assert (told, counted) == (words, numbers)
    assert prepared.rows("SELECT %(none)s::bigint[]", {"none": prepared.numbers([])}) == [([],)]


def test_a_statement_without_rows_gives_none_and_is_seen_by_whoever_listens():
    with CaptureQueriesContext(connection) as heard:
        assert prepared.rows("SELECT set_config('a.b', 'c', true) WHERE false", {}) == []
    assert "set_config" in heard[-1]["sql"]


def test_errors_are_those_of_the_connection_it_runs_on():
    with pytest.raises(DatabaseError), transaction.atomic():
        prepared.rows("SELECT 1 / 0", {})
