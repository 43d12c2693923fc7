import pytest

from marketplace import gold_outcomes
from marketplace.policies import policy_of
from marketplace.settling import refit_tags
from qa.models import CrowdRecord, Gold
from tests.known import job_with_gold, settle_round, work

pytestmark = pytest.mark.django_db

OFTEN = {"gold_share": 0.3, "gold_onboarding": 5, "gold_first": 10}


def test_gold_says_how_right_answers_are(world):
    job = job_with_gold(world)
    assert gold_outcomes.accuracy(job=job).share is None
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        work(world, job, worker, answers=12, wrong_on_gold=worker == world.wei)
    settle_round(world, job)
    found = gold_outcomes.accuracy(job=job)
    assert 0 < found.right < found.answers
    Gold.objects.update(state="review")
    assert gold_outcomes.accuracy(job=job).answers == 0


def test_claims_on_known_images_are_held_against_what_is_known(world):
    job = job_with_gold(world, images=30, known=3, policy=OFTEN)
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        work(world, job, worker, answers=14)
    outcomes = gold_outcomes.tag_outcomes(job_id=job.pk, policy=policy_of(job=job))
    assert outcomes
    assert all(0.5 < claimed <= 1 and so for claimed, so in outcomes)
    Gold.objects.update(body={**Gold.objects.first().body, "tags": ["night"]})
    assert not any(so for _, so in gold_outcomes.tag_outcomes(job_id=job.pk, policy=policy_of(job=job)))


def test_a_refit_learns_what_claims_are_worth(world, monkeypatch):
    job = job_with_gold(world, images=30, known=3, policy=OFTEN)
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        work(world, job, worker, answers=14)
    settle_round(world, job)
    monkeypatch.setattr(gold_outcomes, "tag_outcomes", lambda **_: [(0.9, True)] * 40)
    assert refit_tags(job_id=job.pk) > 0
    assert CrowdRecord.objects.get(scope=f"job:{job.pk}").calibration["outcomes"] == 40
