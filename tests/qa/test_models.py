import pytest
from django.db import DatabaseError, IntegrityError, transaction

from qa.models import Consensus, Skill, Verdict


@pytest.fixture
def consensus(picture, now):
    return Consensus.objects.create(**body(picture, now))


@pytest.fixture
def verdict(consensus, worker, now):
    return Verdict.objects.create(**judged(consensus, worker("wei"), now))


def body(picture, now, **changes):
    return {
        "scope": "task:1", "image": picture, "revision": 1, "body": {}, "agreement": 1, "confidence": 1,
        "answers": 3, "policy": {}, "created_at": now, **changes,
    }  # fmt: skip


def judged(consensus, worker, now, **changes):
    return {
        "scope": "assignment:a", "consensus": consensus, "worker_id": worker, "accepted": True, "agreement": 1,
        "reason": "agrees", "explanation": "Yes.", "evidence": {}, "revision": 1, "created_at": now, **changes,
    }  # fmt: skip


@pytest.mark.parametrize("table", ["consensus", "verdict"])
def test_what_was_judged_can_be_neither_changed_nor_deleted(request, table):
    row = request.getfixturevalue(table)
    with pytest.raises(DatabaseError, match="written once: UPDATE refused"), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(agreement=0)
    with pytest.raises(DatabaseError, match="written once: DELETE refused"), transaction.atomic():
        type(row).objects.filter(pk=row.pk)._raw_delete("default")
    row.refresh_from_db()
    assert row.agreement == 1


@pytest.mark.parametrize(
    "changes", [{"scope": ""}, {"revision": 0}, {"answers": 0}, {"agreement": 1.1}, {"confidence": -0.1}]
)
def test_a_consensus_out_of_range_is_refused_by_the_database(picture, now, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Consensus.objects.create(**body(picture, now, **changes))


@pytest.mark.parametrize(
    "changes", [{"scope": ""}, {"revision": 0}, {"agreement": 2}, {"reason": ""}, {"explanation": ""}]
)
def test_a_verdict_without_a_reason_or_out_of_range_is_refused_by_the_database(consensus, worker, now, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Verdict.objects.create(**judged(consensus, worker("wei"), now, **changes))


def test_a_revision_stands_once(consensus, verdict, picture, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        Consensus.objects.create(**body(picture, now))
    with pytest.raises(IntegrityError), transaction.atomic():
        Verdict.objects.create(**judged(consensus, verdict.worker_id, now))


@pytest.mark.parametrize("changes", [{"scope": ""}, {"right": -1}, {"wrong": -1}, {"answers": -1}, {"right": 5}])
def test_a_skill_that_cannot_be_is_refused_by_the_database(worker, changes):
    fields = {"scope": "labelset:1", "right": 1, "wrong": 1, "answers": 2, **changes}
    with pytest.raises(IntegrityError), transaction.atomic():
        Skill.objects.create(worker_id=worker("wei"), **fields)
