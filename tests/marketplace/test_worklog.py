import pytest
from django.db import IntegrityError, connection, transaction

from marketplace import worklog
from marketplace.assigning import claim
from marketplace.closing import close
from marketplace.leases import expire, give_back, renew, skip
from marketplace.models import Assignment, WorkEvent
from marketplace.posting import pause
from marketplace.submitting import submit

EMPTY = {"schema": 1, "shapes": [], "empty": True}


def steps(handout):
    """The steps of one assignment, in time."""
    rows = WorkEvent.objects.filter(assignment=handout.assignment_id).order_by("at", "pk")
    return [*rows.values_list("kind", flat=True)]


def answer(world, handout, want_next=True):
    return submit(
        assignment_id=handout.assignment_id, worker=world.wei, payload=EMPTY, want_next=want_next,
        now=world.later(seconds=1),
    )  # fmt: skip


def test_every_step_of_a_look_ahead_is_noted(world):
    job = world.published(images=9, overlap=1)
    first = claim(job=job, worker=world.wei, now=world.now)
    reply = answer(world, first)
    renew(assignment_id=reply.next.assignment_id, worker=world.wei, now=world.later(seconds=1))
    after = answer(world, reply.next)
    answer(world, after.next, want_next=False)

    assert steps(first) == ["claimed", "submitted"]
    assert steps(reply.next) == ["claimed", "renewed", "submitted"]
    assert steps(reply.ahead) == ["reserved", "claimed", "submitted"]
    assert steps(after.ahead) == ["reserved"]


def test_leaving_a_task_is_noted_and_so_is_what_goes_back_with_it(world):
    job = world.published(images=9, overlap=1)
    reply = answer(world, claim(job=job, worker=world.wei, now=world.now))
    skip(assignment_id=reply.next.assignment_id, worker=world.wei, reason="", now=world.later(seconds=1))
    promoted = claim(job=job, worker=world.wei, now=world.later(seconds=1))
    give_back(assignment_id=promoted.assignment_id, worker=world.wei, now=world.later(seconds=1))

    assert steps(reply.next) == ["claimed", "skipped"]
    assert steps(reply.ahead) == ["reserved", "claimed", "given_back"]


@pytest.mark.parametrize(("end", "step"), [(pause, "given_back"), (close, "cancelled")])
def test_what_a_requester_ends_is_noted(world, end, step):
    job = world.published(images=9, overlap=1)
    reply = answer(world, claim(job=job, worker=world.wei, now=world.now))

    end(job=job, now=world.later(seconds=1))

    assert steps(reply.ahead) == ["reserved", step]
    assert steps(reply.next) == ["claimed"]


def test_a_late_answer_that_is_taken_is_an_answer(world):
    job = world.published(images=1, overlap=1)
    first = claim(job=job, worker=world.wei, now=world.now)
    expire(now=world.later(hours=1))
    answer(world, first)

    assert steps(first) == ["claimed", "expired", "submitted"]


def test_an_event_says_whose_step_it_was_of_what_and_when(world):
    job = world.published(images=1)
    first = claim(job=job, worker=world.wei, now=world.now)

    event = WorkEvent.objects.get()

    mine = Assignment.objects.get()
    assert (event.assignment, event.job, event.task, event.worker, event.at) == (
        first.assignment_id, job.pk, mine.task_id, world.wei.pk, world.now,
    )  # fmt: skip
    assert str(event) == f"claimed {mine.pk}"


def test_several_assignments_are_noted_in_one_statement(world, django_assert_num_queries):
    job = world.published(images=1)
    for worker in (world.wei, world.wanda):
        claim(job=job, worker=worker, now=world.now)

    both = list(Assignment.objects.all())
    with django_assert_num_queries(1):
        worklog.note(kind=WorkEvent.Kind.RENEWED, assignments=both, now=world.now)

    assert WorkEvent.objects.filter(kind="renewed").count() == 2


@pytest.mark.parametrize(
    "change", ["UPDATE marketplace_workevent SET kind = 'late'", "DELETE FROM marketplace_workevent"]
)
def test_history_is_never_rewritten(world, change):
    claim(job=world.published(images=1), worker=world.wei, now=world.now)

    with pytest.raises(IntegrityError, match="its rows never change"), transaction.atomic():
        connection.cursor().execute(change)
    assert WorkEvent.objects.get().kind == "claimed"


def test_a_step_nobody_knows_is_refused_by_the_database(world):
    with pytest.raises(IntegrityError, match="work_event_kind_known"), transaction.atomic():
        WorkEvent.objects.create(kind="lent", assignment="0" * 32, job=1, task=1, worker=1, at=world.now)
