"""Keeping what was decided: consensus revisions and verdicts, written once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from qa.models import Consensus, Verdict
from qa.policy import Policy
from qa.verdict import Outcome


def verdict_scope(*, key: str) -> str:
    """The scope of the verdict on one answer, from the answer's key (its assignment's id)."""
    return f"assignment:{key}"


@transaction.atomic
def store_outcome(
    *, scope: str, image_id: int, outcome: Outcome, policy: Policy, workers: Mapping[str, int], now: datetime
) -> tuple[Consensus, dict[str, Verdict]]:
    """Store an outcome as the next revision of `scope` (e.g. `task:17`), and of each answer's verdict.

    `workers`: the worker's id by the answer's key. Returns the consensus and the verdicts by key. Two at once for one
    scope: the second fails with IntegrityError. Raises KeyError when a key has no worker.
    """
    consensus = Consensus.objects.create(
        scope=scope,
        image_id=image_id,
        revision=(Consensus.objects.filter(scope=scope).aggregate(latest=Max("revision"))["latest"] or 0) + 1,
        body=outcome.consensus.as_json(),
        agreement=outcome.consensus.agreement,
        confidence=outcome.consensus.confidence,
        answers=len(outcome.verdicts),
        policy=policy.as_json(),
        created_at=now,
    )
    return consensus, _store_verdicts(consensus, outcome, workers, now)


def _store_verdicts(
    consensus: Consensus, outcome: Outcome, workers: Mapping[str, int], now: datetime
) -> dict[str, Verdict]:
    scopes = {draft.key: verdict_scope(key=draft.key) for draft in outcome.verdicts}
    judged = Verdict.objects.filter(scope__in=scopes.values()).values("scope").annotate(latest=Max("revision"))
    latest = dict(judged.values_list("scope", "latest"))
    verdicts = Verdict.objects.bulk_create(
        Verdict(
            scope=scopes[draft.key],
            consensus=consensus,
            worker_id=workers[draft.key],
            accepted=draft.accepted,
            agreement=draft.agreement,
            reason=draft.reason,
            explanation=draft.explanation,
            evidence=draft.evidence,
            revision=latest.get(scopes[draft.key], 0) + 1,
            created_at=now,
        )
        for draft in outcome.verdicts
    )
    return {draft.key: verdict for draft, verdict in zip(outcome.verdicts, verdicts, strict=True)}
