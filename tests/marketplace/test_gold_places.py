import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import gold, gold_exposure, gold_places, gold_standing
from marketplace.appealing import waive
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.enrolling import enrol
from marketplace.leases import give_back
from marketplace.models import Assignment, Enrolment, Job, Place
from marketplace.policies import policy_of
from marketplace.reviewing import Said, decide
from marketplace.settling import finalise_rejections
from marketplace.submitting import submit
from qa.golden import budget, is_gold
from qa.models import Gold
from tests.known import POLICY, TRUE, job_with_gold, settle_round, work
from tests.marketplace.test_assigning import statements

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


def test_gold_costs_no_statement_more(world):
    job = job_with_gold(world)
    claim(job=job, worker=world.wanda, now=world.now)
    enrol(job=job, worker=world.wei, now=world.now)
    with CaptureQueriesContext(connection) as seen:
        handed = claim(job=job, worker=world.wei, now=world.now)
    assert len(statements(seen)) == 2
    for _ in range(8):
        with CaptureQueriesContext(connection) as seen:
            handed = answer(world, handed).next
        assert len(statements(seen)) == 1
    assert Assignment.objects.filter(task__state="gold", worker=world.wei, state="submitted").exists()


def answer(world, handed):
    return submit(
        assignment_id=handed.assignment_id,
        worker=world.wei,
        payload=TRUE,
        want_next=True,
        want_ahead=False,
        now=world.later(seconds=20),
    )


def test_gold_that_is_given_back_comes_again_as_any_other_image_does(world):
    """Else whoever gives an image back would learn what it was."""
    job = job_with_gold(world, policy={"gold_share": 0.3, "gold_onboarding": 5, "gold_first": 10})
    for state in ("gold", "open"):
        handed = claim(job=job, worker=world.wei, now=world.now)
        while Assignment.objects.get(pk=handed.assignment_id).task.state != state:
            handed = answer(world, handed).next
        give_back(assignment_id=handed.assignment_id, worker=world.wei, now=world.now)
        known = Enrolment.objects.get(job=job, worker=world.wei)
        other = (
            n for n in range(50, 150) if not is_gold(seed=known.gold_seed, ordinal=n + 1, policy=policy_of(job=job))
        )
        Enrolment.objects.filter(pk=known.pk).update(drawn=next(other))  # no other gold comes between
        again = claim(job=job, worker=world.wei, now=world.now)
        assert again.image_id == handed.image_id
        answer(world, again)
    assert audit() == []


def test_no_known_answer_is_shown_too_often():
    most = {1: gold_exposure.EXPOSED_AT_MOST, 2: gold_exposure.EXPOSED_AT_MOST, 3: gold_exposure.EXPOSED_ONCE_SHOWN}
    seats = gold_places._seats({1: 38, 2: 0, 3: 24}, most, 1_000)
    assert len(seats) == 2 + 40 + 1
    assert max(ordinal for _, ordinal in seats) == gold_exposure.EXPOSED_AT_MOST
    assert len(set(seats)) == len(seats)


@pytest.mark.parametrize(("judge", "left"), [("consensus", 25), ("requester", 40)])
def test_an_answer_that_somebody_was_shown_is_handed_to_fewer_people(world, judge, left):
    """Where the requester judges, a verdict shows no adopted answer."""
    job = job_with_gold(world, images=1, known=1, policy={**POLICY, "judge": judge})
    places = Place.objects.filter(task__state="gold", state="open")
    assert places.count() == gold_exposure.EXPOSED_AT_MOST
    Gold.objects.update(answers=1, right=1)
    gold_standing.attend(job_id=job.pk, now=world.now)
    assert places.count() == left
    assert max(places.values_list("ordinal", flat=True)) == left
    assert gold_places.make(job_id=job.pk, now=world.now) == 0
    assert audit() == []


def test_what_a_final_rejection_frees_pays_for_other_gold(world):
    """Also one made by hand: the budget is what is paid for gold, not what was handed out."""
    often = {"gold_share": 0.3, "gold_onboarding": 5, "gold_first": 10, "judge": "requester"}
    job = job_with_gold(world, images=20, known=10, policy=often, overlap={"min": 1, "max": 1})
    work(world, job, world.wei, answers=18)
    settle_round(world, job)
    queued = Assignment.objects.filter(job=job, task__state="gold", reviews__said="")
    given = list(queued.order_by("pk"))
    assert len(given) >= 2
    Place.objects.filter(job=job, task__state="gold", state="open").update(state="cancelled", held=0)
    spent = gold_places.used(job=job)
    Job.objects.filter(pk=job.pk).update(gold_budget=spent)
    job.refresh_from_db()
    for one in given[:2]:
        said = Said(decision="reject", reason="careless", note="Look again.")
        decide(assignment_id=one.pk, reviewer=world.rita, said=said, now=world.now)
    assert gold_places.make(job_id=job.pk, now=world.now) == 0, "the rejections can be contested; their money is held"
    waive(assignment_id=given[0].pk, worker=world.wei, now=world.now)
    assert gold_places.used(job=job) == spent - 1
    assert gold_places.make(job_id=job.pk, now=world.now) == 1
    finalise_rejections(job_id=job.pk, now=world.later(days=8))
    assert gold_places.make(job_id=job.pk, now=world.now) == 1
    assert gold_places.used(job=job) == spent
    assert gold_places.make(job_id=job.pk, now=world.now) == 0
    assert not [fault for fault in audit() if "set aside" in fault]


def test_a_requester_is_told_why_less_gold_is_handed_out(world):
    job = job_with_gold(world, known=2)
    assert "Only 2 known answers" in gold_places.shortage(job=job)
    Place.objects.filter(job=job, lane=2).update(state="taken")
    assert "used up" in gold_places.shortage(job=job)
    gold.retire(job=job, gold_id=gold.golds_of(job=job)[0].pk, now=world.now)
    gold.retire(job=job, gold_id=gold.golds_of(job=job)[0].pk, now=world.now)
    assert "no known answers in use" in gold_places.shortage(job=job)
    assert gold_places.shortage(job=world.published(images=1)) == ""


def test_without_gold_left_workers_get_other_images(world):
    job = job_with_gold(world, known=2)
    given = work(world, job, world.wei, answers=15)
    assert len(given) == 15
    assert sum(one.task.state == "gold" for one in given) == 2
