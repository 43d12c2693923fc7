"""The days a report's page was asked for."""

from datetime import UTC, date, datetime

from marketplace.pages.periods import as_sheet, asked
from marketplace.reports.payouts import PayoutRow
from marketplace.reports.period import Period

NOW = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def test_by_default_the_last_thirty_days_are_chosen():
    found = asked(query={}, now=NOW)

    assert (found.first, found.last, found.status) == ("2026-03-02", "2026-03-31", 200)
    assert [preset.words for preset in found.presets if preset.current] == ["30 days"]
    assert found.presets[0].query == "from=2026-03-25&to=2026-03-31"


def test_nonsense_is_kept_to_be_mended_and_named_by_field():
    found = asked(query={"from": "soon", "to": "2026-03-31"}, now=NOW)

    assert (found.first, found.last, found.status) == ("soon", "2026-03-31", 422)
    assert found.errors == {"from": "Write a day as YYYY-MM-DD."}
    assert not any(preset.current for preset in found.presets)


def test_a_sheet_runs_nothing_and_writes_money_exactly():
    row = PayoutRow(1, "=cmd@example.org", "w-1", 2, 0, 50_000, 1, 0, 0, 0, 0, 50_000)

    response = as_sheet(name="payouts", period=MARCH, columns=("email", "earned"), rows=[row])

    assert response.content.decode() == "email,earned\r\n'=cmd@example.org,0.05\r\n"
    assert response["Content-Disposition"] == 'attachment; filename="tally-payouts-2026-03-01-2026-03-31.csv"'
    assert response["Content-Type"].startswith("text/csv")
