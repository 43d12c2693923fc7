import itertools
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from annotation.models import Annotation
from annotation.shapes import AnswerRefused
from billing import ledger
from billing.models import Transfer
from billing.wallets import earnings_of
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.errors import Conflict, Refused
from marketplace.models import Assignment, AuditEntry, Decision, Place, Review, Task
from marketplace.review_queue import waiting
from marketplace.reviewing import Said, decide, replace_rejected
from marketplace.settling import finalise_rejections
from tests.marketplace.test_assigning import together
from tests.world import World

CAN = ("can", [10, 10, 30, 30])
NEAR = ("can", [12, 11, 30, 30])
ELSEWHERE = ("bag", [70, 50, 20, 20])


@pytest.fixture
def by_hand(world):
    """A job with one answer an image that Rita judges herself."""
    return world.published(overlap=1, policy={"judge": "requester"})


def earned(worker):
    return ledger.balance(account_id=earnings_of(worker=worker).pk)


def free(job):
    job.refresh_from_db()
    return ledger.balance(account_id=job.escrow_free_id)


def said(world, assignment, decision, **more):
    return decide(assignment_id=assignment.pk, reviewer=world.rita, said=Said(decision, **more), now=world.now)


def rejected(world, assignment, note="There is no can."):
    return said(world, assignment, "reject", reason="extra", note=note)


def test_votes_decide_nothing_and_the_answer_waits(world, by_hand):
    given = world.answer(by_hand, world.wei, CAN)

    assert world.settled(by_hand) == 0

    given.refresh_from_db()
    assert (given.state, given.verdict, Task.objects.get(pk=given.task_id).state) == ("submitted", None, "review")
    assert [(row.assignment, row.why) for row in waiting(job=by_hand)] == [(given, "every")]
    assert earned(world.wei) == 0
    assert audit() == []


def test_accepted_is_paid_at_once_and_is_the_result(world, by_hand):
    given = world.answer(by_hand, world.wei, CAN)
    world.settled(by_hand)

    after = said(world, given, "accept")

    assert (after.state, after.verdict.reason, earned(world.wei)) == ("accepted", "accepted_by_requester", 50_000)
    decision = Decision.objects.get(task=given.task_id)
    assert (decision.kind, decision.decided_by) == ("review", None)
    assert decision.consensus.body["objects"][0]["bbox"] == CAN[1]
    assert Task.objects.get(pk=given.task_id).state == "settled"
    assert not waiting(job=by_hand).exists()
    assert AuditEntry.objects.filter(actor=world.rita, action="assignment.accepted", object_id=str(given.pk)).exists()
    assert audit() == []


def test_rejected_keeps_its_money_until_it_is_final_and_its_worker_reads_why(world, by_hand):
    given = world.answer(by_hand, world.wei, CAN)
    world.settled(by_hand)

    after = rejected(world, given)

    assert (after.state, after.verdict.reason, after.verdict.explanation) == ("rejected", "extra", "There is no can.")
    assert after.final_at == world.now + timedelta(days=by_hand.appeal_days)
    assert Place.objects.get(pk=given.place_id).held == 60_000
    assert Review.objects.get(assignment=given).said_by == world.rita
    assert audit() == []


def test_a_replacement_is_bought_with_free_money(world):
    job = world.published(images=1, overlap={"min": 1, "max": 2}, policy={"judge": "requester"})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    rejected(world, given)

    task = Task.objects.get()
    assert (task.state, task.wanted, task.answers, free(job)) == ("open", 2, 1, 0)
    assert audit() == []
    again = world.answer(job, world.wanda, NEAR)
    world.settled(job)
    said(world, again, "accept")
    task.refresh_from_db()
    assert task.state == "settled"
    assert [found["bbox"] for found in Decision.objects.get().consensus.body["objects"]] == [NEAR[1]]
    assert audit() == []


