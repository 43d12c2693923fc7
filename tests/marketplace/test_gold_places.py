import pytest

from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.models import Assignment, Enrolment, Place
from marketplace.policies import policy_of
from qa.golden import budget, is_gold
from tests.known import job_with_gold, work

pytestmark = pytest.mark.django_db


def test_gold_has_places_of_its_own_out_of_its_own_budget(world):
    job = job_with_gold(world)

    places = Place.objects.filter(job=job, lane=2)
    assert set(places.values_list("task__state", flat=True)) == {"gold"}
    assert places.count() == job.gold_budget == budget(answers=60, policy=policy_of(job=job), first=True) == 60
    assert Place.objects.filter(job=job, lane=0).count() == 60
    assert audit() == []


def test_a_worker_is_handed_gold_where_their_lots_say_so(world):
    job = job_with_gold(world)
    policy = policy_of(job=job)
    claim(job=job, worker=world.wei, now=world.now)
    Assignment.objects.all().delete()
    Place.objects.filter(job=job, state="taken").update(state="open")
    Enrolment.objects.update(drawn=0, cursor=0, gold_seed=4711)

    given = work(world, job, world.wei, answers=14)

    drawn = [is_gold(seed=4711, ordinal=n, policy=policy) for n in range(1, 15)]
    assert [one.task.state == "gold" for one in given] == drawn
    assert sum(drawn[:6]) == 2
    assert len({one.task_id for one in given}) == 14
    assert audit() == []
