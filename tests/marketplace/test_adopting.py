from datetime import timedelta

import pytest
from django.db import transaction

from annotation.shapes import read_answer
from marketplace.adopting import Answered, Decided, Given, adopt, extend
from marketplace.models import Assignment, Decision, Place, Task
from marketplace.policies import policy_of
from marketplace.turns import REOPENED_LANE
from qa.models import Consensus, Verdict
from qa.verdict import WorkerAnswer, decide
from tests.marketplace.test_settling import CAN, NEAR, three_answers


def decided(job):
    """The job's tasks as settling would have decided them, every vote counting the same."""
    found = []
    for task in Task.objects.filter(job=job).order_by("pk"):
        rows = Assignment.objects.filter(task=task, state__in=Assignment.ANSWERED).select_related("annotation")
        given = [Given(str(row.pk), row.task_id, row.worker_id, row.state, row.annotation.body) for row in rows]
        crowd = [WorkerAnswer(row.key, read_answer(row.body)) for row in given]
        outcome = decide(answers=crowd, policy=policy_of(job=job))
        found.append(Decided(Answered(task.pk, task.image_id, task.wanted), given, outcome))
    return found


@pytest.fixture
def job(world):
    return world.published(images=1)


def test_what_was_decided_is_stored_and_what_is_to_be_paid_is_told(world, job):
    walt = three_answers(world, job)

    postings = adopt(job=job, decided=decided(job), policy=policy_of(job=job), now=world.now)

    assert sorted((posting.kind, posting.amount) for posting in postings) == [
        ("accepted", 50_000), ("accepted", 50_000), ("accepted_fee", 10_000), ("accepted_fee", 10_000),
    ]  # fmt: skip
    task, decision = Task.objects.get(), Decision.objects.get()
    assert (task.state, task.settled_at, task.disputed) == ("settled", world.now, False)
    assert (decision.task, decision.consensus, decision.current) == (task, Consensus.objects.get(), True)
    assert (decision.kind, decision.revision, decision.decided_at) == (Decision.Kind.VOTES, 1, world.now)
    refused = Assignment.objects.get(worker=walt)
    assert (refused.state, refused.earned, refused.settled_at) == ("rejected", 0, world.now)
    assert refused.final_at == world.now + timedelta(days=job.appeal_days)
    assert refused.verdict == Verdict.objects.get(worker=walt)
    assert set(Assignment.objects.exclude(worker=walt).values_list("state", "earned", "final_at")) == {
        ("accepted", 50_000, None)
    }


def test_a_place_holds_its_money_until_its_answer_is_paid_or_its_rejection_is_final(world, job):
    walt = three_answers(world, job)

    adopt(job=job, decided=decided(job), policy=policy_of(job=job), now=world.now)

    held = {place.assignments.get().worker: place.held for place in Place.objects.all()}
    assert held == {world.wei: 0, world.wanda: 0, walt: 60_000}


def test_a_task_that_another_settler_decided_meanwhile_is_not_decided_again(world, job):
    three_answers(world, job)
    found = decided(job)
    world.settled(job)

    with pytest.raises(AssertionError, match="nobody else settles"), transaction.atomic():
        adopt(job=job, decided=found, policy=policy_of(job=job), now=world.now)


def test_an_answer_that_was_judged_meanwhile_is_not_judged_again(world, job):
    three_answers(world, job)
    found = decided(job)
    world.settled(job)
    Task.objects.update(state="answered")

    with pytest.raises(AssertionError, match="nobody else judges"), transaction.atomic():
        adopt(job=job, decided=found, policy=policy_of(job=job), now=world.now)


def test_a_task_decided_anew_has_one_current_decision_and_pays_nobody_twice(world, job):
    three_answers(world, job)
    world.settled(job)
    Task.objects.update(state="answered")

    assert adopt(job=job, decided=decided(job), policy=policy_of(job=job), now=world.now) == []

    assert list(Decision.objects.order_by("revision").values_list("revision", "current")) == [(1, False), (2, True)]


def test_a_task_that_needs_one_more_answer_is_open_again_with_a_place_that_is_handed_out_first(world, job):
    for worker, box in ((world.wei, CAN), (world.wanda, NEAR), (world.worker("Walt"), CAN)):
        world.answer(job, worker, box)
    task = Task.objects.get()
    job.refresh_from_db()

    with transaction.atomic():
        (posting,) = extend(job=job, tasks=[Answered(task.pk, task.image_id, task.wanted)])

    task.refresh_from_db()
    assert (task.state, task.wanted, task.answered_at) == ("open", 4, None)
    place = Place.objects.get(ordinal=4)
    assert (place.state, place.lane, place.held) == ("open", REOPENED_LANE, 60_000)
    assert (posting.kind, posting.amount, posting.key) == ("places", 60_000, f"task:{task.pk}:4")
    assert posting.source == job.escrow_free_id
    assert posting.target == job.escrow_committed_id


def test_nothing_decided_is_nothing_done(world, job, django_assert_num_queries):
    policy = policy_of(job=job)
    with django_assert_num_queries(0):
        assert adopt(job=job, decided=[], policy=policy, now=world.now) == []
        assert extend(job=job, tasks=[]) == []
