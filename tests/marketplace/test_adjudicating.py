import pytest

from annotation.shapes import AnswerRefused
from billing import ledger
from billing.models import Transfer
from billing.wallets import earnings_of
from marketplace.adjudicating import Choice, adjudicate, jobs_waiting, waiting
from marketplace.auditing import audit
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import Assignment, AuditEntry, Decision, Place, Review, Task
from marketplace.reviewing import Said, decide
from marketplace.settling import finalise_rejections
from qa.models import Gold

CAN = ("can", [10, 10, 30, 30])
NEAR = ("can", [14, 10, 30, 30])
ELSEWHERE = ("bag", [70, 50, 20, 20])
OWN = {"shapes": [{"type": "box", "label": "bag", "bbox": [70, 50, 20, 20]}]}


def earned(worker):
    return ledger.balance(account_id=earnings_of(worker=worker).pk)


def answered(world, *boxes, **changes):
    """A job with one image and an answer for each of these boxes; Wei's is the first, Wanda's the second."""
    job = world.published(images=1, overlap=len(boxes), **changes)
    workers = [world.wei, world.wanda, *(world.worker(f"Walt{n}") for n in range(len(boxes) - 2))]
    given = [world.answer(job, worker, box) for worker, box in zip(workers, boxes, strict=False)]
    world.settled(job)
    return job, given


def decided(world, task, person=None, **choice):
    return adjudicate(task_id=task.pk, person=person or world.rita, choice=Choice(**choice), now=world.now)


@pytest.fixture
def disputed(world):
    """Two answers that have nothing in common: both are paid, neither is sure."""
    job, given = answered(world, CAN, ELSEWHERE)
    return job, given, Task.objects.get()


def test_what_votes_could_not_decide_waits_and_what_they_could_does_not(world, disputed):
    job, _, task = disputed
    assert list(waiting(job=job)) == [task]
    clear, _ = answered(world, CAN, CAN)
    assert not waiting(job=clear).exists()


def test_at_the_maximum_and_less_sure_than_asked_for_waits_too(world):
    job, _ = answered(world, CAN, CAN, ELSEWHERE, policy={"target_confidence": 0.9})
    task = Task.objects.get()
    assert not task.disputed
    assert list(waiting(job=job)) == [task]


def test_those_come_first_of_which_a_decision_is_worth_most(world):
    job = world.published(images=2, overlap=2, policy={"target_confidence": 0.99})
    world.answer(job, world.wei, CAN)
    near = world.answer(job, world.wei, CAN)
    world.answer(job, world.wanda, ELSEWHERE)
    world.answer(job, world.wanda, CAN, ELSEWHERE)
    world.settled(job)

    first, second = waiting(job=job)
    assert second.pk == near.task_id
    assert first.doubt > second.doubt > 0


def test_the_picked_answer_is_adopted_and_no_pay_is_taken_back(world, disputed):
    _, (_, wandas), task = disputed
    before = Transfer.objects.count()

    decision = decided(world, task, pick=wandas.pk, as_gold=True)

    assert (decision.kind, decision.revision, decision.decided_by, decision.as_gold) == (
        "adjudication", 2, world.rita, True,
    )  # fmt: skip
    assert [found["label"] for found in decision.consensus.body["objects"]] == ["bag"]
    assert set(Assignment.objects.values_list("state", flat=True)) == {"accepted"}
    assert (earned(world.wei), earned(world.wanda), Transfer.objects.count()) == (50_000, 50_000, before)
    assert Decision.objects.filter(current=True).count() == 1
    task.refresh_from_db()
    assert (task.disputed, task.doubt) == (False, None)
    assert AuditEntry.objects.filter(actor=world.rita, action="task.adjudicated", object_id=str(task.pk)).exists()
    assert audit() == []


def test_several_answers_are_merged(world):
    job, (a, b, _) = answered(world, CAN, NEAR, ELSEWHERE, policy={"clear_agreement": 1.0})
    decision = decided(world, waiting(job=job).get(), merge=[a.pk, b.pk])
    assert decision.consensus.body["objects"][0]["bbox"] == [12, 10, 30, 30]
    assert len(decision.consensus.body["objects"]) == 1
    assert not decision.as_gold


def test_a_decision_that_is_to_serve_becomes_a_known_answer_of_the_job(world, disputed):
    job, (_, wandas), task = disputed

    decided(world, task, pick=wandas.pk, as_gold=True)

    gold = Gold.objects.get()
    assert (gold.source, gold.state, gold.image) == ("adjudicated", "active", task.image)
    assert [(shape["label"], shape["bbox"]) for shape in gold.body["shapes"]] == [(ELSEWHERE[0], ELSEWHERE[1])]
    # Decided once more, the image is known already: the decision stands.
    assert decided(world, task, annotation=OWN, as_gold=True).revision == 3
    assert Gold.objects.count() == 1
    assert Task.objects.filter(job=job).count() == 2
    assert audit() == []


def test_without_a_word_a_decision_serves_as_nothing(world, disputed):
    decided(world, disputed[2], annotation=OWN)

    assert not Gold.objects.exists()


def test_an_annotation_of_ones_own_is_adopted(world, disputed):
    decision = decided(world, disputed[2], annotation=OWN)
    assert decision.consensus.body["objects"][0]["bbox"] == ELSEWHERE[1]
    assert audit() == []


