"""Judging answers to gold: held against the known answer, and told together with what else its worker is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import F

from annotation.shapes import Answer, read_answer
from marketplace.gold_places import gold_scope
from marketplace.models import Assignment, Job, Task
from marketplace.policies import policy_of, skill_scope
from qa.golden import OWN, against_truth, outcome_told
from qa.judging import Judged, store_outcomes, verdict_scope
from qa.models import Gold, GoldResult
from qa.policy import Policy
from qa.reputation import record, records_of

GOOD = 0.7
"""Whose answers agree with what is adopted by so much is heard when they disagree with a known answer."""
HEARD_AFTER = 3.0
"""So much must be known of them (in answers)."""


@dataclass(frozen=True)
class GoldRuling:
    """What becomes of one answer to gold, as `adopting.Ruling`."""

    key: str
    worker_id: int
    accepted: bool
    verdict_id: int


@dataclass(frozen=True)
class _Held:
    """An answer held against the known one."""

    given: Assignment
    gold: Gold
    answer: Answer
    truth: Answer
    agreement: float
    right: bool


def due_with(*, job: Job, keys: Sequence[str], now: datetime) -> list[GoldRuling]:
    """What is to be told of gold when these answers of a job are told theirs.

    An answer to gold is told with the first verdict on an image that its worker answered later; so none comes earlier
    than those on the images around it, and none alone.
    """
    if not job.gold_budget or not keys:
        return []
    told = Assignment.objects.filter(pk__in=keys).exclude(task__state=Task.State.GOLD)
    latest: dict[int, datetime] = {}
    for worker_id, at in told.values_list("worker_id", "submitted_at"):
        if at and (worker_id not in latest or at > latest[worker_id]):
            latest[worker_id] = at
    waiting = [one for one in waiting_gold(job=job, worker_ids=list(latest)) if _given_at(one) < latest[one.worker_id]]
    return rule(job=job, waiting=waiting, now=now)


def _given_at(one: Assignment) -> datetime:
    assert one.submitted_at is not None, "a submitted answer has its time"
    return one.submitted_at


def waiting_gold(*, job: Job, worker_ids: Sequence[int] | None = None) -> list[Assignment]:
    """Answers to a job's gold that wait for their verdict, in the order in which they came."""
    tasks = list(Task.objects.filter(job=job, state=Task.State.GOLD).values_list("pk", flat=True))
    rows = Assignment.objects.filter(task__in=tasks, state=Assignment.State.SUBMITTED)
    if worker_ids is not None:
        rows = rows.filter(worker__in=worker_ids)
    return list(rows.select_related("task", "annotation").order_by("submitted_at", "pk"))


def rule(*, job: Job, waiting: Sequence[Assignment], now: datetime) -> list[GoldRuling]:
    """Judge these answers to gold: stores what is told, what they came to, and what the workers' records learn.

    The caller accepts or rejects them by what is returned, in the same transaction, as a settler of the job.
    """
    if not waiting:
        return []
    policy = policy_of(job=job)
    golds = Gold.objects.filter(scope=gold_scope(job_id=job.pk), image__in=[one.task.image_id for one in waiting])
    by_image = {gold.image_id: gold for gold in golds}
    held = [_hold(one, by_image[one.task.image_id], policy) for one in waiting]
    judged = [_judged(one, policy) for one in held]
    kept = store_outcomes(judged=judged, policy=policy, now=now)
    _note(job, held, now)
    return [
        GoldRuling(
            key=str(one.given.pk),
            worker_id=one.given.worker_id,
            accepted=each.verdicts[0].accepted,
            verdict_id=stored.verdicts[str(one.given.pk)],
        )
        for one, each, stored in zip(held, judged, kept, strict=True)
    ]


def _hold(given: Assignment, gold: Gold, policy: Policy) -> _Held:
    assert given.annotation is not None, "an answered assignment has an annotation"
    answer, truth = read_answer(given.annotation.body), read_answer(gold.body)
    agreement, right = against_truth(answer=answer, truth=truth, policy=policy)
    return _Held(given, gold, answer, truth, agreement, right)


def _judged(one: _Held, policy: Policy) -> Judged:
    key = str(one.given.pk)
    told = outcome_told(answer=one.answer, truth=one.truth, peers=_peers(one, policy.min_overlap - 1), policy=policy)
    verdict = replace(told.verdicts[0], key=key)
    return Judged(
        scope=f"task:{one.given.task_id}:{key}",
        image_id=one.gold.image_id,
        outcome=replace(told, verdicts=(verdict,)),
        workers={key: one.given.worker_id},
        made_of=policy.min_overlap,
    )


def _peers(one: _Held, count: int) -> list[Answer]:
    """The latest right answers of others to the same gold."""
    scopes = one.gold.results.filter(right=True).order_by("-pk").values_list("scope", flat=True)[: 2 * count]
    keys = [scope.removeprefix(verdict_scope(key="")) for scope in scopes]
    others = Assignment.objects.filter(pk__in=keys, annotation__isnull=False).exclude(worker=one.given.worker_id)
    bodies = others.order_by("-submitted_at").values_list("annotation__body", flat=True)[:count]
    return [read_answer(body) for body in bodies]


def _note(job: Job, held: Sequence[_Held], now: datetime) -> None:
    """Write down what the answers came to, and teach it to the records."""
    scope = skill_scope(label_set=job.label_set)
    known = records_of(worker_ids=sorted({one.given.worker_id for one in held}), scope=scope, now=now)
    for one in held:
        GoldResult.objects.create(
            gold=one.gold,
            scope=verdict_scope(key=str(one.given.pk)),
            worker_id=one.given.worker_id,
            agreement=one.agreement,
            right=one.right,
            created_at=now,
        )
        good = _is_good(*known[one.given.worker_id])
        Gold.objects.filter(pk=one.gold.pk).update(
            answers=F("answers") + 1,
            right=F("right") + int(one.right),
            good_right=F("good_right") + int(good and one.right),
            good_wrong=F("good_wrong") + int(good and not one.right),
        )
    lessons: dict[int, list[float]] = {}
    for one in held:
        lessons.setdefault(one.given.worker_id, []).append(one.agreement)
    record(scope=scope, agreements=lessons, now=now)


def _is_good(right: float, wrong: float) -> bool:
    seen = right + wrong
    return seen >= HEARD_AFTER and right / seen >= GOOD
