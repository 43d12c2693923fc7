"""A person's statement as a file: what there was, every movement, what there is."""

import csv
import io
from datetime import date
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import own_statements
from marketplace.models import Job
from marketplace.reports.period import Period
from tests.marketplace.test_settling import CAN

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def sheet(found):
    return list(csv.DictReader(io.StringIO("".join(found.as_sheet()))))


def test_the_file_leads_from_opening_to_closing_balance(world):
    job = world.published(images=1, overlap=1, funds="10.00", title="=cmd()")
    world.answer(job, world.wei, CAN)
    world.settled(job)
    rows = sheet(own_statements.of_wallet(owner=world.rita, period=MARCH))
    assert [(row["what"], row["about"], row["amount"], row["balance"]) for row in rows] == [
        ("Opening balance", "", "", "0.00"),
        ("Deposit by card", "", "10.00", "10.00"),
        ("Held for a job", "'=cmd()", "-0.06", "9.94"),
        ("Closing balance", "", "", "9.94"),
    ]
    assert rows[2]["reference"] == job.public_id
    moved = sum(Decimal(row["amount"]) for row in rows if row["amount"])
    assert Decimal(rows[0]["balance"]) + moved == Decimal(rows[-1]["balance"])


def test_a_workers_file_names_the_answers_and_none_of_its_lines_tells_gold_by_its_place(world):
    job = world.published(images=3, overlap=1)
    given = sorted(str(world.answer(job, world.wei, CAN).pk) for _ in range(3))
    world.settled(job)
    rows = sheet(own_statements.of_earnings(worker=world.wei, period=MARCH))
    assert [row["reference"] for row in rows[1:-1]] == given, "paid in one moment, told in the order of their ids"
    assert [row["balance"] for row in rows] == ["0.00", "0.05", "0.10", "0.15", "0.15"]


def test_pages_read_only_what_they_show(world):
    world.fund(world.rita, "1.00")
    for _ in range(30):
        world.fund(world.rita, "1.00")
    found = own_statements.of_wallet(owner=world.rita, period=MARCH)
    assert len(found.lines) == 31
    with CaptureQueriesContext(
        connection,
    ) as asked:
        part = found.lines[10:15]
    assert [one.line.balance for one in part] == [n * 1_000_000 for n in range(11, 16)]
    assert len(asked) == 1
    assert not Job.objects.exists()
