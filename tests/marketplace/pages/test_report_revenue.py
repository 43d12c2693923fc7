"""The page of the revenue report."""

import csv
import io

import pytest

from tests.marketplace.test_settling import three_answers

pytestmark = pytest.mark.django_db
PAGE, DAYS = "/reports/revenue/", {"from": "2026-03-01", "to": "2026-03-31"}


def test_admins_see_the_days_and_the_sheet_sums_to_the_same(world):
    job = world.published(images=1, funds="10.00")
    three_answers(world, job)
    world.settled(job)
    admin = world.browser(world.ada)
    page = admin.get(PAGE, DAYS)
    assert "Fees earned" in page.text
    assert page.context["report"].total.fees == 20_000
    rows = list(csv.DictReader(io.StringIO(admin.get(PAGE, {**DAYS, "format": "csv"}).text)))
    assert [(row["day"], row["fees"], row["in_escrow"]) for row in rows] == [("2026-03-02", "0.02", "0.06")]
    assert "Nothing moved" in admin.get(PAGE, {"from": "2025-03-01", "to": "2025-03-02"}).text
    assert admin.get(PAGE, {"from": "soon", "format": "csv"}).status_code == 422


def test_nobody_else_does(world):
    assert world.browser(world.rita).get(PAGE).status_code == 403
    assert world.browser(None).get(PAGE).status_code == 302
