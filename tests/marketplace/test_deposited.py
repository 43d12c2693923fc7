"""What of each deposit can still go back to its card."""

from billing import refunds
from marketplace import deposited


def test_what_jobs_spent_and_what_went_back_cannot_go_back_again(world):
    world.fund(world.rita, "5.00")
    world.later(minutes=1)
    world.published(images=1, funds="3.00", reward="1.00")  # holds 3.60 of the 8.00
    late, early = deposited.rows(owner=world.rita, deposits=list(deposited.deposits_of(owner=world.rita)))
    assert (late.deposit.amount, late.refundable, early.refundable) == (3_000_000, 3_000_000, 4_400_000)
    assert deposited.all_refundable(owner=world.rita) == 4_400_000
    refunds.request(
        deposit_id=late.deposit.pk, amount=1_000_000, asked_by=world.rita, idempotency_key="k", now=world.now
    )
    late, early = deposited.rows(owner=world.rita, deposits=list(deposited.deposits_of(owner=world.rita)))
    assert (late.refundable, early.refundable) == (2_000_000, 3_400_000)
    assert [back.amount for back in late.refunds] == [1_000_000]
    assert deposited.all_refundable(owner=world.rita) == 3_400_000
    assert deposited.all_refundable(owner=world.rosa) == 0
