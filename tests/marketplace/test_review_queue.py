from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from marketplace.auditing import audit
from marketplace.errors import Conflict
from marketplace.models import Assignment, Review
from marketplace.review_queue import counts, is_drawn, waiting
from marketplace.reviewing import Said, decide
from tests.world import World

CAN = ("can", [10, 10, 30, 30])


def test_a_sample_is_the_same_each_time_and_of_the_share_asked_for():
    keys = [str(UUID(int=n)) for n in range(4_000)]
    drawn = [key for key in keys if is_drawn(key=key, share=0.25, secret="s")]

    assert 900 < len(drawn) < 1_100
    assert drawn == [key for key in keys if is_drawn(key=key, share=0.25, secret="s")]
    assert set(drawn) < {key for key in keys if is_drawn(key=key, share=0.5, secret="s")}
    assert drawn != [key for key in keys if is_drawn(key=key, share=0.25, secret="another")]
    assert not any(is_drawn(key=key, share=0.0, secret="s") for key in keys)
    assert all(is_drawn(key=key, share=1.0, secret="s") for key in keys)


def sampled(world: World):
    job = world.published(images=1, overlap=1, policy={"review_share": 1.0})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    return job, given


def test_accepted_work_is_sampled_when_it_is_settled_and_stays_paid_whatever_is_found(world):
    job, given = sampled(world)
    assert Assignment.objects.get().state == "accepted"
    assert (counts(job=job), waiting(job=job).get().why) == ({"unpaid": 0, "sample": 1, "undecided": 0}, "sample")

    shapes = [{"type": "box", "label": "bag", "bbox": [10, 10, 30, 30]}]
    said = Said("fix", annotation={"shapes": shapes}, note="That is a bag.")
    after = decide(assignment_id=given.pk, reviewer=world.rita, said=said, now=world.now)

    assert (after.state, after.earned, after.verdict.accepted) == ("accepted", 50_000, True)
    assert after.verdict.explanation == "The requester corrected your answer; it stays paid. That is a bag."
    assert after.verdict.evidence["wrong_label"]
    assert (Review.objects.get().said, counts(job=job)) == ("fix", {"unpaid": 0, "sample": 0, "undecided": 0})
    assert audit() == []


def test_a_word_about_paid_work_reaches_its_worker(world):
    _, given = sampled(world)
    after = decide(assignment_id=given.pk, reviewer=world.rita, said=Said("accept", note="Neat."), now=world.now)
    assert (after.verdict.explanation, after.verdict.accepted, after.earned) == ("Neat.", True, 50_000)
    assert audit() == []


def test_the_queue_is_in_the_order_in_which_answers_came_and_shows_what_is_asked_for(world):
    job = world.published(images=3, overlap=1, policy={"judge": "requester"})
    given = [world.answer(job, world.wei, CAN) for _ in range(3)]
    world.settled(job)
    assert [row.assignment for row in waiting(job=job)] == given
    assert [waiting(job=job, show=show).count() for show in ("all", "unpaid", "sample")] == [3, 3, 0]


def test_without_a_share_nothing_is_drawn(world):
    job = world.published(images=1, overlap=1)
    world.answer(job, world.wei, CAN)
    world.settled(job)
    assert not Review.objects.exists()


@pytest.mark.parametrize("said", [Said("reject", reason="extra", note="No."), Said("return", note="Closer.")])
def test_paid_work_is_neither_rejected_nor_sent_back(world, said):
    _, given = sampled(world)
    with pytest.raises(Conflict, match="stays so"):
        decide(assignment_id=given.pk, reviewer=world.rita, said=said, now=world.now)
    with pytest.raises(IntegrityError, match="review_paid_work_stays_paid"), transaction.atomic():
        Review.objects.update(
            said=said.decision, reason=said.reason, note=said.note, said_by=world.rita, said_at=world.now
        )
    assert Review.objects.get().said == ""
    assert audit() == []
