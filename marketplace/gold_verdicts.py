"""Judging answers to gold: held against the known answer, and told together with what else its worker is told."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import F

from annotation.shapes import Answer, read_answer
from marketplace import review_queue, tag_learning, wages
from marketplace.gold_places import gold_scope
from marketplace.models import Assignment, Job, Review, Task
from marketplace.policies import policy_of, skill_scope
from qa.golden import against_truth, crowd_of, told_of
from qa.judging import Judged, store_outcomes, verdict_scope
from qa.models import Gold, GoldResult
from qa.policy import Policy
from qa.reputation import record, records_of
from qa.verdict import WorkerAnswer

STEPS = (-3, -2, -1, 2)
"""How many answers before or after it lies the one that an answer to gold is told with, each as likely. Measured: with
as many after as before, gold waits longer than other answers, because one before may be told already; always with the
nearest, it shares its moment with its neighbours too often."""
NOBODY = 0
"""Whose the known answer is, among workers; and below it, where it is given twice."""
LOOKED_BACK = 200
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
    shapes: int


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

    Each answer to gold goes with one near it to another image, drawn by lot: its worker hears of both at once, so of
    none earlier than is usual, or later, or alone.
    """
    if not job.gold_budget or not keys:
        return []
    told = Assignment.objects.filter(pk__in=keys).exclude(task__state=Task.State.GOLD)
    workers = sorted(set(told.values_list("worker_id", flat=True)))
    waiting = waiting_gold(job=job, worker_ids=workers)
    near = _others_of(job, sorted({one.worker_id for one in waiting}))
    now_told = set(keys)
    # People may be judging answers to gold themselves at this moment.
    waiting = [one for one in waiting if str(one.pk) not in now_told]
    due = [one for one in waiting if _is_told(_companion(one, near.get(one.worker_id, [])), now_told)]
    return rule(job=job, waiting=due, now=now)


class _Other(NamedTuple):
    """An answer to another image."""

    key: str
    submitted_at: datetime
    settled: bool


_OTHERS = """
    SELECT w.worker, near.id, near.submitted_at, near.settled
    FROM unnest(%s::bigint[]) AS w(worker) CROSS JOIN LATERAL (
        SELECT a.id, a.submitted_at, a.settled_at IS NOT NULL AS settled
        FROM marketplace_assignment a JOIN marketplace_task t ON t.id = a.task_id
        WHERE a.worker_id = w.worker AND a.job_id = %s AND a.submitted_at IS NOT NULL AND t.state <> 'gold'
        ORDER BY a.submitted_at DESC LIMIT %s) AS near
"""


def _others_of(job: Job, worker_ids: list[int]) -> dict[int, list[_Other]]:
    """The latest answers of some workers to a job's other images, by worker, the first first."""
    if not worker_ids:
        return {}
    found: dict[int, list[_Other]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, [worker_ids, job.pk, LOOKED_BACK])
        for worker_id, key, submitted_at, settled in cursor.fetchall():
            found.setdefault(worker_id, []).insert(0, _Other(str(key), submitted_at, settled))
    return found


def _companion(one: Assignment, others: Sequence[_Other]) -> _Other | None:
    """The answer that an answer to gold is told with; None while it is not given yet."""
    at = bisect_left(others, one.submitted_at, key=lambda other: other.submitted_at)
    step = STEPS[one.pk.int % len(STEPS)]
    place = at + step if step < 0 else at + step - 1
    if step < 0 and place < 0:
        place = at
    return others[place] if place < len(others) else None


def _is_told(companion: _Other | None, now_told: set[str]) -> bool:
    return companion is not None and (companion.settled or companion.key in now_told)


def waiting_gold(*, job: Job, worker_ids: Sequence[int] | None = None) -> list[Assignment]:
    """Answers to a job's gold that wait for their verdict, in the order in which they came."""
    tasks = list(Task.objects.filter(job=job, state=Task.State.GOLD).values_list("pk", flat=True))
    rows = Assignment.objects.filter(task__in=tasks, state=Assignment.State.SUBMITTED)
    if worker_ids is not None:
        rows = rows.filter(worker__in=worker_ids)
    return list(rows.select_related("task", "annotation").order_by("submitted_at", "pk"))


