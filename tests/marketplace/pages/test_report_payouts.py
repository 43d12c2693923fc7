"""The page of the payout report."""

import csv
import io

import pytest
from django.urls import reverse

from billing import ledger
from billing.wallets import earnings_of
from marketplace.models import User
from tests.marketplace.test_settling import three_answers

DAYS = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture
def judged(world):
    """Wei and Wanda were paid five cents each, Walt was rejected."""
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    return job


def page(world, person=None, **query):
    return world.browser(person or world.ada).get(reverse("report_payouts"), {**DAYS, **query})


def test_each_worker_has_a_row_and_the_totals_match_the_ledger(world, judged):
    response = page(world)

    report, text = response.context["report"], response.content.decode()
    owed = sum(ledger.balance(account_id=earnings_of(worker=worker).pk) for worker in User.objects.filter(is_worker=1))
    assert report.totals["balance"] == report.totals["earned"] == owed == 100_000
    assert report.off == {}
    assert "add up with the ledger" in text
    assert all(email in text for email in ("wei@example.org", "wanda@example.org", "walt@example.org"))
    assert "3 workers" in text


def test_a_total_that_differs_from_the_ledger_is_shouted(world, judged, monkeypatch):
    from marketplace.reports import payouts

    monkeypatch.setattr(payouts, "_BOOKS", "SELECT 100001, 0, 100000")

    text = page(world).content.decode()

    assert "differ from the ledger" in text
    assert "Earned is off by −$0.000001" in text


def test_other_days_show_no_work_but_what_is_owed(world, judged):
    totals = page(world, **{"from": "2026-01-01", "to": "2026-01-31"}).context["report"].totals

    assert (totals["earned"], totals["balance"]) == (0, 100_000)


def test_without_anything_it_says_so(world):
    assert b"No work, no payouts" in page(world).content


def test_nonsense_days_are_refused_at_the_field(world, judged):
    response = page(world, **{"from": "soon"})

    assert response.status_code == 422
    assert b"Write a day as YYYY-MM-DD" in response.content
    assert page(world, **{"from": "soon", "format": "csv"}).status_code == 422


def test_the_sheet_holds_the_same_rows_and_runs_nothing(world, judged):
    User.objects.filter(pk=world.wei.pk).update(email="=wei@example.org")

    rows = list(csv.DictReader(io.StringIO(page(world, format="csv").content.decode())))

    assert [(row["email"], row["earned"]) for row in rows[:2]] == [
        ("'=wei@example.org", "0.05"),
        ("wanda@example.org", "0.05"),
    ]
    assert sum(int(row["accepted"]) for row in rows) == 2


def test_it_takes_a_handful_of_statements(world, judged, django_assert_max_num_queries):
    browser = world.browser(world.ada)
    with django_assert_max_num_queries(4):
        browser.get(reverse("report_payouts"), DAYS)


def test_only_admins_read_it(world, judged):
    assert page(world, world.rita).status_code == 403
    assert page(world, world.wei, format="csv").status_code == 403
    assert world.browser(None).get(reverse("report_payouts")).status_code == 302
