from datetime import timedelta

import pytest

from marketplace import gold_standing
from marketplace.appealing import appeal
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.errors import Forbidden
from marketplace.models import Assignment, Enrolment, Job, Place
from marketplace.overturning import uphold
from marketplace.policies import skill_scope
from marketplace.sweeping import sweep
from qa.models import Gold
from qa.reputation import record
from tests.known import job_with_gold, settle_round, work

pytestmark = pytest.mark.django_db

OFTEN = {"gold_share": 0.3, "gold_onboarding": 5, "gold_first": 10}


def three_work(world, job, *, failing, answers=14):
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        work(world, job, worker, answers=answers, wrong_on_gold=worker in failing)


def test_who_surely_fails_gold_gets_no_more_images_and_is_told_why_but_not_by_which(world):
    job = job_with_gold(world, known=12, policy=OFTEN)
    three_work(world, job, failing=[world.wei])
    settle_round(world, job)

    standing = Enrolment.objects.get(job=job, worker=world.wei)
    assert (standing.state, standing.reason) == ("blocked", "failed")
    assert Enrolment.objects.get(job=job, worker=world.wanda).state == "ready"
    assert not Assignment.objects.filter(worker=world.wei, state="reserved").exists()
    with pytest.raises(Forbidden) as refused:
        claim(job=job, worker=world.wei, now=world.now)
    assert "gold" not in refused.value.message
    assert audit() == []


def test_what_good_workers_disagree_with_needs_review_and_turns_nobody_out(world):
    job = job_with_gold(world, images=60, known=3, policy=OFTEN)
    people = [world.wei, world.wanda, world.worker("Walt")]
    for person in people:
        record(scope=skill_scope(label_set=job.label_set), agreements={person.pk: [1.0] * 20}, now=world.now)
    for person in people:
        work(world, job, person, answers=14, wrong_on_gold=True)
    settle_round(world, job)

    assert set(Gold.objects.values_list("state", flat=True)) == {"review"}
    assert not Place.objects.filter(job=job, lane=2, state="open").exists()
    assert not Enrolment.objects.filter(state="blocked").exists()
    assert audit() == []


def test_gold_whose_worker_left_is_told_when_nobody_is_made_to_wait_longer(world):
    job = job_with_gold(world)
    work(world, job, world.wei, answers=8)
    waiting = Assignment.objects.filter(task__state="gold", state="submitted")
    assert waiting.exists()
    assert gold_standing.judge_left(job_id=job.pk, now=world.now) == 0
    assert job.pk in gold_standing.overdue(now=world.now + timedelta(hours=73))
    assert gold_standing.judge_left(job_id=job.pk, now=world.now + timedelta(hours=73)) > 0
    assert not waiting.exists()
    assert audit() == []


def test_a_job_that_ends_leaves_no_answer_to_gold_unpaid(world):
    job = job_with_gold(world)
    work(world, job, world.wei, answers=8)
    close(job=job, now=world.now)
    for hours in (1, 1, 200):
        sweep(now=world.later(hours=hours))
        finish_closing(job_id=job.pk, now=world.now)
    assert not Assignment.objects.filter(state="submitted").exists()
    assert Job.objects.get(pk=job.pk).state == "closed"
    assert audit() == []


def test_an_upheld_appeal_has_the_known_answer_looked_at(world):
    job = job_with_gold(world)
    three_work(world, job, failing=[world.wei])
    settle_round(world, job)
    refused = Assignment.objects.filter(worker=world.wei, task__state="gold", state="rejected").first()
    found = appeal(assignment_id=refused.pk, worker=world.wei, reason="It is night.", now=world.now)
    uphold(appeal_id=found.pk, decider=world.rita, answer="", adopt=False, now=world.now)
    assert Gold.objects.get(image=refused.task.image_id).state == "review"
    gold_standing.attend(job_id=job.pk, now=world.now)
    assert not Place.objects.filter(task=refused.task, state="open").exists()
    refused.refresh_from_db()
    assert (refused.state, refused.earned) == ("overturned", job.reward)
    assert audit() == []


def test_nobody_is_turned_out_twice(world):
    job = job_with_gold(world)
    work(world, job, world.wei, answers=2)
    assert gold_standing.suspend(job_id=job.pk, worker_id=world.wei.pk, now=world.now)
    assert not gold_standing.suspend(job_id=job.pk, worker_id=world.wei.pk, now=world.now)