def rule(*, job: Job, waiting: Sequence[Assignment], now: datetime) -> list[GoldRuling]:
    """Judge these answers to gold: stores what is told, what they came to, and what the workers' records learn.

    The caller accepts or rejects them by what is returned, in the same transaction, as a settler of the job. Where
    people judge, what other answers would wait for these wait for as well: they are put into the queue, and not
    returned. Under "requester" those are all; under "both" what would be rejected, and what was sent back once.
    """
    policy = policy_of(job=job)
    if policy.judge != "consensus":
        queued = set(Review.objects.filter(assignment__in=waiting, said="").values_list("assignment_id", flat=True))
        waiting = [one for one in waiting if one.pk not in queued]
        by_hand = [one for one in waiting if policy.judge == "requester" or one.returned_at is not None]
        review_queue.await_known(job_id=job.pk, answers=[str(one.pk) for one in by_hand], now=now)
        waiting = [one for one in waiting if one not in by_hand]
    if not waiting:
        return []
    held = _holding(job, waiting, policy)
    judged = _judged(job, held, policy)
    kept = store_outcomes(judged=judged, policy=policy, now=now)
    rulings = [
        GoldRuling(
            key=str(one.given.pk),
            worker_id=one.given.worker_id,
            accepted=each.verdicts[0].accepted,
            verdict_id=stored.verdicts[str(one.given.pk)],
            # By what its worker is told, and not by the known answer: pay must not say which images are gold.
            shapes=wages.matched(evidence=each.verdicts[0].evidence),
        )
        for one, each, stored in zip(held, judged, kept, strict=True)
    ]
    if policy.judge == "both":
        review_queue.ask(job_id=job.pk, proposed=[each for each in rulings if not each.accepted], now=now)
        rulings = [each for each in rulings if each.accepted]
    told = {each.key for each in rulings}
    _note(job, [one for one in held if str(one.given.pk) in told], now)
    return rulings


def note_by_hand(*, job: Job, keys: Sequence[str], now: datetime) -> None:
    """Hold those of these answers against the known one that are to gold and were judged by people, as they are told;
    their verdict is what the people said."""
    policy = policy_of(job=job)
    if not job.gold_budget or policy.judge == "consensus":
        return
    rows = Assignment.objects.filter(pk__in=keys, task__state=Task.State.GOLD).select_related("task", "annotation")
    scopes = {verdict_scope(key=str(one.pk)): one for one in rows.order_by("submitted_at", "pk")}
    known = set(GoldResult.objects.filter(scope__in=scopes).values_list("scope", flat=True))
    _note(job, _holding(job, [one for scope, one in scopes.items() if scope not in known], policy), now)


def _holding(job: Job, waiting: Sequence[Assignment], policy: Policy) -> list[_Held]:
    golds = Gold.objects.filter(scope=gold_scope(job_id=job.pk), image__in=[one.task.image_id for one in waiting])
    by_image = {gold.image_id: gold for gold in golds}
    return [_hold(one, by_image[one.task.image_id], policy) for one in waiting]


def _hold(given: Assignment, gold: Gold, policy: Policy) -> _Held:
    assert given.annotation is not None, "an answered assignment has an annotation"
    answer, truth = read_answer(given.annotation.body), read_answer(gold.body)
    agreement, right = against_truth(answer=answer, truth=truth, policy=policy)
    return _Held(given, gold, answer, truth, agreement, right)


def _judged(job: Job, held: Sequence[_Held], policy: Policy) -> list[Judged]:
    """What is told of each, judged as a batch of tasks is."""
    crowds: dict[int, list[WorkerAnswer]] = {}
    whose: dict[str, int] = {}
    for number, one in enumerate(held):
        own, peers = WorkerAnswer(str(one.given.pk), one.answer), _peers(one, policy.min_overlap - 1, policy)
        whose |= {own.key: one.given.worker_id} | {each.key: worker_id for each, worker_id in peers}
        crowds[number] = crowd_of(own=own, peers=[each for each, _ in peers], truth=one.truth, policy=policy)
        whose |= {each.key: NOBODY - place for place, each in enumerate(crowds[number]) if each.key not in whose}
    tagged, _ = tag_learning.judge_batch(job_id=job.pk, answers=crowds, workers=whose, policy=policy)
    return [
        Judged(
            scope=f"task:{one.given.task_id}:{one.given.pk}",
            image_id=one.gold.image_id,
            outcome=told_of(key=str(one.given.pk), crowd=crowds[number], policy=policy, tagged=tagged.get(number)),
            workers={str(one.given.pk): one.given.worker_id},
            made_of=policy.min_overlap,
        )
        for number, one in enumerate(held)
    ]


def _peers(one: _Held, count: int, policy: Policy) -> list[tuple[WorkerAnswer, int]]:
    """The latest right answers of others to the same gold, with their workers."""
    others = Assignment.objects.filter(task=one.given.task_id, state__in=Assignment.ANSWERED)
    rows = others.exclude(worker=one.given.worker_id).order_by("-submitted_at", "pk")
    found = [
        (WorkerAnswer(str(pk), read_answer(body)), worker_id)
        for pk, worker_id, body in rows.values_list("pk", "worker_id", "annotation__body")[: 2 * count]
    ]
    return [each for each in found if against_truth(answer=each[0].answer, truth=one.truth, policy=policy)[1]][:count]


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
