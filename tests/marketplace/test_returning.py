import pytest

from annotation.models import Annotation
from marketplace.assigning import claim, start
from marketplace.auditing import audit
from marketplace.blocking import block
from marketplace.closing import close, finish_closing
from marketplace.errors import Conflict
from marketplace.leases import expire, give_back, skip
from marketplace.models import Assignment, Job, Place, Review, Task
from marketplace.returning import let_overdue_stand, take_up
from marketplace.review_queue import waiting
from marketplace.reviewing import Said, decide
from marketplace.submitting import submit
from tests.world import World

CAN = ("can", [10, 10, 30, 30])
BETTER = {"schema": 1, "shapes": [{"type": "box", "label": "can", "bbox": [12, 12, 26, 26]}]}
NOTE = "Closer to the can, please."


@pytest.fixture
def job(world):
    return world.published(overlap=1, policy={"judge": "requester"})


@pytest.fixture
def returned(world, job):
    """Wei's first answer, sent back."""
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    return send_back(world, given)


def send_back(world, given):
    return decide(assignment_id=given.pk, reviewer=world.rita, said=Said("return", note=NOTE), now=world.later(hours=1))


def state_of(assignment):
    return Assignment.objects.values_list("state", flat=True).get(pk=assignment.pk)


def test_it_comes_back_to_its_worker_first_with_the_note_and_what_they_drew(world, job, returned):
    assert (returned.state, returned.returned_at) == ("returned", world.now)
    assert audit() == []

    world.later(hours=5)
    handout = claim(job=job, worker=world.wei, now=world.now)

    assert (handout.assignment_id, handout.note) == (returned.pk, NOTE)
    assert (handout.lease_expires_at - world.now).total_seconds() == job.lease_seconds
    assert handout.draft_body["shapes"][0]["bbox"] == CAN[1]
    assert claim(job=job, worker=world.wei, now=world.now) == handout
    assert state_of(returned) == "claimed"
    assert audit() == []


def test_nobody_else_gets_it(world, job, returned):
    other = claim(job=job, worker=world.wanda, now=world.now)
    assert other.assignment_id != returned.pk
    assert Assignment.objects.get(pk=other.assignment_id).task_id != returned.task_id
    assert claim(job=job, worker=world.worker("Walt"), now=world.now) is None


def test_the_second_answer_is_a_new_annotation_and_is_paid_once(world, job, returned):
    handout = claim(job=job, worker=world.wei, now=world.now)
    submit(assignment_id=handout.assignment_id, worker=world.wei, payload=BETTER, want_next=False, now=world.now)
    world.settled(job)

    assert Annotation.objects.filter(scope=f"assignment:{returned.pk}").count() == 2
    review = waiting(job=job).get()
    assert review.annotation.body["shapes"][0]["bbox"] == [12, 12, 26, 26]
    after = decide(assignment_id=returned.pk, reviewer=world.rita, said=Said("accept"), now=world.now)
    assert (after.state, after.earned) == ("accepted", 50_000)
    assert audit() == []


def test_it_is_sent_back_only_once(world, job, returned):
    handout = claim(job=job, worker=world.wei, now=world.now)
    submit(assignment_id=handout.assignment_id, worker=world.wei, payload=BETTER, want_next=False, now=world.now)
    world.settled(job)

    with pytest.raises(Conflict, match="sent back before"):
        send_back(world, returned)


def test_it_waits_until_its_worker_has_a_free_hand(world, job):
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    held = claim(job=job, worker=world.wei, now=world.now)
    send_back(world, given)
    world.later(minutes=-59)

    assert claim(job=job, worker=world.wei, now=world.now).assignment_id == held.assignment_id
    assert not take_up(assignment_id=given.pk, job_id=given.job_id, lease_seconds=60, now=world.now)
    assert audit() == []
    submit(assignment_id=held.assignment_id, worker=world.wei, payload=BETTER, want_next=False, now=world.now)
    assert claim(job=job, worker=world.wei, now=world.now).assignment_id == given.pk


