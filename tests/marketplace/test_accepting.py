"""Nobody judged it in time: the answers are accepted and paid, and they vote all the same."""

from datetime import timedelta

import pytest
from django.db import connection

from billing import ledger
from billing.models import Transfer
from billing.wallets import earnings_of
from marketplace import settling
from marketplace.accepting import LATEST, accept_aged, accept_overdue
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.models import Assignment, Decision, Place, Task
from qa.models import Skill
from tests.marketplace.test_assigning import together
from tests.marketplace.test_settling import CAN, three_answers
from tests.world import World


def answered(world, **changes):
    """A task whose places are answered, which nobody has decided yet."""
    job = world.published(images=1, **changes)
    walt = three_answers(world, job)
    return job, walt


def earned(worker):
    return ledger.balance(account_id=earnings_of(worker=worker).pk)


def ruin(assignment):
    """Annotations are written once; this one can no longer be read."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE annotation_annotation SET body = '{}' WHERE id = %s", [assignment.annotation_id])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.mark.parametrize(("hours", "changes"), [(72, {}), (5, {"policy": {"auto_accept_hours": 5}})])
def test_after_its_hours_everybody_is_accepted_and_paid_and_not_before(world, hours, changes):
    job, walt = answered(world, **changes)
    due = Task.objects.get().answered_at + timedelta(hours=hours)
    assert accept_overdue(job_id=job.pk, now=due - timedelta(seconds=1)) == 0
    assert [accept_overdue(job_id=job.pk, now=due), accept_overdue(job_id=job.pk, now=due)] == [1, 0]

    assert set(Assignment.objects.values_list("state", "earned")) == {("accepted", 50_000)}
    assert [earned(worker) for worker in (world.wei, world.wanda, walt)] == [50_000] * 3
    verdict = Assignment.objects.get(worker=walt).verdict
    assert (verdict.accepted, verdict.reason) == (True, "auto_accepted")
    assert verdict.explanation.startswith("You missed the only adopted object")
    assert f"Nobody judged it within {hours} hours" in verdict.explanation
    assert Assignment.objects.get(worker=world.wei).verdict.reason == "agrees"
    assert audit() == []


def test_they_vote_all_the_same_and_records_learn_from_it(world):
    job, walt = answered(world)
    accept_overdue(job_id=job.pk, now=world.later(hours=73))
    [found] = Decision.objects.get(current=True).consensus.body["objects"]
    assert (found["label"], found["votes_for"], found["votes_of"]) == ("can", 2, 3)
    assert Skill.objects.get(worker=walt, label="").wrong > Skill.objects.get(worker=world.wei, label="").wrong


def test_a_task_that_cannot_be_judged_is_paid_and_stays_and_later_gets_its_verdicts(world, caplog):
    job, walt = answered(world)
    bad = Assignment.objects.get(worker=walt)
    body = bad.annotation.body
    ruin(bad)
    now = world.later(hours=73)
    assert [accept_overdue(job_id=job.pk, now=now), accept_overdue(job_id=job.pk, now=now)] == [0, 0]
    assert f"task {bad.task_id} of job {job.pk} cannot be judged" in caplog.text
    assert Task.objects.get().state == "answered"
    assert set(Assignment.objects.values_list("state", "earned", "verdict")) == {("accepted", 50_000, None)}
    assert audit() == []

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    bad.annotation.body = body
    bad.annotation.save()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert world.settled(job) == 1
    bad.refresh_from_db()
    assert (bad.state, bad.earned, bad.verdict.reason) == ("accepted", 50_000, "low_agreement")
    assert Transfer.objects.filter(kind="accepted").count() == 3
    assert audit() == []


def test_one_that_cannot_be_judged_holds_up_no_other(world):
    job = world.published(images=3, overlap=1)
    given = [world.answer(job, world.wei, CAN) for _ in range(3)]
    ruin(given[0])
    assert accept_overdue(job_id=job.pk, now=world.later(hours=73)) == 2
    assert earned(world.wei) == 150_000
    assert audit() == []


def test_an_answer_waits_three_weeks_at_most_though_its_task_waits_for_others(world):
    job = world.published(images=1)
    given = world.answer(job, world.wei, CAN)
    assert accept_aged(now=given.submitted_at + LATEST - timedelta(seconds=1)) == 0
    now = given.submitted_at + LATEST
    assert [accept_aged(now=now), accept_aged(now=now)] == [1, 0]
    given.refresh_from_db()
    assert (given.state, given.earned, given.verdict, given.settled_at) == ("accepted", 50_000, None, now)
    assert Place.objects.get(pk=given.place_id).held == 0
    assert audit() == []

    world.now = now
    for worker in (world.wanda, world.worker("Walt")):
        world.answer(job, worker, CAN)
    assert world.settled(job) == 1
    given.refresh_from_db()
    assert given.verdict.reason == "agrees"
    assert Decision.objects.get().consensus.body["objects"][0]["votes_of"] == 3
    assert earned(world.wei) == 50_000
    assert audit() == []


def test_a_closing_job_closes_once_its_aged_answers_are_paid(world, monkeypatch):
    rung = []
    job, _ = answered(world)
    close(job=job, now=world.now)
    monkeypatch.setattr("marketplace.bell.ring", lambda *what: rung.append(what))
    assert accept_overdue(job_id=job.pk, now=world.later(hours=73)) == 1
    assert ("finish_closing", job.pk) in rung
    assert finish_closing(job_id=job.pk, now=world.now)


@pytest.mark.django_db(transaction=True)
def test_settling_and_accepting_at_once_pay_each_answer_once():
    world = World()
    job, _ = answered(world)
    now = world.later(hours=73)
    calls = [settling.settle, accept_overdue]
    together(4, lambda n: calls[n % 2](job_id=job.pk, now=now))
    assert Decision.objects.count() == 1
    assert Transfer.objects.filter(kind="accepted").count() in (2, 3)
    assert audit() == []
