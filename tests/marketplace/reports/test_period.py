from datetime import UTC, date, datetime

import pytest

from marketplace.errors import Refused
from marketplace.reports.period import parse_period

NOW = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)


def test_by_default_it_is_the_last_thirty_days():
    period = parse_period(first="", last="", now=NOW)

    assert (period.first, period.last) == (date(2026, 3, 2), date(2026, 3, 31))


def test_both_its_days_are_whole():
    period = parse_period(first="2026-03-01", last="2026-03-01", now=NOW)

    assert (period.end - period.start).days == 1


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [("soon", "", ("from", "date")), ("", "31.3.", ("to", "date")), ("2026-03-02", "2026-03-01", ("from", "order"))],
)
def test_nonsense_is_refused_naming_the_field(first, last, problem):
    with pytest.raises(Refused) as refused:
        parse_period(first=first, last=last, now=NOW)

    assert [(each.field, each.rule) for each in refused.value.problems] == [problem]
