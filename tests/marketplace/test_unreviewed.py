from marketplace.accepting import accept_aged
from marketplace.appealing import appeal
from marketplace.auditing import audit
from marketplace.hearing import case
from marketplace.hearing import decide as hear
from marketplace.models import Assignment, Decision, Review, Task
from marketplace.reviewing import Said, decide
from marketplace.sweeping import sweep
from marketplace.unreviewed import accept_overdue

CAN = ("can", [10, 10, 30, 30])
NO = Said("reject", reason="extra", note="There is no can.")


def waiting(world, **policy):
    job = world.published(images=1, overlap=1, policy={"judge": "requester", **policy})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    return job, given


def test_what_nobody_looks_at_is_accepted_and_paid_after_72_hours(world):
    job, given = waiting(world)
    assert accept_overdue(job_id=job.pk, now=world.later(hours=71)) == 0
    assert accept_overdue(job_id=job.pk, now=world.later(hours=2)) == 1

    given.refresh_from_db()
    assert (given.state, given.verdict.reason, Task.objects.get().state) == ("accepted", "auto_accepted", "settled")
    review = Review.objects.get()
    assert (review.said, review.said_by) == ("accept", None)
    assert audit() == []


def test_the_sweeper_sees_to_it_by_the_jobs_own_hours(world):
    _, given = waiting(world, auto_accept_hours=5)
    assert sweep(now=world.later(hours=6)) == []
    given.refresh_from_db()
    assert given.state == "accepted"
    assert audit() == []


def test_under_both_a_rejection_nobody_confirms_is_none(world):
    job = world.published(images=1, policy={"judge": "both"})
    for worker, box in ((world.wei, CAN), (world.wanda, CAN), (world.worker("Walt"), ("bag", [70, 50, 20, 20]))):
        world.answer(job, worker, box)
    world.settled(job)
    assert accept_overdue(job_id=job.pk, now=world.later(hours=73)) == 1
    assert set(Assignment.objects.values_list("state", flat=True)) == {"accepted"}
    assert Decision.objects.get().kind == "votes"
    assert audit() == []


def test_a_sample_waits_for_ever_it_is_paid(world):
    job = world.published(images=1, overlap=1, policy={"review_share": 1.0})
    world.answer(job, world.wei, CAN)
    world.settled(job)
    assert accept_overdue(job_id=job.pk, now=world.later(days=90)) == 0
    assert Review.objects.filter(said="").count() == 1


def test_three_weeks_after_it_was_given_nothing_waits(world):
    job = world.published(images=1, overlap=2, policy={"judge": "requester"})
    early = world.answer(job, world.wei, CAN)
    world.later(days=20, hours=23)
    world.answer(job, world.wanda, CAN)
    world.settled(job)
    accept_aged(now=world.later(hours=2))
    assert accept_overdue(job_id=job.pk, now=world.now) == 1
    early.refresh_from_db()
    assert early.state == "accepted"
    assert audit() == []


def test_who_was_paid_by_a_deadline_before_the_task_was_complete_has_a_verdict_when_it_is(world):
    job = world.published(images=1, overlap=2, policy={"judge": "requester"})
    early = world.answer(job, world.wei, CAN)
    accept_aged(now=world.later(days=22))
    late = world.answer(job, world.wanda, CAN)
    world.settled(job)
    decide(assignment_id=late.pk, reviewer=world.rita, said=Said("accept"), now=world.now)
    early.refresh_from_db()
    assert (early.state, early.verdict.reason) == ("accepted", "auto_accepted")
    assert audit() == []


def test_a_rejection_by_hand_is_contested_before_an_admin_and_upheld_settles_the_task(world):
    _job, given = waiting(world)
    decide(assignment_id=given.pk, reviewer=world.rita, said=NO, now=world.now)
    found = appeal(assignment_id=given.pk, worker=world.wei, reason="It is a can.", now=world.later(days=1))
    assert (found.rejected_by, found.addressee) == (world.rita, "admin")
    seen = case(decider=world.ada, appeal_id=found.pk)
    assert (seen.consensus, seen.rule) == (None, "A person looked at it and said: Marks what is not there.")
    assert audit() == []

    hear(decider=world.ada, appeal_id=found.pk, uphold=True, answer="It is.", adopt=False, now=world.now)

    given.refresh_from_db()
    task = Task.objects.get()
    assert (given.state, task.state, task.doubt) == ("overturned", "settled", None)
    assert Decision.objects.get().consensus.body["objects"][0]["label"] == "can"
    assert audit() == []


def test_an_upheld_answer_that_is_adopted_settles_the_task_too(world):
    _job, given = waiting(world)
    decide(assignment_id=given.pk, reviewer=world.rita, said=NO, now=world.now)
    found = appeal(assignment_id=given.pk, worker=world.wei, reason="It is a can.", now=world.later(days=1))
    hear(decider=world.ada, appeal_id=found.pk, uphold=True, answer="It is.", adopt=True, now=world.now)
    assert (Task.objects.get().state, Decision.objects.get().kind) == ("settled", "appeal")
    assert audit() == []
