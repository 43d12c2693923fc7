import pytest

from marketplace import gold_standing
from marketplace.auditing import audit
from marketplace.errors import Conflict
from marketplace.models import Assignment, Enrolment, Review, Task, User
from marketplace.reviewing import Said, decide
from marketplace.unreviewed import accept_overdue
from qa.models import GoldResult
from tests.known import job_with_gold, settle_round, work

pytestmark = pytest.mark.django_db


def test_gold_is_told_together_with_another_image_and_paid_the_same(world):
    job = job_with_gold(world)
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        given = work(world, job, worker, answers=12)
        assert any(one.task.state == "gold" for one in given)
    assert settle_round(world, job) > 0

    told = Assignment.objects.filter(task__state="gold", settled_at__isnull=False)
    assert told
    for one in told:
        others = Assignment.objects.filter(worker=one.worker, settled_at=one.settled_at)
        assert others.exclude(task__state="gold").exists()
        assert (one.state, one.earned, one.verdict.reason) == ("accepted", job.reward, "agrees")
    assert GoldResult.objects.filter(right=True).count() == told.count()
    assert audit() == []


def test_a_wrong_answer_to_gold_is_rejected_in_the_words_of_any_other(world):
    job = job_with_gold(world)
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        work(world, job, worker, answers=12, wrong_on_gold=True)
    settle_round(world, job)

    told = Assignment.objects.filter(task__state="gold", settled_at__isnull=False)
    assert {one.state for one in told} == {"rejected"}
    assert {one.verdict.explanation for one in told} == {"You chose night where day was adopted."}
    assert {one.verdict.reason for one in told} == {"low_agreement"}
    assert audit() == []


def by_hand(world, judge, *, wrong=()):
    """Three workers have answered a job that people judge; what waits for its requester is in the queue."""
    job = job_with_gold(world, policy={"gold_share": 0.25, "gold_onboarding": 2, "gold_first": 6, "judge": judge})
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        work(world, job, worker, answers=12, wrong_on_gold=worker in wrong)
    settle_round(world, job)
    return job


def gold_answers(**state):
    return Assignment.objects.filter(task__state="gold", submitted_at__isnull=False, **state)


def said(world, decision, **more):
    return {"reviewer": world.rita, "said": Said(decision=decision, **more), "now": world.now}


def test_where_the_requester_judges_gold_waits_in_the_queue_beside_another_image(world):
    by_hand(world, "requester")
    assert not gold_answers().exclude(state="submitted").exists(), "nobody is told anything yet"
    queued = Review.objects.filter(said="", assignment__task__state="gold")
    assert queued.exists()
    assert not GoldResult.objects.exists()
    for review in queued:
        beside = Review.objects.filter(opened_at=review.opened_at, assignment__worker=review.assignment.worker)
        assert beside.exclude(assignment__task__state="gold").exists()
    for review in list(Review.objects.filter(said="")):
        decide(assignment_id=review.assignment_id, **said(world, "accept"))
    told = gold_answers(state="accepted")
    assert (
        told.count()
        == GoldResult.objects.filter(right=True).count()
        == queued.model.objects.filter(assignment__task__state="gold").count()
    )
    reasons = {one.verdict.reason: one.verdict.evidence for one in Assignment.objects.filter(verdict__isnull=False)}
    assert reasons == {"accepted_by_requester": {}}, "the same words as of any other image"
    assert audit() == []


def test_a_requester_may_reject_or_send_back_an_answer_to_gold_but_not_correct_it(world):
    by_hand(world, "requester", wrong=(world.wei,))
    first, second = Review.objects.filter(said="", assignment__task__state="gold", assignment__worker=world.wei)[:2]
    with pytest.raises(Conflict, match="among the known answers"):
        decide(assignment_id=first.assignment_id, **said(world, "fix", annotation={"tags": ["day"]}))
    decide(assignment_id=first.assignment_id, **said(world, "reject", reason="label", note="It is day."))
    assert GoldResult.objects.get().right is False
    decide(assignment_id=second.assignment_id, **said(world, "return", note="Look again."))
    task = Task.objects.get(pk=second.assignment.task_id)
    assert task.state == "gold"
    assert audit() == []


def test_under_both_what_votes_accept_is_told_and_what_they_reject_is_proposed(world):
    job = by_hand(world, "both", wrong=(world.wei,))
    assert {one.worker for one in gold_answers(state="accepted")} <= set(User.objects.exclude(pk=world.wei.pk))
    assert not gold_answers(state="rejected").exists()
    proposed = Review.objects.filter(said="", why="rejection", assignment__task__state="gold")
    assert {review.assignment.worker for review in proposed} == {world.wei}
    assert all(review.proposal.explanation == "You chose night where day was adopted." for review in proposed)
    assert GoldResult.objects.filter(worker=world.wei).count() == 0
    assert audit() == []
    count = proposed.count()
    for review in list(proposed):
        decide(assignment_id=review.assignment_id, **said(world, "reject", reason="label", note="It is day."))
    assert GoldResult.objects.filter(worker=world.wei, right=False).count() == count
    gold_standing.attend(job_id=job.pk, now=world.now)
    assert Enrolment.objects.get(worker=world.wei).state == "blocked"
    assert audit() == []


def test_what_the_requester_never_looks_at_is_accepted_gold_as_well(world):
    job = by_hand(world, "requester", wrong=(world.wei,))
    assert accept_overdue(job_id=job.pk, now=world.later(hours=80)) > 0
    queued = Review.objects.filter(assignment__task__state="gold")
    assert queued.exists()
    assert not queued.exclude(said="accept").exists()
    assert GoldResult.objects.filter(right=False, worker=world.wei).exists(), "paid, and wrong all the same"
    assert audit() == []