@pytest.mark.parametrize("way", ["lease", "skip", "give back", "never taken up"])
def test_what_is_not_bettered_stands_as_it_was_and_waits_for_the_reviewer_again(world, job, returned, way):
    if way != "never taken up":
        claim(job=job, worker=world.wei, now=world.now)
    if way == "lease":
        assert expire(now=world.later(minutes=31)) == 1
    elif way == "skip":
        skip(assignment_id=returned.pk, worker=world.wei, reason="", now=world.now)
    elif way == "give back":
        give_back(assignment_id=returned.pk, worker=world.wei, now=world.now)
    else:
        assert let_overdue_stand(now=world.later(hours=71)) == 0
        assert let_overdue_stand(now=world.later(hours=2)) == 1
    world.settled(job)

    assert state_of(returned) == "submitted"
    assert waiting(job=job).get().annotation.body["shapes"][0]["bbox"] == CAN[1]
    assert Place.objects.get(pk=returned.place_id).state == "taken"
    assert audit() == []
    after = decide(assignment_id=returned.pk, reviewer=world.rita, said=Said("accept"), now=world.now)
    assert after.state == "accepted"
    assert audit() == []


def test_whose_lease_ran_out_loses_it_to_nobody(world, job, returned):
    """A claim that finds nothing else takes over what ran out; never what somebody has answered already."""
    claim(job=job, worker=world.wei, now=world.now)
    claim(job=job, worker=world.wanda, now=world.now)
    assert claim(job=job, worker=world.worker("Walt"), now=world.later(minutes=29)) is None
    Assignment.objects.filter(worker=world.wanda).update(lease_expires_at=world.later(hours=1))
    assert claim(job=job, worker=world.worker("Wim"), now=world.now) is None
    assert state_of(returned) == "claimed"


def test_before_it_is_taken_up_it_cannot_be_submitted(world, job, returned):
    with pytest.raises(Conflict, match="sent back to you"):
        submit(assignment_id=returned.pk, worker=world.wei, payload=BETTER, want_next=False, now=world.now)


def test_a_closing_job_waits_for_it_and_the_blocked_may_finish_it(world, job, returned):
    block(requester=world.rita, pseudonym=world.wei.pseudonym, reason="", now=world.now)
    close(job=job, now=world.now)
    assert not finish_closing(job_id=job.pk, now=world.now)

    handout = start(job=job, worker=world.wei, now=world.now)
    submit(assignment_id=handout.assignment_id, worker=world.wei, payload=BETTER, want_next=False, now=world.now)
    world.settled(job)
    decide(assignment_id=returned.pk, reviewer=world.rita, said=Said("accept"), now=world.now)

    assert finish_closing(job_id=job.pk, now=world.now)
    assert Job.objects.get(pk=job.pk).state == "closed"
    assert audit() == []


def test_under_both_what_was_adopted_stands_while_one_answer_is_bettered(world):
    job = world.published(images=1, policy={"judge": "both"})
    walt = world.worker("Walt")
    for worker, box in ((world.wei, CAN), (world.wanda, CAN), (walt, ("bag", [70, 50, 20, 20]))):
        world.answer(job, worker, box)
    world.settled(job)
    odd = send_back(world, Assignment.objects.get(worker=walt))
    assert Task.objects.get().state == "open"
    assert audit() == []
    handout = claim(job=job, worker=walt, now=world.now)
    submit(assignment_id=handout.assignment_id, worker=walt, payload=BETTER, want_next=False, now=world.now)
    world.settled(job)

    assert Task.objects.get().state == "review"
    assert audit() == []
    decide(assignment_id=odd.pk, reviewer=world.rita, said=Said("accept"), now=world.now)
    task = Task.objects.get()
    assert (task.state, task.decisions.count(), Review.objects.filter(said="").count()) == ("settled", 1, 0)
    assert audit() == []


@pytest.mark.django_db(transaction=True)
def test_it_is_taken_up_once_by_two_windows_at_once():
    from tests.marketplace.test_assigning import together

    world = World()
    job = world.published(overlap=1, policy={"judge": "requester"})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    send_back(world, given)
    found = together(4, lambda n: claim(job=job, worker=world.wei, now=world.now))
    assert {handout.assignment_id for handout in found} == {given.pk}
    assert audit() == []
