import pytest

from marketplace.auditing import audit
from marketplace.models import Assignment
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
