import pytest

from marketplace.gold_places import gold_scope
from marketplace.models import Task
from marketplace.promising import promises
from qa.calibration import LEAST_OUTCOMES
from qa.drawing_worth import Trial
from qa.kept_worth import learn_worth
from qa.models import Consensus, CrowdRecord
from tests.known import job_with_gold, settle_round, work
from tests.marketplace.test_gold_outcomes import DRAWN, box

pytestmark = pytest.mark.django_db


def learnt(world, job, found, times=40):
    trials = [Trial((0.97,), (found,), whole=True)] * times
    learn_worth(scope=gold_scope(job_id=job.pk), trials=trials, answers=99, now=world.now)


def told(job):
    return [(each.of, each.state) for each in promises(job=job)]


def test_without_a_target_and_known_answers_nothing_is_said(world):
    assert promises(job=world.job(images=0)) == []


def test_without_known_answers_no_error_is_ever_promised(world):
    (found,) = promises(job=world.job(images=0, labels=DRAWN["labels"], policy={"target_error": 0.1}))
    assert (found.of, found.state) == ("drawings", "uncalibrated")
    assert "hands out no known answers" in found.told


def test_below_thirty_outcomes_the_job_says_that_it_is_uncalibrated(world):
    job = job_with_gold(world, truth=box(50), **DRAWN)
    learnt(world, job, 0.9, times=LEAST_OUTCOMES - 1)
    (found,) = promises(job=job)
    assert (found.state, found.outcomes, found.least_error) == ("uncalibrated", LEAST_OUTCOMES - 1, None)
    assert "Uncalibrated" in world.browser(world.rita).get(f"/jobs/{job.public_id}/").content.decode()
    reply = world.api(world.rita).get(f"/api/v1/jobs/{job.public_id}/kpis/").json()
    assert [each["state"] for each in reply["promises"]] == ["uncalibrated"]


def test_where_the_target_is_out_of_reach_the_job_says_so_and_buys_no_more(world):
    """All agree, and all are wrong in the same way: known answers have shown what that is worth."""
    terms = {"policy": {"gold_share": 0.05, "target_error": 0.02}, "overlap": {"min": 2, "max": 5}}
    job = job_with_gold(world, images=6, truth=box(50), **DRAWN, **terms)
    for worker in (world.wei, world.wanda):
        work(world, job, worker, answers=6, saying=box(40))
    assert settle_round(world, job) == 0, "two answers leave more than that to doubt: one more is asked for each"
    work(world, job, world.worker("Walt"), answers=6, saying=box(40))
    learnt(world, job, 0.7)
    assert told(job) == [("drawings", "out_of_reach")]
    assert "cannot reach" in promises(job=job)[0].told
    settle_round(world, job)
    settled = Task.objects.filter(job=job, state="settled")
    assert settled.exists()
    assert not settled.filter(doubt__isnull=False).exists(), "not everything is left to a person"
    assert not Task.objects.filter(job=job, state="open", wanted__gt=3).exists()
    assert Consensus.objects.filter(scope__startswith="task").first().body["calibrated"] == pytest.approx(0.7, abs=0.05)


def test_tags_and_drawings_are_promised_apart(world):
    labels = [*DRAWN["labels"], {"name": "day", "shapes": ["tag"]}]
    job = job_with_gold(world, labels=labels, tag_choice="any", truth=box(50))
    learnt(world, job, 0.9)
    assert told(job) == [("tags", "uncalibrated"), ("drawings", "calibrated")]
    calibration = {"claims": [0, 1], "worth": [0, 0.9], "outcomes": 50, "sure_right": 45, "sure_seen": 50}
    CrowdRecord.objects.create(scope=f"job:{job.pk}", counts=[], tasks=[], calibration=calibration)
    assert [(each.state, each.outcomes) for each in promises(job=job)] == [("calibrated", 50), ("calibrated", 40)]
