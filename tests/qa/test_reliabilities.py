"""What tags tell of workers, kept: added up, replaced by a refit, read for the questions asked now."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from qa.calibration import LEAST_OUTCOMES
from qa.models import CrowdRecord, Reliability
from qa.reliabilities import REFIT_AFTER, Refit, is_due, learn, learn_worth, records_of, replace
from qa.tagging import TagRecords
from tests.qa.answers import asks

POLICY = asks(tags=["rain"], tag_choice="any")
SCOPE = "job:4"


def lesson(*workers, value=1.0):
    counts = [np.array([[value, 0], [0, value]])]
    own = {worker: [one.copy() for one in counts] for worker in workers}
    return TagRecords(workers=own, everyone=[len(workers) * counts[0]], tasks=[np.array([value, value])])


def test_lessons_add_up_by_worker_and_over_the_crowd(worker):
    wei, wanda = worker("wei"), worker("wanda")
    assert not learn(scope=SCOPE, policy=POLICY, taught=lesson(wei, wanda), votes=4)
    learn(scope=SCOPE, policy=POLICY, taught=lesson(wei, value=2.0), votes=2)
    found = records_of(scope=SCOPE, worker_ids=[wei, wanda], policy=POLICY)
    assert found.workers[wei][0].tolist() == [[3, 0], [0, 3]]
    assert found.workers[wanda][0].tolist() == [[1, 0], [0, 1]]
    assert found.everyone[0].tolist() == [[4, 0], [0, 4]]
    assert found.tasks[0].tolist() == [3, 3]
    assert CrowdRecord.objects.get().votes == 6
    assert records_of(scope="job:5", worker_ids=[wei], policy=POLICY) == TagRecords()


def test_records_of_other_questions_are_as_none(worker):
    wei = worker("wei")
    learn(scope=SCOPE, policy=POLICY, taught=lesson(wei), votes=2)
    other = asks(tags=["day", "night", "dusk"], tag_choice="one")
    assert records_of(scope=SCOPE, worker_ids=[wei], policy=other).workers == {}


def test_a_refit_takes_the_place_of_what_was_added_up_and_says_that_it_did(worker):
    wei = worker("wei")
    learn(scope=SCOPE, policy=POLICY, taught=lesson(wei), votes=300)
    assert CrowdRecord.objects.get().version == 0
    assert replace(scope=SCOPE, refit=Refit(lesson(wei, value=9.0), votes=300)) == 1
    found = records_of(scope=SCOPE, worker_ids=[wei], policy=POLICY)
    assert (found.version, found.workers[wei][0][0, 0]) == (1, 9)
    assert replace(scope=SCOPE, refit=Refit(lesson(wei, value=8.0), votes=300)) == 2


def test_a_refit_is_due_now_and_then(worker):
    wei = worker("wei")
    assert learn(scope=SCOPE, policy=POLICY, taught=lesson(wei), votes=REFIT_AFTER)
    replace(scope=SCOPE, refit=Refit(lesson(wei), votes=1000))
    assert not learn(scope=SCOPE, policy=POLICY, taught=lesson(wei), votes=100)
    assert is_due(votes=1250, at_last=1000)


def test_what_claims_are_worth_is_kept_once_enough_answers_are_known(worker):
    wei = worker("wei")
    learn(scope=SCOPE, policy=POLICY, taught=lesson(wei), votes=2)
    few = LEAST_OUTCOMES - 1
    assert learn_worth(scope=SCOPE, claimed=[0.9] * few, right=[True] * few) is None
    assert records_of(scope=SCOPE, worker_ids=[], policy=POLICY).calibration is None
    learnt = learn_worth(scope=SCOPE, claimed=[0.9] * 40, right=[True, False] * 20)
    assert records_of(scope=SCOPE, worker_ids=[], policy=POLICY).calibration == learnt
    assert float(learnt.of(0.9)) == pytest.approx(0.5, abs=0.05)


def test_the_database_keeps_one_record_a_worker_and_scope(worker):
    wei = worker("wei")
    Reliability.objects.create(worker_id=wei, scope=SCOPE, counts=[])
    for wrong in ({"scope": SCOPE}, {"scope": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reliability.objects.create(worker_id=wei, counts=[], **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        CrowdRecord.objects.create(scope="", counts=[], tasks=[])
    with pytest.raises(IntegrityError), transaction.atomic():
        CrowdRecord.objects.create(scope=SCOPE, counts=[], tasks=[], votes=-1)
