"""Reports as CSV that a spreadsheet can open without running anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from billing.money import format_amount

# What makes a spreadsheet take a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Amount(str):
    """Decimal text of our own making: a number, though it may begin with a minus."""


def amount_cell(micro: int) -> Amount:
    """Micro-units as a cell that a spreadsheet can sum: -50000 → -0.05."""
    return Amount(format_amount(micro))


def cell(value: object) -> object:
    """The value as a cell: text that a spreadsheet would run gets a ' before it; None is empty. Numbers stay."""
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Amount) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value


def sheet(*, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV with a header line. Every text cell is neutralised, for names and titles are what strangers typed."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return lines.getvalue()


def sheet_lines(*, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The same line by line, for a sheet that is too long to be held at once."""
    yield _line(columns)
    for row in rows:
        yield _line(row)


def _line(row: Sequence[object]) -> str:
    kept = io.StringIO()
    csv.writer(kept).writerow([cell(value) for value in row])
    return kept.getvalue()