def test_a_rejected_answer_that_was_right_is_paid_while_its_money_is_held(world):
    job, (_, _, odd) = answered(world, CAN, CAN, ELSEWHERE)
    odd.refresh_from_db()
    assert odd.state == "rejected"

    decided(world, Task.objects.get(), pick=odd.pk)

    odd.refresh_from_db()
    assert (odd.state, odd.earned, odd.final_at, odd.verdict.reason) == ("accepted", 50_000, None, "chosen")
    assert earned(odd.worker) == 50_000
    assert Place.objects.get(pk=odd.place_id).held == 0
    assert set(Assignment.objects.exclude(pk=odd.pk).values_list("state", flat=True)) == {"accepted"}
    assert audit() == []
    decided(world, Task.objects.get(), pick=odd.pk)
    assert Transfer.objects.filter(kind="accepted").count() == 3
    assert finalise_rejections(job_id=job.pk, now=world.later(days=8)) == 0
    assert audit() == []


def test_a_final_rejection_stays_final_the_money_is_gone(world):
    job, (_, _, odd) = answered(world, CAN, CAN, ELSEWHERE)
    finalise_rejections(job_id=job.pk, now=world.later(days=8))
    decided(world, Task.objects.get(), pick=odd.pk)
    odd.refresh_from_db()
    assert (odd.state, odd.verdict.reason) == ("rejected", "low_agreement")
    assert audit() == []


def test_what_waits_for_review_is_paid_when_it_agrees_and_else_waits_on(world):
    _job, (_, _, odd) = answered(world, CAN, CAN, ELSEWHERE, policy={"judge": "both"})
    decided(world, Task.objects.get(), annotation={"shapes": [], "empty": True})
    assert Review.objects.get().said == ""
    decided(world, Task.objects.get(), annotation=OWN)
    odd.refresh_from_db()
    assert (odd.state, odd.verdict.reason, Review.objects.get().said) == (
        "accepted", "agrees_with_decision", "overtaken",
    )  # fmt: skip
    assert audit() == []


def test_a_task_left_without_an_accepted_answer_is_decided_here(world):
    job = world.published(images=1, overlap=1, policy={"judge": "requester"})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    decide(assignment_id=given.pk, reviewer=world.rita, said=Said("reject", reason="extra", note="No."), now=world.now)
    task = waiting(job=job).get()

    decided(world, task, annotation=OWN)

    task.refresh_from_db()
    assert (task.state, task.doubt) == ("settled", None)
    given.refresh_from_db()
    assert given.state == "rejected"
    assert audit() == []


@pytest.mark.parametrize(
    ("choice", "fields"),
    [
        ({}, ["pick"]),
        ({"pick": 0, "merge": [0, 1]}, ["pick", "merge"]),
        ({"pick": 0, "annotation": OWN}, ["pick", "annotation"]),
        ({"merge": [0]}, ["merge"]),
        ({"merge": [0, 0]}, ["merge"]),
        ({"pick": "job"}, ["pick"]),
    ],
)
def test_a_choice_is_exactly_one(world, disputed, choice, fields):
    _, given, task = disputed
    by = {0: given[0].pk, 1: given[1].pk, "job": Place.objects.first().task.image.pk}
    whole = {
        name: [by[n] for n in value] if isinstance(value, list) else by.get(value, value) if name == "pick" else value
        for name, value in choice.items()
    }
    with pytest.raises(Refused) as refused:
        decided(world, task, **whole)
    assert [problem.field for problem in refused.value.problems] == fields
    assert Decision.objects.count() == 1


def test_an_annotation_is_held_against_the_image_and_the_labels(world, disputed):
    with pytest.raises(AnswerRefused, match="outside"):
        decided(world, disputed[2], annotation={"shapes": [{"type": "box", "label": "bag", "bbox": [500, 0, 9, 9]}]})


def test_others_tasks_are_not_found(world, disputed):
    for stranger in (world.rosa, world.wei, world.ada):
        with pytest.raises(Task.DoesNotExist):
            decided(world, disputed[2], stranger, annotation=OWN)


def test_an_admin_decides_where_the_policy_says_so(world):
    job, given = answered(world, CAN, ELSEWHERE, policy={"adjudicator": "admin"})
    assert list(jobs_waiting(admin=world.ada)) == [job]
    with pytest.raises(Forbidden, match="An admin decides"):
        decided(world, Task.objects.get(), pick=given[0].pk)
    assert decided(world, Task.objects.get(), world.ada, pick=given[0].pk).decided_by == world.ada
    assert not jobs_waiting(admin=world.ada).exists()
    assert audit() == []


def test_a_task_that_waits_for_answers_cannot_be_decided(world):
    world.published(images=1)
    with pytest.raises(Conflict, match="still waits"):
        decided(world, Task.objects.get(), annotation=OWN)


def test_votes_do_not_undo_a_persons_decision(world):
    job, (_, _, odd) = answered(world, CAN, CAN, ELSEWHERE, policy={"judge": "both"})
    decided(world, Task.objects.get(), annotation={"shapes": [], "empty": True})
    decide(assignment_id=odd.pk, reviewer=world.rita, said=Said("return", note="Empty?"), now=world.now)
    again = world.answer(job, odd.worker)
    assert again.pk == odd.pk
    world.settled(job)
    decision = Decision.objects.get(current=True)
    assert decision.kind == "adjudication"
    assert audit() == []
