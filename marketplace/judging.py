"""Judging tasks together: whose votes weigh how much, what their answers come to, and who is paid by the job's rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from annotation.shapes import read_answer
from marketplace import tag_learning
from marketplace.adopting import Answered, Decided, Given
from marketplace.drawing_lessons import Shown, shown_by
from marketplace.flags import suspected, unheard
from marketplace.gold_places import gold_scope
from marketplace.models import Assignment
from qa.drawing_skill import DrawingSkill
from qa.golden import has_gold
from qa.kept_worth import worth_of
from qa.paying import in_good_standing, pay_by_rule
from qa.peers import Peers, compare_peers, peer_agreements
from qa.policy import AGREEMENT, Policy
from qa.reputation import Records, known_of, weights
from qa.verdict import WorkerAnswer, decide


def judge_tasks(*, job_id: int, tasks: Sequence[Answered], policy: Policy, scope: str, now: datetime) -> list[Decided]:
    """Judge each task with its workers' weights: by their records, and by what this batch itself teaches of them.

    Who was turned out of the job as a spammer has none.
    """
    given = answers_of(task_ids=[task.id for task in tasks])
    whose = {each.key: each.worker_id for group in given.values() for each in group}
    worker_ids = sorted(set(whose.values()))
    records, known = known_of(worker_ids=worker_ids, scope=scope, now=now)
    silenced = dict.fromkeys(unheard(job_id=job_id, worker_ids=worker_ids), 0.0)
    before = weights(records=records) | silenced
    first = {
        task_id: [WorkerAnswer(each.key, read_answer(each.body), before[each.worker_id]) for each in group]
        for task_id, group in given.items()
    }
    peers = {task_id: compare_peers(answers=group, policy=policy) for task_id, group in first.items()}
    weight_of = weights(records=records, lessons=_lessons(first, given, peers, policy)) | silenced
    shown = shown_by(answers=first, workers=whose, peers=peers, known=known, policy=policy)
    weighed = _weigh(first, whose, weight_of, shown)
    tagged, version = tag_learning.judge_batch(job_id=job_id, answers=weighed, workers=whose, policy=policy)
    calibration = worth_of(scope=gold_scope(job_id=job_id)) if has_gold(policy=policy) else None
    skills = {key: shown.skills[worker] for key, worker in whose.items() if worker in shown.skills}
    judge = partial(decide, policy=policy, calibration=calibration, skills=skills)
    found = []
    for task in tasks:
        of_task, drawn = tagged.get(task.id), shown.counts.get(task.id, {})
        outcome = judge(answers=weighed[task.id], peers=peers[task.id], tagged=of_task)
        found.append(Decided(task, given[task.id], outcome, of_task, version, drawn))
    if policy.pay_rule == AGREEMENT:
        return found
    return _pay_by_rule(found, policy, records, suspected(job_id=job_id, worker_ids=worker_ids))


def _weigh(
    answers: Mapping[int, Sequence[WorkerAnswer]],
    whose: Mapping[str, int],
    weight_of: Mapping[int, float],
    shown: Shown,
) -> dict[int, list[WorkerAnswer]]:
    """The answers with the weights of their votes and, where anything is drawn, of where it lies."""
    care_of: dict[int, float] = {}
    if shown.skills:
        skills = {worker: shown.skills.get(worker, DrawingSkill()) for worker in weight_of}
        care_of = {worker: skills[worker].care_beside(weight=weight) for worker, weight in weight_of.items()}
    return {
        task_id: [each.weighing(weight=weight_of[whose[each.key]], care=care_of.get(whose[each.key])) for each in group]
        for task_id, group in answers.items()
    }


def _pay_by_rule(found: list[Decided], policy: Policy, records: Records, suspected: set[int]) -> list[Decided]:
    """The same with the verdicts of the job's pay rule; nobody under suspicion is spared by it."""
    good = in_good_standing(records=records, flagged=suspected)
    return [
        replace(
            one,
            outcome=pay_by_rule(
                outcome=one.outcome,
                policy=policy,
                standing={each.key for each in one.given if each.worker_id in good},
                flagged={each.key for each in one.given if each.worker_id in suspected},
            ),
        )
        for one in found
    ]


def _lessons(
    answers: Mapping[int, Sequence[WorkerAnswer]],
    given: Mapping[int, Sequence[Given]],
    peers: Mapping[int, Peers],
    policy: Policy,
) -> dict[int, list[float]]:
    """By worker how far each of their answers agrees with the others to the same image."""
    lessons: dict[int, list[float]] = {}
    for task_id, group in answers.items():
        agreements = peer_agreements(answers=group, policy=policy, peers=peers[task_id])
        for each in given[task_id]:
            if each.key in agreements:
                lessons.setdefault(each.worker_id, []).append(agreements[each.key])
    return lessons


def answers_of(*, task_ids: list[int]) -> dict[int, list[Given]]:
    """All answers to these tasks, by task, in the order in which they came."""
    groups: dict[int, list[Given]] = {task_id: [] for task_id in task_ids}
    rows = Assignment.objects.filter(task__in=task_ids, state__in=Assignment.ANSWERED).order_by("submitted_at", "pk")
    for pk, task_id, worker_id, state, body in rows.values_list(
        "pk", "task_id", "worker_id", "state", "annotation__body"
    ):
        groups[task_id].append(Given(str(pk), task_id, worker_id, state, body))
    return groups
