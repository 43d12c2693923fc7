"""Each check of the audit is shown to bite: the fault is planted under the database's rules, and named."""

import pytest
from django.db import connection

from marketplace import overturning
from marketplace.assigning import claim
from marketplace.auditing import audit
from tests.marketplace.test_appealing import contest
from tests.marketplace.test_settling import CAN, three_answers

FAULTS = {
    "committed money is what the places hold": "UPDATE marketplace_place SET held = held + 1 WHERE state = 'open'",
    "accepted means paid": "DELETE FROM billing_transfer WHERE kind = 'accepted'",
    "paid means accepted": "UPDATE marketplace_assignment SET state = 'rejected', earned = 0 WHERE state = 'accepted'",
    "what was held is paid": "DELETE FROM billing_transfer WHERE kind = 'publish'",
    "a closed job holds nothing": "UPDATE marketplace_job SET state = 'closed'",
    "no task has more answers than places": "UPDATE marketplace_task SET wanted = wanted + 1",
    "a place is taken by exactly one": "UPDATE marketplace_place SET state = 'taken' WHERE state = 'open'",
    "an assignment is of the task and the job of its place": "UPDATE marketplace_assignment SET job_id = job_id + 1",
    "nobody works on their own job": "UPDATE marketplace_job SET owner_id = (SELECT worker_id FROM "
    "marketplace_assignment LIMIT 1)",
    "a settled task has a decision": "DELETE FROM marketplace_decision",
    "overturned means paid once, on appeal": "DELETE FROM billing_transfer WHERE kind = 'appeal_upheld'",
    "paid on appeal means overturned": "UPDATE marketplace_assignment SET state = 'rejected', earned = 0 WHERE state = "
    "'overturned'",
    "an open appeal is of a rejection that is not final": "UPDATE marketplace_place SET held = 0 WHERE id IN (SELECT "
    "place_id FROM marketplace_assignment a JOIN marketplace_appeal q ON q.assignment_id = a.id AND q.state = 'open')",
    "a rejection that nothing can change holds nothing": "UPDATE marketplace_appeal SET state = 'waived', decided_at = "
    "now() WHERE state = 'open'",
}


def plant(sql):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql)
        assert cursor.rowcount
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def job(world):
    return world.recalled(a_market_at_work)


def a_market_at_work(world):
    job = world.published(images=2)
    three_answers(world, job)
    world.settled(job)
    world.answer(job, world.wei, CAN)
    contest(world, world.rejected())
    upheld = contest(world, world.rejected())
    overturning.uphold(appeal_id=upheld.pk, decider=world.ada, answer="Yes.", adopt=False, now=world.now)
    return job


def test_all_is_well_in_a_market_at_work(job):
    assert audit() == []


@pytest.mark.parametrize("promise", FAULTS)
def test_a_broken_promise_is_named(job, promise):
    plant(FAULTS[promise])

    assert any(fault.startswith(promise) for fault in audit())


def test_a_place_that_somebody_holds_unpaid_for_is_named(world, job):
    held = claim(job=job, worker=world.wanda, now=world.now)
    plant(
        f"UPDATE marketplace_place SET held = 0 WHERE id = (SELECT place_id FROM marketplace_assignment "
        f"WHERE id = '{held.assignment_id}')"
    )

    assert any("is taken and holds 0 but has 0 answers and 1 holders" in fault for fault in audit())
