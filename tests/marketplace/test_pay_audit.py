"""Each check of pay is shown to bite: the fault is planted under the database's rules, and named."""

import pytest
from django.db import transaction

from marketplace import bonuses, closing, overturning, pay_audit, reversing, topping_up
from marketplace.auditing import audit
from marketplace.models import Assignment
from tests.marketplace.test_appealing import contest
from tests.marketplace.test_auditing import plant
from tests.marketplace.test_settling import CAN
from tests.marketplace.test_topping_up import three_people_prove, worked
from tests.marketplace.test_wages import CANS, PAYS

__all__ = ["three_people_prove"]

TAKEN_BACK = "what is taken back of an answer is its pay, its top-up and the fees, for who paid them"
TAKEN_WRONGLY = (
    "UPDATE billing_clawback SET fee = fee + 1",
    "UPDATE billing_transfer SET amount = amount + 1 WHERE kind = 'fair_pay_fee'",
    """UPDATE billing_transfer SET target_sequence = NULL, target_id = (
       SELECT id FROM billing_account WHERE kind = 'platform_fees') WHERE kind = 'clawback'""",
)
FAULTS = {
    "an answer earns what its job pays": "UPDATE marketplace_assignment SET earned = earned + 1 WHERE earned > 0",
    "what a place held is pay, fee and rest": "UPDATE billing_transfer SET amount = amount + 1 WHERE kind = "
    "'accepted_fee'",
    "what the place of an appeal held is pay, fee and rest": "DELETE FROM billing_transfer WHERE kind = "
    "'appeal_upheld_rest'",
    "a place holds the most that its answer can cost": "UPDATE marketplace_place SET held = held - 1 WHERE held > 0",
    "a bonus is paid once, out of its requester's wallet": "DELETE FROM billing_transfer WHERE kind = 'bonus'",
    "a bonus is for accepted work of who gets it, by whom it was done for": "UPDATE marketplace_bonus SET worker_id = "
    "requester_id + 1000",
    "a top-up is paid once, out of the fair-pay reserve": "UPDATE marketplace_topup SET amount = amount + 1",
    "a top-up is for paid work of its job": "UPDATE marketplace_topup SET job_id = job_id + 1",
    TAKEN_BACK: "UPDATE billing_clawback SET reward = reward - 1",
    "an answer given is never withdrawn": "UPDATE marketplace_assignment SET state = 'cancelled', earned = 0 WHERE "
    "state = 'submitted'",
    "what a closed job held is paid, fees, or back where it came from": "UPDATE billing_transfer SET amount = amount "
    "- 1 WHERE kind = 'close'",
    "a closed job keeps no reserve": "UPDATE billing_account SET balance = 1 WHERE kind = 'fair_pay_reserve'",
}


@pytest.fixture
def paid(world):
    """A market in which everything was paid that can be: shapes, an appeal, a bonus, top-ups; one job is closed."""
    by_shape = world.published(images=2, **PAYS)
    for who in (world.wei, world.wanda, world.worker("Walt")):
        world.answer(by_shape, who, *CANS[:2])
    world.settled(by_shape)
    world.answer(by_shape, world.wei, CAN)
    upheld = contest(world, world.rejected(**PAYS))
    overturning.uphold(appeal_id=upheld.pk, decider=world.ada, answer="Yes.", adopt=False, now=world.now)
    first = Assignment.objects.filter(job=by_shape, state="accepted").earliest("submitted_at")
    bonuses.give(
        assignment_id=first.pk,
        requester=world.rita,
        amount=10_000,
        reason="Thanks.",
        idempotency_key="k",
        now=world.now,
    )
    cheap = worked(world, fair_pay_reserve_percent=100)
    topping_up.look(job_id=cheap.pk, now=world.now)
    closing.close(job=cheap, now=world.now)
    assert closing.finish_closing(job_id=cheap.pk, now=world.now)
    copied = Assignment.objects.filter(job=cheap, top_up__isnull=False).first()
    for answer in (copied, first, upheld.assignment):
        reversing.reverse(assignment_id=answer.pk, by=world.ada, reason="Copied.", now=world.now)


def test_a_broken_promise_is_named_and_kept_ones_are_not(paid):
    assert audit() == []
    assert set(FAULTS) == set(pay_audit.CHECKS)
    for promise, fault in [*FAULTS.items(), *((TAKEN_BACK, fault) for fault in TAKEN_WRONGLY)]:
        with transaction.atomic():
            plant(fault)
            assert any(found.startswith(f"{promise}: ") for found in audit()), promise
            transaction.set_rollback(True)
    assert audit() == []
