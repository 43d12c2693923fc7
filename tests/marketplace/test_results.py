import pytest

from marketplace.models import Task
from marketplace.results import counts, results, task_result
from tests.marketplace.test_settling import CAN, ELSEWHERE, three_answers


def test_a_task_shows_its_consensus_and_each_answer_under_a_pseudonym(world):
    job = world.published(images=2)
    walt = three_answers(world, job)
    world.settled(job)
    first, second = job.tasks.all()

    found = task_result(job=job, task_id=first.pk)

    assert len(found.consensus.body["objects"]) == 1
    assert [answer.pseudonym for answer in found.answers][-1] == walt.pseudonym
    assert found.answers[-1].verdict.accepted is False
    assert (found.previous_id, found.next_id) == (None, second.pk)


def test_an_unsettled_task_has_no_consensus(world):
    job = world.published(images=1)
    world.answer(job, world.wei, CAN)

    found = task_result(job=job, task_id=job.tasks.get().pk)

    assert found.consensus is None
    assert len(found.answers) == 1


def test_another_jobs_task_is_not_found(world):
    job, other = world.job(images=1), world.job(images=1)

    with pytest.raises(Task.DoesNotExist):
        task_result(job=job, task_id=other.tasks.get().pk)


def test_tasks_can_be_narrowed_to_settled_disputed_and_waiting(world):
    job = world.published(images=3, overlap=2)
    for worker, box in ((world.wei, CAN), (world.wanda, ELSEWHERE)):
        world.answer(job, worker, box)
    for worker in (world.wei, world.wanda):
        world.answer(job, worker, CAN)
    world.settled(job)

    found = {show: results(job=job, show=show).count() for show in ("all", "settled", "disputed", "waiting")}

    assert found == counts(job=job) == {"all": 3, "settled": 2, "disputed": 1, "waiting": 1}


def test_neighbours_are_those_the_filter_leaves(world):
    job = world.published(images=3)
    three_answers(world, job)
    world.settled(job)
    _, second, third = job.tasks.all()

    found = task_result(job=job, task_id=third.pk, show="waiting")

    assert (found.previous_id, found.next_id, found.number, found.of) == (second.pk, None, 2, 2)
