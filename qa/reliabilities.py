"""Keeping what tags tell of workers: read before images are judged, added to when they are settled, refitted later."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from django.db.models import F

from qa.calibration import Calibration, calibrate
from qa.models import CrowdRecord, Reliability
from qa.policy import Policy
from qa.tagging import Matrices, TagRecords, questions

DECIMALS = 4
REFIT_AFTER, REFIT_GROWTH = 200, 1.25
"""A refit is due after so many answers, and again whenever there are a quarter more."""
WORKERS_A_CHUNK = 1000

_LEARN = """
    INSERT INTO qa_reliability (worker_id, scope, counts)
    SELECT worker, %(scope)s, counts FROM json_to_recordset(%(rows)s::json) AS fresh (worker bigint, counts jsonb)
    ORDER BY worker
    ON CONFLICT (worker_id, scope) DO UPDATE SET counts = excluded.counts
"""


@dataclass(frozen=True)
class Refit:
    """What all answers of a scope teach together; `votes`: how many they are."""

    records: TagRecords
    votes: int


def records_of(*, scope: str, worker_ids: Collection[int], policy: Policy) -> TagRecords:
    """What is known of these workers and of the crowd in a scope (e.g. `job:17`).

    Records of other questions than the policy asks, say of a label set before it was changed, are as none.
    """
    crowd = CrowdRecord.objects.filter(scope=scope).first()
    if crowd is None or not _fits(crowd.counts, policy):
        return TagRecords()
    known = Reliability.objects.filter(scope=scope, worker_id__in=worker_ids).values_list("worker_id", "counts")
    return TagRecords(
        workers={worker: _matrices(counts) for worker, counts in known if _fits(counts, policy)},
        everyone=_matrices(crowd.counts),
        tasks=_matrices(crowd.tasks),
        calibration=Calibration.from_json(crowd.calibration) if crowd.calibration else None,
        version=crowd.version,
    )


@transaction.atomic(savepoint=False)
def learn(*, scope: str, policy: Policy, taught: TagRecords, votes: int) -> bool:
    """Add what settled images taught (see `tagging.taught`), from so many answers; returns whether a refit is due.

    The caller sees to it that nobody else learns in the same scope meanwhile: the sums are added up here.
    """
    if not taught.workers:
        return False
    known = records_of(scope=scope, worker_ids=taught.workers.keys(), policy=policy)
    summed = {worker: _sum(own, known.workers.get(worker)) for worker, own in taught.workers.items()}
    _store(scope, summed)
    everyone, tasks = _sum(taught.everyone, known.everyone), _sum(taught.tasks, known.tasks)
    CrowdRecord.objects.update_or_create(
        scope=scope,
        defaults={"counts": _plain(everyone), "tasks": _plain(tasks), "votes": F("votes") + votes},
        create_defaults={"scope": scope, "counts": _plain(everyone), "tasks": _plain(tasks), "votes": votes},
    )
    seen, last = CrowdRecord.objects.values_list("votes", "votes_at_refit").get(scope=scope)
    return is_due(votes=seen, at_last=last)


def is_due(*, votes: int, at_last: int) -> bool:
    """Whether enough answers came since the last refit to be worth another."""
    return votes >= max(REFIT_AFTER, REFIT_GROWTH * at_last)


@transaction.atomic(savepoint=False)
def replace(*, scope: str, refit: Refit) -> int:
    """Put a refit in the place of what was added up so far; returns its version.

    What was learnt while it was fitted is lost until the next refit: these are estimates, and a day's worth of them
    at most. The caller sees to it that nobody learns in the same scope meanwhile.
    """
    workers = list(refit.records.workers.items())
    for start in range(0, len(workers), WORKERS_A_CHUNK):
        _store(scope, dict(workers[start : start + WORKERS_A_CHUNK]))
    crowd, _ = CrowdRecord.objects.update_or_create(
        scope=scope,
        defaults={
            "counts": _plain(refit.records.everyone),
            "tasks": _plain(refit.records.tasks),
            "votes": refit.votes,
            "votes_at_refit": refit.votes,
        },
    )
    CrowdRecord.objects.filter(pk=crowd.pk).update(version=F("version") + 1)
    return crowd.version + 1


def tags_worth(*, scope: str) -> Calibration | None:
    """What claims about tags are worth in a scope; None while uncalibrated."""
    kept = CrowdRecord.objects.filter(scope=scope).values_list("calibration", flat=True).first()
    return Calibration.from_json(kept) if kept else None


def learn_worth(*, scope: str, claimed: Sequence[float], right: Sequence[bool]) -> Calibration | None:
    """Learn what claims are worth in a scope from those on images whose answer is known; None while they are too few.

    All outcomes of the scope so far, not only new ones. Nothing is kept where no tags were settled yet.
    """
    learnt = calibrate(claimed=claimed, right=[float(one) for one in right])
    CrowdRecord.objects.filter(scope=scope).update(calibration=learnt.as_json() if learnt else None)
    return learnt


def _store(scope: str, counts: Mapping[int, Matrices]) -> None:
    rows = [{"worker": worker, "counts": _plain(own)} for worker, own in counts.items()]
    with connection.cursor() as cursor:
        cursor.execute(_LEARN, {"scope": scope, "rows": json.dumps(rows)})


def _fits(counts: Sequence[Sequence[object]], policy: Policy) -> bool:
    return [len(one) for one in counts] == [len(classes) for classes in questions(policy)]


def _sum(one: Matrices, other: Matrices | None) -> Matrices:
    return [a + b for a, b in zip(one, other, strict=True)] if other else list(one)


def _matrices(plain: Sequence[Sequence[object]]) -> Matrices:
    return [np.array(one, dtype=float) for one in plain]


def _plain(matrices: Matrices) -> list[list[object]]:
    return [np.round(one, DECIMALS).tolist() for one in matrices]
