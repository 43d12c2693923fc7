"""The money in the document of all that is kept of a person."""

from datetime import timedelta

from billing import adjustments, clawbacks, refunds
from billing.models import Deposit, Dispute
from billing.payout_accounts import give_details
from billing.wallets import wallet_of
from marketplace import bonuses
from marketplace.own_money import SECTIONS
from tests.marketplace.test_settling import CAN


def told(person, name):
    return list(SECTIONS[name](person))


def test_a_worker_finds_what_was_given_beside_pay_taken_back_and_put_right_and_where_they_are_paid(world):
    job = world.published(images=1, overlap=1, reward="2.00")
    answer = world.answer(job, world.wei, CAN)
    world.settled(job)
    bonuses.give(
        assignment_id=answer.pk, requester=world.rita, amount=70_000, reason="Thanks.", idempotency_key="b",
        now=world.now,
    )  # fmt: skip
    clawbacks.take_back(
        key=f"assignment:{answer.pk}", worker=world.wei, reward=2_000_000, fee=1, target=wallet_of(owner=world.rita).pk,
        reason="Copied.", decided_by=world.ada, now=world.now,
    )  # fmt: skip
    for amount in (30_000, 40_000):
        gift = adjustments.ask_goodwill(
            worker=world.wei, amount=amount, reason="Our fault.", asked_by=world.ada, now=world.now
        )
    adjustments.agree(adjustment_id=gift.pk, decided_by=world.person("Abe", is_staff=True), now=world.now)
    give_details(worker=world.wei, country="IN", details="Wei Zhang, 0012 3456 7890", now=world.now)

    for person, got in ((world.wei, True), (world.rita, False)):
        assert [(row["got"], row["amount"], row["reason"]) for row in told(person, "bonuses")] == [
            (got, "0.07", "Thanks.")
        ]
    assert [(row["amount"], row["owed"], row["reason"]) for row in told(world.wei, "pay_taken_back")] == [
        ("2.00", "0.00", "Copied.")
    ]
    assert [(row["what"], row["amount"]) for row in told(world.wei, "put_right")] == [("goodwill", "0.04")]
    [account] = told(world.wei, "payout_account")
    assert (account["method"], account["country"], account["bank_details_given"]) == ("manual", "IN", True)
    assert "0012" not in str(account)
    [back] = [row for row in told(world.wei, "earnings") if row["what"] == "Pay taken back"]
    assert (back["about"], back["reference"]) == (job.title, str(answer.pk))


def test_a_requester_finds_refunds_and_what_banks_took_back(world):
    world.fund(world.rita, "5.00")
    deposit = Deposit.objects.get()
    refunds.request(deposit_id=deposit.pk, amount=1_000_000, asked_by=world.rita, idempotency_key="r", now=world.now)
    opened = {"reason": "fraudulent", "state": "open", "opened_at": world.now - timedelta(days=1)}
    Dispute.objects.create(pk="dp_1", payment=deposit.provider_payment, deposit=deposit, amount=2_000_000, **opened)

    assert [(row["deposit"], row["amount"], row["state"]) for row in told(world.rita, "refunds")] == [
        (deposit.pk, "1.00", "requested")
    ]
    assert [(row["amount"], row["state"]) for row in told(world.rita, "disputes")] == [("2.00", "open")]
    for name in SECTIONS:
        assert told(world.rosa, name) == []