def test_without_money_the_task_waits_for_an_adjudication_or_for_money_that_comes_free(world):
    job = world.published(images=1, overlap=1, policy={"judge": "requester"})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    rejected(world, given)
    task = Task.objects.get()
    assert (task.state, task.doubt) == ("review", 1.0)
    assert replace_rejected(job_id=job.pk, now=world.now) == 0
    assert audit() == []

    finalise_rejections(job_id=job.pk, now=world.later(days=8))
    assert replace_rejected(job_id=job.pk, now=world.now) == 1
    task.refresh_from_db()
    assert (task.state, task.doubt, task.wanted) == ("open", None, 2)
    assert audit() == []


def test_a_task_is_settled_from_its_accepted_answers_once_the_last_is_judged(world):
    job = world.published(images=1, policy={"judge": "requester"}, overlap=3)
    a, b, c = (
        world.answer(job, w, box) for w, box in ((world.wei, CAN), (world.wanda, NEAR), (world.worker("Walt"), CAN))
    )
    world.settled(job)
    said(world, a, "accept")
    said(world, b, "accept")
    assert not Decision.objects.exists()
    said(world, c, "accept")

    body = Decision.objects.get().consensus.body
    assert [(found["votes_for"], found["votes_of"]) for found in body["objects"]] == [(3, 3)]
    assert audit() == []


@pytest.mark.parametrize(
    ("bad", "fields"),
    [
        (Said("reject"), ["note", "reason"]),
        (Said("reject", reason="extra", note=" "), ["note"]),
        (Said("reject", reason="ugly", note="No."), ["reason"]),
        (Said("reject", reason="extra", note="x" * 1025), ["note"]),
        (Said("return"), ["note"]),
        (Said("return", note="a\x00b"), ["note"]),
        (Said("accept", reason="extra"), ["reason"]),
        (Said("accept", annotation={}), ["annotation"]),
        (Said("fix"), ["annotation"]),
        (Said("burn"), ["decision"]),
    ],
)
def test_what_is_missing_is_named_and_nothing_happens(world, by_hand, bad, fields):
    given = world.answer(by_hand, world.wei, CAN)
    world.settled(by_hand)

    with pytest.raises(Refused) as refused:
        decide(assignment_id=given.pk, reviewer=world.rita, said=bad, now=world.now)

    assert [problem.field for problem in refused.value.problems] == fields
    assert Review.objects.get().said == ""


def test_a_rejection_without_reason_text_and_person_is_refused_by_the_database_too(world, by_hand):
    given = world.answer(by_hand, world.wei, CAN)
    world.settled(by_hand)
    row = Review.objects.filter(assignment=given)
    for left_out in ({"reason": ""}, {"note": ""}, {"said_by": None}):
        whole = {"said": "reject", "reason": "extra", "note": "No.", "said_by": world.rita, "said_at": world.now}
        with pytest.raises(IntegrityError, match="review_rejected_by_somebody"), transaction.atomic():
            row.update(**{**whole, **left_out})


def test_others_answers_and_what_does_not_wait_cannot_be_decided(world, by_hand):
    given = world.answer(by_hand, world.wei, CAN)
    with pytest.raises(Conflict, match="does not wait"):
        said(world, given, "accept")
    world.settled(by_hand)
    for stranger in (world.rosa, world.wei, world.ada):
        with pytest.raises(Assignment.DoesNotExist):
            decide(assignment_id=given.pk, reviewer=stranger, said=Said("accept"), now=world.now)
    said(world, given, "accept")
    with pytest.raises(Conflict, match="does not wait"):
        rejected(world, given)
    assert Transfer.objects.filter(kind="accepted").count() == 1
    assert audit() == []


# --- both -----------------------------------------------------------------------------------------------------------


def both(world, **changes):
    job = world.published(images=1, policy={"judge": "both", **changes})
    walt = world.worker("Walt")
    for worker, box in ((world.wei, CAN), (world.wanda, NEAR), (walt, ELSEWHERE)):
        world.answer(job, worker, box)
    world.settled(job)
    return job, Assignment.objects.get(worker=walt)


