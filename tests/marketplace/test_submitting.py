import pytest

from annotation.models import Annotation
from annotation.shapes import AnswerRefused
from marketplace.assigning import claim
from marketplace.errors import Conflict
from marketplace.leases import expire
from marketplace.models import Assignment, Task
from marketplace.submitting import submit
from tests.marketplace.test_assigning import together
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


def test_a_lease_that_was_lost_refuses_the_answer_with_the_reason(world):
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)
    expire(now=world.later(hours=1))

    with pytest.raises(Conflict, match="ran out") as lost:
        sent(world, handout)
    assert lost.value.reason == "assignment_expired"


def test_paid_time_is_never_more_than_the_server_saw(world):
    job = world.published(images=2)
    for active_ms, paid_ms in ((20_000, 20_000), (900_000, 30_000)):
        handout = claim(job=job, worker=world.wei, now=world.now)
        world.later(seconds=30)
        sent(world, handout, payload={**ANSWER, "timing": {"elapsed_ms": active_ms, "active_ms": active_ms}})
        assert Assignment.objects.get(pk=handout.assignment_id).paid_ms == paid_ms
