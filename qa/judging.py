"""Keeping what was decided: consensus revisions and verdicts, written once."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from qa.models import Verdict
from qa.policy import Policy
from qa.verdict import Outcome, VerdictDraft


def verdict_scope(*, key: str) -> str:
    """The scope of the verdict on one answer, from the answer's key (its assignment's id)."""
    return f"assignment:{key}"


@dataclass(frozen=True)
class Judged:
    """An outcome to be kept under `scope` (e.g. `task:17`); `workers`: the worker's id by the answer's key.

    `told`: the keys of the answers whose verdicts are kept; None: all. `made_of`: how many answers the consensus was
    made from, if not one a verdict.
    """

    scope: str
    image_id: int
    outcome: Outcome
    workers: Mapping[str, int]
    told: Collection[str] | None = None
    made_of: int | None = None

    @property
    def verdicts(self) -> list[VerdictDraft]:
        """The verdicts to be kept."""
        return [draft for draft in self.outcome.verdicts if self.told is None or draft.key in self.told]


@dataclass(frozen=True)
class Kept:
    """What became of an outcome: its consensus's id and revision, and the verdicts' ids by the answer's key."""

    consensus_id: int
    revision: int
    verdicts: Mapping[str, int]


def store_outcome(
    *, scope: str, image_id: int, outcome: Outcome, policy: Policy, workers: Mapping[str, int], now: datetime
) -> Kept:
    """Store one outcome; see `store_outcomes`."""
    one = Judged(scope=scope, image_id=image_id, outcome=outcome, workers=workers)
    return store_outcomes(judged=[one], policy=policy, now=now)[0]


@transaction.atomic(savepoint=False)
def store_outcomes(*, judged: Sequence[Judged], policy: Policy, now: datetime) -> list[Kept]:
    """Store outcomes of distinct scopes, each as the next revision of its scope, and of each answer's verdict.

    Two statements for all. Two at once for one scope: the second fails with IntegrityError. Raises KeyError when a key
    has no worker. Returns what was kept, in order.
    """
    adopted = _insert_consensus(judged, policy, now)
    verdicts = _insert_verdicts(judged, adopted, now)
    return [
        Kept(
            *adopted[each.scope],
            verdicts={draft.key: verdicts[verdict_scope(key=draft.key)] for draft in each.verdicts},
        )
        for each in judged
    ]


def store_verdict(
    *, key: str, worker_id: int, accepted: bool, reason: str, explanation: str, like: Verdict | None, now: datetime
) -> int:
    """Store a person's verdict on one answer; returns its id.

    `like`: a former verdict on the same answer, whose consensus, agreement and evidence it keeps; without one it speaks
    of the answer alone.
    """
    scope = verdict_scope(key=key)
    latest = Verdict.objects.filter(scope=scope).aggregate(latest=Max("revision"))["latest"] or 0
    return Verdict.objects.create(
        scope=scope,
        consensus_id=like.consensus_id if like else None,
        worker_id=worker_id,
        accepted=accepted,
        agreement=like.agreement if like else None,
        reason=reason,
        explanation=explanation,
        evidence=like.evidence if like else {},
        revision=latest + 1,
        created_at=now,
    ).pk


def overturn_verdict(*, verdict_id: int, reason: str, explanation: str, now: datetime) -> int:
    """Accept what a verdict refused: its next revision, on the same consensus by the same evidence; returns its id."""
    former = Verdict.objects.get(pk=verdict_id)
    assert not former.accepted, "only a rejection is overturned"
    return store_verdict(
        key=former.scope.removeprefix(verdict_scope(key="")),
        worker_id=former.worker_id,
        accepted=True,
        reason=reason,
        explanation=explanation,
        like=former,
        now=now,
    )


# The rows come as one JSON text: arrays would be quoted value by value, which takes longer than judging does.
_CONSENSUS = """
    INSERT INTO qa_consensus
        (scope, image_id, revision, body, agreement, confidence, answers, policy, created_at)
    SELECT scope, image_id,
        1 + coalesce((SELECT max(c.revision) FROM qa_consensus c WHERE c.scope = fresh.scope), 0),
        body, agreement, confidence, answers, %(policy)s::jsonb, %(now)s
    FROM json_to_recordset(%(rows)s::json) AS fresh
        (scope text, image_id bigint, body jsonb, agreement float8, confidence float8, answers smallint)
    RETURNING scope, id, revision
"""


def _insert_consensus(judged: Sequence[Judged], policy: Policy, now: datetime) -> dict[str, tuple[int, int]]:
    """Id and revision of each consensus, by scope."""
    rows = [
        {
            "scope": each.scope,
            "image_id": each.image_id,
            "body": each.outcome.consensus.as_json(),
            "agreement": each.outcome.consensus.agreement,
            "confidence": each.outcome.consensus.confidence,
            "answers": each.made_of or len(each.outcome.verdicts),
        }
        for each in judged
    ]
    params = {"rows": json.dumps(rows), "policy": json.dumps(policy.as_json()), "now": now}
    return {scope: (pk, revision) for scope, pk, revision in _insert(_CONSENSUS, params)}


_VERDICTS = """
    INSERT INTO qa_verdict
        (scope, consensus_id, worker_id, accepted, agreement, reason, explanation, evidence, revision, created_at)
    SELECT scope, consensus_id, worker_id, accepted, agreement, reason, explanation, evidence,
        1 + coalesce((SELECT max(v.revision) FROM qa_verdict v WHERE v.scope = fresh.scope), 0), %(now)s
    FROM json_to_recordset(%(rows)s::json) AS fresh
        (scope text, consensus_id bigint, worker_id bigint, accepted boolean, agreement float8, reason text,
         explanation text, evidence jsonb)
    RETURNING scope, id
"""


def _insert_verdicts(judged: Sequence[Judged], adopted: Mapping[str, tuple[int, int]], now: datetime) -> dict[str, int]:
    """The id of each verdict, by scope."""
    rows = [
        {
            "scope": verdict_scope(key=draft.key),
            "consensus_id": adopted[each.scope][0],
            "worker_id": each.workers[draft.key],
            "accepted": draft.accepted,
            "agreement": draft.agreement,
            "reason": draft.reason,
            "explanation": draft.explanation,
            "evidence": draft.evidence,
        }
        for each in judged
        for draft in each.verdicts
    ]
    return dict(_insert(_VERDICTS, {"rows": json.dumps(rows), "now": now}))


def _insert(statement: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()
