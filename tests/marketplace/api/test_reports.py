"""Admins' reports over the API."""

import csv
import io

import pytest

from billing.models import Payout
from marketplace.models import Job
from tests.marketplace.test_settling import three_answers

GOOD = ("can", [10, 10, 40, 30])


@pytest.fixture
def judged(world):
    job = world.published(images=1)
    for worker in (world.wei, world.wanda):
        world.answer(job, worker, GOOD)
    world.answer(job, world.worker("Walt"), ("can", [80, 60, 20, 20]))
    world.settled(job)
    world.span = f"?from={world.now.date()}&to={world.now.date()}"
    return job


def table(reply):
    assert reply["Content-Type"].startswith("text/csv")
    assert "attachment" in reply["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(reply.content.decode(), newline="")))


def test_the_payout_report_adds_up_to_its_totals(world, judged):
    body = world.api(world.ada).get(f"/api/v1/reports/payouts/{world.span}").json()
    assert [(row["email"], row["earned"], row["rejected"]) for row in body["rows"]] == [
        ("wei@example.org", "0.05", 0),
        ("wanda@example.org", "0.05", 0),
        ("walt@example.org", "0.00", 1),
    ]
    assert (body["totals"]["earned"], body["totals"]["accepted"]) == ("0.10", 2)
    assert body["period"]["first"] == str(world.now.date())


def test_the_quality_report_tells_jobs_and_workers(world, judged):
    body = world.api(world.ada).get(f"/api/v1/reports/quality/{world.span}").json()
    assert [(row["name"], row["answers"], row["spent"]) for row in body["jobs"]] == [(judged.public_id, 3, "0.12")]
    assert body["workers"][0]["name"] == "walt@example.org"


def test_as_csv_the_figures_are_the_same(world, judged):
    client = world.api(world.ada)
    rows = table(client.get(f"/api/v1/reports/payouts/{world.span}&format=csv"))
    assert [row["earned"] for row in rows] == ["0.05", "0.05", "0.00"]
    assert table(client.get(f"/api/v1/reports/quality/{world.span}&format=csv"))[0]["name"] == judged.public_id
    workers = table(client.get(f"/api/v1/reports/quality/{world.span}&format=csv&about=workers"))
    assert len(workers) == 3


def test_a_title_that_is_a_formula_is_neutralised_in_the_csv(world, judged):
    Job.objects.filter(pk=judged.pk).update(title='=HYPERLINK("http://evil")')
    rows = table(world.api(world.ada).get(f"/api/v1/reports/quality/{world.span}&format=csv"))
    assert rows[0]["title"] == '\'=HYPERLINK("http://evil")'


@pytest.mark.parametrize(
    ("query", "field"),
    [("from=yesterday", "from"), ("from=2026-03-02&to=2026-03-01", "from"), ("format=xml", "format")],
)
def test_nonsense_is_refused_naming_the_parameter(world, query, field):
    reply = world.api(world.ada).get(f"/api/v1/reports/payouts/?{query}")
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, field)


@pytest.mark.parametrize("name", ["payouts", "quality"])
def test_only_admins_read_reports(world, name):
    for person in (world.rita, world.wei, world.sam):
        assert world.api(person).get(f"/api/v1/reports/{name}/").status_code == 403


def test_a_payout_seen_at_the_bank_counts_as_paid_out(world, judged):
    sent = {"provider_transfer": "tr_1", "sent_at": world.now, "created_at": world.now, "state": Payout.State.PAID}
    Payout.objects.create(worker=world.wei, amount=1_000_000, idempotency_key="k", **sent)
    rows = world.api(world.ada).get(f"/api/v1/reports/payouts/{world.span}").json()["rows"]
    assert next(row["paid_out"] for row in rows if row["email"] == "wei@example.org") == "1.00"


def test_the_revenue_report_is_json_or_a_sheet(world):
    job = world.published(images=1, funds="10.00")
    three_answers(world, job)
    world.settled(job)
    address = "/api/v1/reports/revenue/?from=2026-03-01&to=2026-03-31"
    body = world.api(world.ada).get(address).json()
    assert (body["total"]["fees"], body["rows"][0]["in_escrow"], body["total"]["owed_to_workers"]) == (
        "0.02", "0.06", "0.10",
    )  # fmt: skip
    sheet = world.api(world.ada).get(f"{address}&format=csv").content.decode()
    assert sheet.splitlines()[1] == "2026-03-02,0.02,0.00,0.00,0.00,0.02,9.82,0.06,0.10"
    assert world.api(world.rita).get(address).status_code == 403
