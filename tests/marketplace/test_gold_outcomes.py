import pytest

from marketplace import gold_outcomes
from marketplace.models import Task
from marketplace.policies import policy_of, skill_scope
from marketplace.settling import refit_tags
from marketplace.sweeping import sweep
from qa.kept_worth import LEAST_ANSWERS
from qa.models import CrowdRecord, DrawingWorth, Gold
from tests.known import job_with_gold, settle_round, work

pytestmark = pytest.mark.django_db

DRAWN = {"labels": [{"name": "can", "shapes": ["box"]}], "tag_choice": "any"}


def box(width):
    return {"shapes": [{"type": "box", "label": "can", "bbox": [10, 10, width, 30]}]}


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


def drawn(world, **changes):
    """Three workers have answered fifteen images each; they draw four fifths of what is there."""
    policy = {**OFTEN, "target_error": 0.1}
    job = job_with_gold(world, images=30, known=6, truth=box(50), **DRAWN, **{"policy": policy, **changes})
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        work(world, job, worker, answers=18, saying=box(40))
    return job


def test_drawings_on_known_images_are_put_together_as_if_they_were_not_known(world):
    job = drawn(world)
    terms = {"policy": policy_of(job=job), "scope": skill_scope(label_set=job.label_set), "now": world.now}
    trials = gold_outcomes.drawing_trials(job_id=job.pk, **terms)
    assert len(trials) == Task.objects.filter(state="gold", answers__gte=3).count() > 0
    # All agree, so much is claimed; the known answer says how good it is.
    assert all(trial.claimed[-1] > trial.found[-1] == pytest.approx(0.8) for trial in trials)
    Gold.objects.update(state="review")
    assert gold_outcomes.drawing_trials(job_id=job.pk, **terms) == []


def test_what_drawings_are_worth_is_seen_by_a_round_of_verdicts_and_by_the_sweeper(world, monkeypatch):
    rung = []
    monkeypatch.setattr("marketplace.bell.ring", lambda name, *args: rung.append((name, *args)))
    job = drawn(world)
    settle_round(world, job)
    monkeypatch.setattr("qa.kept_worth.LEAST_ANSWERS", Gold.objects.first().answers)
    assert gold_outcomes.due() == [job.pk]
    sweep(now=world.now)
    assert ("calibrate", job.pk) in rung
    assert gold_outcomes.calibrate(job_id=job.pk, now=world.now) is None
    kept = DrawingWorth.objects.get(scope=f"job:{job.pk}")
    assert (kept.calibration, kept.outcomes > 0, kept.answers > 0) == (None, True, True)
    assert gold_outcomes.due() == []
    assert LEAST_ANSWERS > 0


def test_a_job_of_tags_alone_is_never_due(world):
    job = job_with_gold(world)
    Gold.objects.update(answers=500)
    assert gold_outcomes.due() == []
    assert gold_outcomes.due(job_ids=[job.pk]) == []
