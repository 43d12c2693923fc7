"""Keeping what was decided: consensus revisions and verdicts, written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from qa.models import Consensus, Verdict
from qa.policy import Policy
from qa.verdict import Outcome


def verdict_scope(*, key: str) -> str:
    """The scope of the verdict on one answer, from the answer's key (its assignment's id)."""
    return f"assignment:{key}"


@dataclass(frozen=True)
class Judged:
    """An outcome to be kept under `scope` (e.g. `task:17`); `workers`: the worker's id by the answer's key."""

    scope: str
    image_id: int
    outcome: Outcome
    workers: Mapping[str, int]


Kept = tuple[Consensus, dict[str, Verdict]]


def store_outcome(
    *, scope: str, image_id: int, outcome: Outcome, policy: Policy, workers: Mapping[str, int], now: datetime
) -> Kept:
    """Store one outcome; see `store_outcomes`."""
    one = Judged(scope=scope, image_id=image_id, outcome=outcome, workers=workers)
    return store_outcomes(judged=[one], policy=policy, now=now)[0]


@transaction.atomic
def store_outcomes(*, judged: Sequence[Judged], policy: Policy, now: datetime) -> list[Kept]:
    """Store each outcome as the next revision of its scope, and of each answer's verdict: four statements for all.

    Returns the consensus and the verdicts by key of each, in order. Two at once for one scope: the second fails with
    IntegrityError. Raises KeyError when a key has no worker.
    """
    latest = _latest(Consensus.objects.filter(scope__in=[each.scope for each in judged]))
    adopted = Consensus.objects.bulk_create(
        Consensus(
            scope=each.scope,
            image_id=each.image_id,
            revision=latest.get(each.scope, 0) + 1,
            body=each.outcome.consensus.as_json(),
            agreement=each.outcome.consensus.agreement,
            confidence=each.outcome.consensus.confidence,
            answers=len(each.outcome.verdicts),
            policy=policy.as_json(),
            created_at=now,
        )
        for each in judged
    )
    return _with_verdicts(adopted, judged, now)


def _with_verdicts(adopted: Sequence[Consensus], judged: Sequence[Judged], now: datetime) -> list[Kept]:
    drafts = [(n, draft) for n, each in enumerate(judged) for draft in each.outcome.verdicts]
    scopes = [verdict_scope(key=draft.key) for _, draft in drafts]
    latest = _latest(Verdict.objects.filter(scope__in=scopes))
    verdicts = Verdict.objects.bulk_create(
        Verdict(
            scope=scope,
            consensus=adopted[n],
            worker_id=judged[n].workers[draft.key],
            accepted=draft.accepted,
            agreement=draft.agreement,
            reason=draft.reason,
            explanation=draft.explanation,
            evidence=draft.evidence,
            revision=latest.get(scope, 0) + 1,
            created_at=now,
        )
        for scope, (n, draft) in zip(scopes, drafts, strict=True)
    )
    by_key: list[dict[str, Verdict]] = [{} for _ in judged]
    for (n, draft), verdict in zip(drafts, verdicts, strict=True):
        by_key[n][draft.key] = verdict
    return list(zip(adopted, by_key, strict=True))


def _latest(revisions: QuerySet[Any]) -> dict[str, int]:
    return dict(revisions.order_by().values("scope").annotate(latest=Max("revision")).values_list("scope", "latest"))
