import pytest

from marketplace.history import earnings, own_answer, worker_history
from marketplace.models import Assignment
from tests.marketplace.test_settling import CAN, three_answers


def test_the_history_can_be_narrowed_by_what_became_of_the_answers(world):
    job = world.published(images=2)
    walt = three_answers(world, job)
    world.settled(job)
    world.answer(job, walt, CAN)

    counts = {
        show: worker_history(worker=walt, show=show).count() for show in ("all", "waiting", "accepted", "rejected")
    }

    assert counts == {"all": 2, "waiting": 1, "accepted": 0, "rejected": 1}


def test_the_adopted_answer_is_shown_only_once_the_own_one_is_judged(world):
    job = world.published(images=1)
    mine = world.answer(job, world.wei, CAN)

    before = own_answer(worker=world.wei, assignment_id=mine.pk, now=world.now)
    world.answer(job, world.wanda, CAN)
    world.answer(job, world.worker("Walt"), CAN)
    world.settled(job)
    after = own_answer(worker=world.wei, assignment_id=mine.pk, now=world.now)

    assert before.consensus is None
    assert after.consensus.body["objects"][0]["label"] == "can"
    assert after.body["shapes"][0]["bbox"] == [10, 10, 30, 30]


def test_somebody_elses_answer_is_not_found(world):
    mine = world.answer(world.published(images=1), world.wei, CAN)

    with pytest.raises(Assignment.DoesNotExist):
        own_answer(worker=world.wanda, assignment_id=mine.pk, now=world.now)


def test_earnings_add_up_by_job(world):
    job = world.published(images=2)
    three_answers(world, job)
    world.settled(job)
    world.answer(job, world.wei, CAN)

    found = earnings(worker=world.wei)

    assert (found.balance, found.waiting, found.lifetime) == (50_000, 50_000, 50_000)
    assert [(row.job, row.answers, row.accepted, row.waiting, row.earned) for row in found.by_job] == [
        (job, 2, 1, 1, 50_000)
    ]
