"""What the pages of reports share: the days asked for, and the same figures as a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse

from marketplace.api.replies.reports import shown
from marketplace.errors import Refused
from marketplace.reports.period import Period, parse_period
from marketplace.reports.sheets import sheet

# Words, and how many days up to today.
PRESETS = (("7 days", 7), ("30 days", 30), ("90 days", 90), ("A year", 365))


@dataclass(frozen=True)
class Preset:
    """A period one press away; `query` as written in an address."""

    words: str
    query: str
    current: bool


@dataclass(frozen=True)
class Asked:
    """The days a page was asked for. What was typed is kept, so that a mistake can be mended."""

    period: Period
    first: str
    last: str
    errors: Mapping[str, str] = field(default_factory=dict)
    presets: tuple[Preset, ...] = ()

    @property
    def status(self) -> int:
        """The status of the page."""
        return 422 if self.errors else 200


def asked(*, query: Mapping[str, str], now: datetime) -> Asked:
    """Read `from` and `to`; nonsense is answered with the last 30 days and the errors by field."""
    first, last = query.get("from", "").strip(), query.get("to", "").strip()
    errors: dict[str, str] = {}
    try:
        period = parse_period(first=first, last=last, now=now)
        first, last = period.first.isoformat(), period.last.isoformat()
    except Refused as refused:
        errors = {problem.field: problem.message for problem in refused.problems}
        period = parse_period(first="", last="", now=now)
    return Asked(period, first, last, errors, _presets(period if not errors else None, now))


def _presets(period: Period | None, now: datetime) -> tuple[Preset, ...]:
    today = now.date()
    spans = [(words, Period(today - timedelta(days=days - 1), today)) for words, days in PRESETS]
    return tuple(
        Preset(words, urlencode({"from": span.first, "to": span.last}), span == period) for words, span in spans
    )


def as_sheet(*, name: str, period: Period, columns: tuple[str, ...], rows: Iterable[object]) -> HttpResponse:
    """A CSV file to save, the same as the API's: money as decimal text, nothing that a spreadsheet would run."""
    cells = [[shown(column, getattr(row, column)) for column in columns] for row in rows]
    response = HttpResponse(sheet(columns=columns, rows=cells), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="tally-{name}-{period.first}-{period.last}.csv"'
    return response


def as_stream(*, name: str, period: Period, lines: Iterable[str]) -> StreamingHttpResponse:
    """A CSV file of any length to save, sent as it is read."""
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="tally-{name}-{period.first}-{period.last}.csv"'
    return response
