"""The days a report speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from marketplace.errors import Problem, Refused


@dataclass(frozen=True)
class Period:
    """Whole days in UTC, from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """The first moment of it."""
        return datetime.combine(self.first, time.min, UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, UTC)


def parse_period(*, first: str, last: str, now: datetime) -> Period:
    """Read two ISO dates; empty ones mean the last 30 days up to today. Raises Refused naming the field."""
    problems: list[Problem] = []
    until = _date("to", last, now.date(), problems)
    since = _date("from", first, until - timedelta(days=29), problems)
    if not problems and since > until:
        problems.append(Problem("from", "order", "The first day cannot be after the last."))
    Refused.when(problems)
    return Period(since, until)


def _date(field: str, text: str, default: date, problems: list[Problem]) -> date:
    if not text:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(Problem(field, "date", "Write a day as YYYY-MM-DD."))
        return default
