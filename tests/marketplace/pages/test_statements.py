"""Statements on a page and as a file: whose they are, which days, and that they are streamed."""

import csv
import io

import pytest

from tests.marketplace.test_settling import CAN

pytestmark = pytest.mark.django_db
WALLET, EARNINGS = "/wallet/statement/", "/work/earnings/statement/"
DAYS = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture
def given(world):
    """Rita paid in ten dollars and paid Wei two for an answer."""
    job = world.published(images=1, overlap=1, reward="2.00", funds="10.00")
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    return given


def test_a_requester_reads_what_moved_with_its_job_and_receipt(world, given):
    page = world.browser(world.rita).get(WALLET, DAYS)
    assert "Held for a job" in page.text
    assert f"/jobs/{given.job.public_id}/" in page.text
    assert f"/wallet/deposits/{world.rita.deposits.get().pk}/receipt/" in page.text
    sums = page.context["sums"]
    assert (sums.opening, sums.came_in, sums.went_out, sums.closing) == (0, 10_000_000, 2_400_000, 7_600_000)


def test_a_worker_reads_which_answer_each_line_pays(world, given):
    page = world.browser(world.wei).get(EARNINGS, DAYS).text
    assert f"/work/history/{given.pk}/" in page
    assert "+$2.00" in page
    assert world.rita.email not in page


def test_the_file_is_streamed_and_holds_the_same(world, given):
    reply = world.browser(world.wei).get(EARNINGS, {**DAYS, "format": "csv"})
    assert reply.streaming
    assert reply["Content-Disposition"] == ('attachment; filename="tally-earnings-statement-2026-03-01-2026-03-31.csv"')
    rows = list(csv.DictReader(io.StringIO(reply.getvalue().decode())))
    assert [(row["what"], row["reference"], row["amount"]) for row in rows] == [
        ("Opening balance", "", ""), ("Accepted work", str(given.pk), "2.00"), ("Closing balance", "", ""),
    ]  # fmt: skip


def test_days_without_a_movement_and_nonsense_are_told(world, given):
    browser = world.browser(world.rita)
    assert "Nothing moved in these days" in browser.get(WALLET, {"from": "2025-01-01", "to": "2025-01-02"}).text
    refused = browser.get(WALLET, {"from": "soon", "format": "csv"})
    assert refused.status_code == 422
    assert "Write a day as YYYY-MM-DD" in refused.text


def test_other_peoples_money_is_not_in_it(world, given):
    assert world.browser(world.rosa).get(WALLET, DAYS).context["sums"].count == 0
    assert world.browser(world.wanda).get(EARNINGS, DAYS).context["sums"].count == 0
    assert world.browser(world.wei).get(WALLET).status_code == 403
    assert world.browser(world.rita).get(EARNINGS).status_code == 403
    assert world.browser(None).get(WALLET).status_code == 302