def test_votes_pay_but_a_rejection_waits_until_the_requester_confirms_it(world):
    job, odd = both(world)

    assert dict(Assignment.objects.values_list("worker__name", "state")) == {
        "Wei": "accepted", "Wanda": "accepted", "Walt": "submitted",
    }  # fmt: skip
    assert odd.verdict is None
    review = waiting(job=job).get()
    assert (review.why, review.proposal.reason, Task.objects.get().state) == ("rejection", "low_agreement", "settled")
    assert audit() == []

    after = rejected(world, odd, note="A can, not a bag.")
    assert (after.state, after.verdict.explanation, after.verdict.revision) == ("rejected", "A can, not a bag.", 2)
    assert after.verdict.evidence == review.proposal.evidence
    assert after.verdict.consensus == Decision.objects.get().consensus
    assert audit() == []


def test_the_requester_may_overrule_the_votes_and_pay(world):
    _, odd = both(world)
    assert said(world, odd, "accept", note="Fair enough.").state == "accepted"
    assert earned(odd.worker) == 50_000
    assert Decision.objects.get().kind == "votes"
    assert audit() == []


def test_a_single_answer_is_no_vote_and_waits_too(world):
    job = world.published(images=1, overlap=1, policy={"judge": "both"})
    given = world.answer(job, world.wei, CAN)
    assert world.settled(job) == 0
    assert said(world, given, "accept").state == "accepted"
    assert audit() == []


# --- fix ------------------------------------------------------------------------------------------------------------


def test_a_correction_is_adopted_and_the_answer_is_judged_apart(world, by_hand):
    given = world.answer(by_hand, world.wei, CAN)
    world.settled(by_hand)
    shapes = [{"type": "box", "label": "can", "bbox": [40, 10, 30, 30]}]

    said(world, given, "fix", annotation={"shapes": shapes})

    decision = Decision.objects.get()
    assert (decision.kind, decision.decided_by) == ("review", world.rita)
    assert decision.consensus.body["objects"][0]["bbox"] == [40, 10, 30, 30]
    assert Review.objects.get().said == ""
    assert audit() == []
    after = rejected(world, given, note="Beside the can.")
    assert after.verdict.consensus == decision.consensus
    assert after.verdict.evidence["missed"] == [0]
    task = Task.objects.get(pk=given.task_id)
    assert (task.state, task.wanted) == ("settled", 1)
    assert audit() == []


def test_a_correction_may_be_another_answer_and_is_parsed_like_any(world):
    job, odd = both(world)
    said(world, odd, "fix", pick=odd.pk)
    assert Decision.objects.get(current=True).consensus.body["objects"][0]["label"] == "bag"
    with pytest.raises(Refused) as refused:
        said(world, odd, "fix", pick=job.escrow_free.pk)
    assert [problem.field for problem in refused.value.problems] == ["pick"]
    with pytest.raises(AnswerRefused, match="outside"):
        said(world, odd, "fix", annotation={"shapes": [{"type": "box", "label": "can", "bbox": [500, 0, 9, 9]}]})
    assert audit() == []


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_four_decisions_at_once_are_one():
    world = World()
    job = world.published(images=1, overlap=1, policy={"judge": "requester"})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    ways = itertools.cycle([Said("accept"), Said("reject", reason="extra", note="No.")])
    chosen = [next(ways) for _ in range(4)]

    def one(n):
        try:
            decide(assignment_id=given.pk, reviewer=world.rita, said=chosen[n], now=world.now)
        except Conflict:
            return 0
        return 1

    assert sum(together(4, one)) == 1
    assert audit() == []


def test_no_answer_is_ever_changed_by_a_review(world, by_hand):
    given = world.answer(by_hand, world.wei, CAN)
    world.settled(by_hand)
    before = Annotation.objects.values_list("pk", "body").get()
    said(world, given, "fix", annotation={"shapes": [], "empty": True})
    assert Annotation.objects.values_list("pk", "body").get() == before
    assert claim(job=by_hand, worker=world.wanda, now=world.now)
    connection.check_constraints()
