"""Receipts are for whom they are of, once there is something to receipt."""

import pytest

from billing import refunds
from billing.models import Deposit
from tests.marketplace.test_settling import three_answers

pytestmark = pytest.mark.django_db


def test_a_deposits_receipt_says_all_that_a_tax_office_asks(world, settings):
    settings.PLATFORM_NAME, settings.PLATFORM_ADDRESS = "Count Ltd", "1 Main Street\n10115 Town"
    world.fund(world.rita, "12.50")
    deposit = Deposit.objects.get()
    page = world.browser(world.rita).get(f"/wallet/deposits/{deposit.pk}/receipt/").text
    for words in ("Count Ltd", "1 Main Street<br>10115 Town", "2 March 2026", "$12.50", "pi_1", "none", "Rita", "D-"):
        assert words in page, words
    assert world.browser(world.rosa).get(f"/wallet/deposits/{deposit.pk}/receipt/").status_code == 404


def test_a_receipt_says_what_went_back(world):
    world.fund(world.rita, "12.50")
    deposit = Deposit.objects.get()
    refunds.request(deposit_id=deposit.pk, amount=None, asked_by=world.rita, idempotency_key="k", now=world.now)
    page = world.browser(world.rita).get(f"/wallet/deposits/{deposit.pk}/receipt/").text
    assert "Back to your card, 2 March 2026" in page


def test_what_was_not_paid_has_no_receipt(world):
    deposit = Deposit.objects.create(owner=world.rita, amount=1_000_000, idempotency_key="d", created_at=world.now)
    assert world.browser(world.rita).get(f"/wallet/deposits/{deposit.pk}/receipt/").status_code == 404


def test_a_jobs_receipt_tells_its_cost_so_far(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    page = world.browser(world.rita).get(f"/jobs/{job.public_id}/receipt/").text
    assert "Cost so far" in page
    assert "$0.12 USD" in page
    assert "Still held" in page
    assert world.browser(world.rosa).get(f"/jobs/{job.public_id}/receipt/").status_code == 404
    assert world.browser(world.rita).get(f"/jobs/{world.job(images=0).public_id}/receipt/").status_code == 404
