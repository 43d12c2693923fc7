from datetime import timedelta

import pytest

from marketplace import gold_exposure, gold_places
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.leases import expire, give_back, skip
from marketplace.models import Assignment, GoldSight, Place, Task
from marketplace.sweeping import sweep
from qa.models import Gold
from tests.known import job_with_gold, work

pytestmark = pytest.mark.django_db

OFTEN = {"gold_share": 0.3, "gold_onboarding": 5, "gold_first": 10}


def handed_gold(world, job, worker):
    """The worker works until the image they hold is gold."""
    for _ in range(40):
        handout = claim(job=job, worker=worker, now=world.now)
        if Assignment.objects.get(pk=handout.assignment_id).task.state == Task.State.GOLD:
            return handout.assignment_id
        work(world, job, worker, answers=1)
    raise AssertionError("no gold came")


def test_whoever_was_handed_gold_has_seen_it_whatever_they_did_with_it(world):
    job = job_with_gold(world, images=40, known=1, policy=OFTEN)
    [gold] = gold_places.gold_tasks(job_id=job.pk)
    leaving = world.worker("Walt"), world.worker("Xenia"), world.worker("Yusuf")
    back = handed_gold(world, job, leaving[0])
    give_back(assignment_id=back, worker=leaving[0], now=world.now)
    skip(assignment_id=handed_gold(world, job, leaving[1]), worker=leaving[1], reason="dark", now=world.now)
    handed_gold(world, job, leaving[2])
    expire(now=world.later(minutes=31))
    work(world, job, world.wei, answers=12)

    assert GoldSight.objects.filter(task=gold).count() == 2, "who skipped it has an assignment that still counts"
    assert gold_exposure.seen(task_ids=[gold]) == {gold: 4}
    again = handed_gold(world, job, leaving[0])
    give_back(assignment_id=again, worker=leaving[0], now=world.now)
    assert gold_exposure.seen(task_ids=[gold]) == {gold: 4}, "twice the same worker is once"
    assert audit() == []


def test_other_images_that_are_left_are_not_written_down(world):
    job = job_with_gold(world, policy={"gold_share": 0.0, "gold_onboarding": 0})
    handout = claim(job=job, worker=world.wei, now=world.now)
    give_back(assignment_id=handout.assignment_id, worker=world.wei, now=world.now)
    assert not GoldSight.objects.exists()


def test_gold_that_many_looked_at_and_left_is_handed_out_no_more(world, monkeypatch):
    monkeypatch.setattr(gold_places, "EXPOSED_AT_MOST", 3)
    monkeypatch.setattr(gold_places, "EXPOSED_ONCE_SHOWN", 2)
    job = job_with_gold(world, images=40, known=1, policy=OFTEN)
    [gold] = gold_places.gold_tasks(job_id=job.pk)
    opened = Place.objects.filter(task=gold, state=Place.State.OPEN)
    assert opened.count() == 3
    one, other = world.worker("Walt"), world.worker("Xenia")
    give_back(assignment_id=handed_gold(world, job, one), worker=one, now=world.now)
    assert gold_exposure.put_back() == [job.pk]
    assert sweep(now=world.now) == []
    assert opened.count() == 2, "one of three has seen it"
    handed_gold(world, job, other)
    Gold.objects.update(answers=1, right=1)
    assert gold_places.narrow(job_id=job.pk, now=world.now + timedelta(minutes=1)) == 1
    assert not opened.exists(), "told: two have seen it, and no more may"
    assert gold_places.make(job_id=job.pk, now=world.now) == 0
    assert "shown as often as is good" in gold_places.shortage(job=job)
    assert audit() == []
