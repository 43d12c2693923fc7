"""Receipts: numbers, who gives them, and what a job cost to the micro-unit."""

import pytest

from billing import ledger
from billing.ledger import AccountKind, Posting
from billing.wallets import earnings_of, wallet_of
from marketplace import receipts
from marketplace.closing import close, finish_closing
from marketplace.settling import finalise_rejections
from tests.marketplace.test_settling import three_answers

pytestmark = pytest.mark.django_db


def test_numbers_are_of_the_thing_alone(world):
    world.fund(world.rita, "1.00")
    deposit = world.rita.deposits.get()
    number = receipts.deposit_number(deposit=deposit)
    assert number.replace("-", "")[1:] == deposit.pk.hex[:12].upper()
    assert receipts.job_number(job=world.job(images=0)).startswith("J-")


def test_the_platform_is_named_as_its_settings_say(settings):
    settings.PLATFORM_NAME, settings.PLATFORM_ADDRESS = "Count Ltd", "1 Main Street\n \\nTown "
    assert receipts.issuer() == receipts.Issuer("Count Ltd", ("1 Main Street", "Town"))


def test_a_jobs_cost_is_what_left_its_escrow_and_what_is_held_adds_up(world):
    job = world.published(images=2)
    three_answers(world, job)
    world.settled(job)
    cost = receipts.job_cost(job=job)
    assert (cost.held, cost.rewards, cost.fees, cost.refunded) == (360_000, 100_000, 20_000, 0)
    assert (cost.still_held, cost.disputed, cost.cost) == (240_000, 0, 120_000)

    wallet, worker = wallet_of(owner=world.rita), earnings_of(worker=world.wei)
    fees = ledger.platform(AccountKind.PLATFORM_FEES)
    about = {"job": job.public_id}
    bonus = [
        Posting("bonus", "b", wallet.pk, worker.pk, 70, about), Posting("bonus_fee", "b", wallet.pk, fees.pk, 14, about)
    ]  # fmt: skip
    ledger.post(postings=bonus, now=world.now)
    close(job=job, now=world.now)
    finalise_rejections(job_id=job.pk, now=world.later(days=8))
    finish_closing(job_id=job.pk, now=world.now)
    cost = receipts.job_cost(job=job)
    assert (cost.refunded, cost.still_held, cost.disputed) == (240_000, 0, 0)
    assert (cost.bonus, cost.bonus_fees, cost.cost) == (70, 14, 120_084)
