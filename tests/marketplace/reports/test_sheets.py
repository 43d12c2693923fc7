"""Reports as CSV."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.reports.sheets import cell, sheet


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =HYPERLINK(1)"])
def test_what_a_spreadsheet_would_run_is_neutralised(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(("value", "kept"), [(-5, -5), (1.5, 1.5), ("Rita", "Rita"), (None, ""), ("a=b", "a=b")])
def test_everything_else_stays_as_it_is(value, kept):
    assert cell(value) == kept


def test_a_sheet_has_a_header_and_its_rows():
    assert sheet(columns=["name", "sum"], rows=[["=x", 1], ["a,b", None]]) == 'name,sum\r\n\'=x,1\r\n"a,b",\r\n'


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2)))
def test_no_cell_ever_starts_a_formula_and_none_is_lost(rows):
    read = list(csv.reader(io.StringIO(sheet(columns=["a", "b"], rows=rows), newline="")))
    assert [[text.removeprefix("'") if text[:1] == "'" else text for text in row] for row in read[1:]] == [
        [text.removeprefix("'") if text[:1] == "'" else text for text in row] for row in rows
    ]
    assert not any(text.startswith(("=", "+", "-", "@")) for row in read[1:] for text in row)
