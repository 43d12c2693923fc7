"""The balance sheet: every kind of account once, and both sides of it equal."""

from billing.models import AccountKind
from marketplace.reports import books
from tests.marketplace.test_settling import three_answers


def test_every_kind_is_told_once_and_it_all_adds_up(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    sheet = books.sheet()
    rows = {row.kind: row for holdings in sheet.values() for row in holdings}
    assert set(rows) == set(AccountKind)
    total = {heading: sum(row.amount for row in holdings) for heading, holdings in sheet.items()}
    assert total["What it has"] + total["What it spent"] == sum(total.values()) / 2
    assert rows[AccountKind.STRIPE_PENDING].amount == 100_000_000
    assert rows[AccountKind.WORKER_BALANCE].accounts == 2  # one of the answers was rejected
    assert rows[AccountKind.PLATFORM_FEES].amount > 0
    assert not any(row.alarms for row in rows.values())
