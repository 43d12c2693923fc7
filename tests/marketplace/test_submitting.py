from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Annotation
from annotation.shapes import AnswerRefused
from marketplace import tokens
from marketplace.api.replies.jobs import labels_json
from marketplace.assigning import claim
from marketplace.leases import renew
from marketplace.models import Assignment, Place, Task
from marketplace.submitting import LONGEST_MS, submit, submit_at_once
from tests.marketplace.test_assigning import statements, together
from tests.world import World

CAN = {"type": "box", "label": "can", "bbox": [10, 10, 30, 30]}
ANSWER = {"schema": 1, "shapes": [CAN]}


def sent(world, handout, payload=None, worker=None, want_next=False):
    return submit(
        assignment_id=handout.assignment_id,
        worker=worker or world.wei,
        payload=payload or ANSWER,
        want_next=want_next,
        now=world.now,
    )


def test_the_same_submission_ten_times_is_one_annotation(world):
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)

    replies = [sent(world, handout) for _ in range(10)]

    assert {reply.state for reply in replies} == {"submitted"}
    assert Annotation.objects.count() == 1
    assert Task.objects.get().answers == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_submission_ten_times_at_once_is_one_annotation():
    world = World()
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)

    replies = together(10, lambda n: sent(world, handout))

    assert {getattr(reply, "state", reply) for reply in replies} == {"submitted"}
    assert Annotation.objects.count() == 1
    assert Task.objects.get().answers == 1


@pytest.mark.django_db(transaction=True)
def test_of_three_last_answers_at_once_exactly_one_completes_the_task():
    world = World()
    job = world.published(images=1)
    workers = [world.worker(f"Walt{n}") for n in range(3)]
    handouts = [claim(job=job, worker=worker, now=world.now) for worker in workers]

    together(3, lambda n: sent(world, handouts[n], worker=workers[n]))

    task = Task.objects.get()
    assert (task.answers, task.state) == (3, "answered")


def test_the_next_place_comes_with_the_reply(world):
    job = world.published(images=2)
    first = claim(job=job, worker=world.wei, now=world.now)

    reply = sent(world, first, want_next=True)
    last = sent(world, reply.next, want_next=True)

    assert reply.next.image_id != first.image_id
    assert last.next is None


def test_a_wrong_shape_is_named_and_the_lease_is_kept(world):
    job = world.published(images=1)
    handout = claim(job=job, worker=world.wei, now=world.now)
    wrong = {"shapes": [CAN, {**CAN, "bbox": [100, 10, 40, 30]}, {**CAN, "label": "dog"}]}

    with pytest.raises(AnswerRefused) as refused:
        sent(world, handout, payload=wrong)

    assert {problem.field for problem in refused.value.problems} == {"shapes[1].bbox", "shapes[2].label"}
    assert claim(job=job, worker=world.wei, now=world.now) == handout


def test_somebody_elses_assignment_does_not_exist(world):
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)

    with pytest.raises(Assignment.DoesNotExist):
        sent(world, handout, worker=world.wanda)


def test_a_repeat_that_asks_for_the_next_place_gets_the_one_already_given(world):
    job = world.published(images=3)
    handout = claim(job=job, worker=world.wei, now=world.now)

    first, again = (sent(world, handout, want_next=True) for _ in range(2))

    assert first.next == again.next
    assert Assignment.objects.filter(state="claimed").count() == 1


def test_an_answer_with_the_next_place_takes_one_statement_and_one_a_second_to_look_ahead(world):
    job = world.published(images=5)
    handout = claim(job=job, worker=world.wei, now=world.now)

    with CaptureQueriesContext(connection) as seen:
        reply = sent(world, handout, want_next=True)
        labels_json(job=reply.next.job)
    assert len(statements(seen)) == 3  # count what is open, store and hand out, reserve the first one ahead
    assert reply.ahead

    with CaptureQueriesContext(connection) as seen:
        sent(world, reply.next, want_next=True)
    assert len(statements(seen)) == 1


def test_a_lease_renewed_for_weeks_is_not_paid_time_for_weeks(world):
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)
    renew(assignment_id=handout.assignment_id, worker=world.wei, now=world.later(days=40))

    sent(world, handout)
    assert Assignment.objects.get().paid_ms == LONGEST_MS


def test_paid_time_is_never_more_than_the_server_saw(world):
    job = world.published(images=2)
    for active_ms, paid_ms in ((20_000, 20_000), (900_000, 30_000)):
        handout = claim(job=job, worker=world.wei, now=world.now)
        world.later(seconds=30)
        sent(world, handout, payload={**ANSWER, "timing": {"elapsed_ms": active_ms, "active_ms": active_ms}})
        assert Assignment.objects.get(pk=handout.assignment_id).paid_ms == paid_ms


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("renewed_at", "paid_minutes"), [(None, 15), (12, 27), (20, 28)])
def test_paid_time_ends_half_a_lease_after_the_last_renewal(world, late, renewed_at, paid_minutes):
    """A lease is 30 minutes, and the answer comes after 28: whoever works renews it sooner than every 15."""
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)
    if renewed_at:
        renew(assignment_id=handout.assignment_id, worker=world.wei, now=world.now + timedelta(minutes=renewed_at))
    if late:
        Assignment.objects.update(state="expired")
        Place.objects.update(state="open")
    world.later(minutes=28)
    sent(world, handout)
    assert Assignment.objects.get().paid_ms == paid_minutes * 60_000


def known_key(world, person):
    key = tokens.issue(user=person, now=world.now)
    tokens.holder_of(key=key, now=world.now)
    return tokens.known(key=key, now=world.now)


def test_at_once_an_answer_is_stored_for_the_holder_of_a_key_that_still_opens(world):
    handout = claim(job=world.published(images=2), worker=world.wei, now=world.now)
    sent_at_once = {"assignment_id": handout.assignment_id, "payload": ANSWER, "want_next": True, "now": world.now}
    mine, hers = known_key(world, world.wei), known_key(world, world.wanda)

    with pytest.raises(Assignment.DoesNotExist):
        submit_at_once(key=hers, **sent_at_once)
    borrowed = type(mine)(hers.id, mine.holder, mine.until)
    assert submit_at_once(key=borrowed, **sent_at_once) is None
    assert not Annotation.objects.exists()

    assert submit_at_once(key=mine, **sent_at_once).next
    assert submit_at_once(key=mine, **sent_at_once) is None
    assert Annotation.objects.count() == 1
