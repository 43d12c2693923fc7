"""What shapes are paid for, by each way in which an answer can come to be accepted."""

import pytest

from billing import ledger
from billing.models import Transfer
from billing.money import fee_of
from billing.wallets import wallet_of
from marketplace import accepting, closing, overturning, unreviewed, wages
from marketplace.adjudicating import Choice, adjudicate
from marketplace.auditing import audit
from marketplace.models import Assignment
from marketplace.reviewing import Said, decide
from tests.marketplace.test_appealing import contest

PAYS = {"reward": "0.05", "reward_per_shape": "0.01", "shapes_paid_at_most": 3}
CANS = [("can", [x, 10, 20, 30]) for x in (5, 35, 65, 95)]
LONELY = ("bag", [70, 60, 20, 20])


def earned_by(worker):
    return Assignment.objects.get(worker=worker).earned


def test_votes_pay_the_shapes_that_match_what_is_adopted_up_to_the_cap(world):
    job, walt = world.published(images=1, **PAYS), world.worker("Walt")
    world.answer(job, world.wei, *CANS)
    world.answer(job, world.wanda, *CANS[:2], LONELY)
    world.answer(job, walt, *CANS[:3])
    free = ledger.balance(account_id=job.escrow_free_id)

    assert world.settled(job) == 1

    assert [earned_by(who) for who in (world.wei, world.wanda, walt)] == [80_000, 70_000, 80_000]
    # Wanda's lone bag is not paid: it and the fee on it are free again.
    assert ledger.balance(account_id=job.escrow_free_id) - free == 12_000
    assert audit() == []
    closing.close(job=job, now=world.now)
    closing.finish_closing(job_id=job.pk, now=world.now)
    assert audit() == []


def test_an_answer_whose_objects_are_labelled_otherwise_is_paid_for_none_of_them(world):
    job = world.published(images=1, **PAYS, policy={"accept_agreement": 0.0})
    world.answer(job, world.wei, ("bag", CANS[0][1]))
    for name in ("Xenia", "Yusuf"):
        world.answer(job, world.worker(name), CANS[0])
    world.settled(job)

    assert earned_by(world.wei) == 50_000
    assert audit() == []


@pytest.fixture
def waiting(world):
    """An answer of four shapes that waits for its requester."""
    job = world.published(images=1, overlap=1, **PAYS, policy={"judge": "requester"})
    given = world.answer(job, world.wei, *CANS[:2])
    world.settled(job)
    return given


def test_a_person_who_accepts_an_answer_accepts_all_its_shapes(world, waiting):
    decide(assignment_id=waiting.pk, reviewer=world.rita, said=Said("accept"), now=world.now)

    assert earned_by(world.wei) == 70_000
    assert audit() == []


def test_who_was_corrected_first_is_paid_for_what_was_right(world, waiting):
    right = {"schema": 1, "shapes": [{"type": "box", "label": "can", "bbox": CANS[0][1]}], "empty": False}
    decide(assignment_id=waiting.pk, reviewer=world.rita, said=Said("fix", annotation=right), now=world.now)
    decide(assignment_id=waiting.pk, reviewer=world.rita, said=Said("accept"), now=world.now)

    assert earned_by(world.wei) == 60_000
    assert audit() == []


def test_silence_pays_all_shapes(world, waiting):
    assert unreviewed.accept_overdue(job_id=waiting.job_id, now=world.later(hours=73)) == 1

    assert earned_by(world.wei) == 70_000
    assert audit() == []


def test_an_answer_nobody_could_judge_is_paid_for_all_shapes(world):
    job = world.published(images=1, **PAYS)
    world.answer(job, world.wei, *CANS)

    assert accepting.accept_aged(now=world.later(days=22)) == 1

    assert earned_by(world.wei) == 80_000
    assert audit() == []


def test_an_upheld_appeal_pays_all_shapes_and_frees_the_rest(world):
    appeal = contest(world, world.rejected(**PAYS))

    overturning.uphold(appeal_id=appeal.pk, decider=world.ada, answer="Yes.", adopt=False, now=world.now)

    assert earned_by(world.wei) == 60_000
    assert Transfer.objects.get(kind="appeal_upheld_rest").amount == 24_000
    assert audit() == []


def test_an_adjudication_pays_the_shapes_that_match_it(world):
    rejected = world.rejected(**PAYS)
    choice = Choice(pick=rejected.pk)

    adjudicate(task_id=rejected.task_id, person=world.rita, choice=choice, now=world.now)

    assert earned_by(world.wei) == 60_000
    assert audit() == []


@pytest.mark.parametrize("bps", [0, 1, 3_333, 4_999, 5_000])
def test_odd_fees_and_prices_come_out_to_the_micro_unit_when_the_job_closes(world, settings, bps):
    settings.PLATFORM_FEE_BPS = bps
    odd = {"reward": "0.000003", "reward_per_shape": "0.000007", "shapes_paid_at_most": 3}
    job = world.published(images=2, **odd, fair_pay_reserve_percent=7)
    for who in (world.wei, world.wanda, world.worker("Walt")):
        world.answer(job, who, *CANS[:2])
    world.settled(job)
    closing.close(job=job, now=world.now)
    assert closing.finish_closing(job_id=job.pk, now=world.now)

    pay = 3 * (17 + fee_of(reward=17, bps=bps))
    assert ledger.balance(account_id=wallet_of(owner=world.rita).pk) == 100_000_000 - pay
    assert audit() == []


def test_without_pay_for_shapes_nothing_is_counted(world, django_assert_num_queries):
    job = world.published(images=1)
    with django_assert_num_queries(0):
        assert wages.earned_whole(job=job, keys=["a", "b"]) == {"a": 50_000, "b": 50_000}


def test_what_is_left_free_by_shapes_goes_back_when_the_job_closes_while_it_is_judged(world):
    job = world.published(images=1, **PAYS)
    for who in (world.wei, world.wanda, world.worker("Walt")):
        world.answer(job, who, CANS[0])
    closing.close(job=job, now=world.now)
    world.settled(job)

    assert closing.finish_closing(job_id=job.pk, now=world.now)
    assert [ledger.balance(account_id=pk) for pk in (job.escrow_free_id, job.escrow_committed_id)] == [0, 0]
    assert audit() == []
