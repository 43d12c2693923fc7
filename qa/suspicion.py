"""Looks through a job's answers for signs of spam and collusion, and how far they agree; evidence as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotation.shapes import BOX, Answer
from qa.agreement import questions_of
from qa.alpha import Alpha, distance_alpha, nominal_alpha
from qa.collusion import groups_by_answers, groups_by_closeness
from qa.excess import Group, Pair
from qa.peers import compare_peers
from qa.policy import Policy
from qa.spam import Given, constant, too_fast
from qa.verdict import WorkerAnswer

HASTE, RUN, GROUP, COPIES = "haste", "run", "group", "copies"
SHOWN = 12
"""Answers named as examples: enough to look at."""
ALPHA_PAIRS, PAIRS = 4_000, 15_000
"""Pairs of answers compared: across images for what chance gives, and on the same images, the latest first."""
SLOW_ALPHA_PAIRS, SLOW_PAIRS = 400, 1_500
"""The same where anything but boxes is drawn: outlines and masks take a hundred times as long to compare."""
_LONGEST = 60


@dataclass(frozen=True)
class Seen:
    """One answer in its job: who gave it to which task, when in their order (`turn`), and in how many milliseconds."""

    key: str
    task: int
    worker: int
    turn: float
    ms: int
    answer: Answer


@dataclass(frozen=True)
class Suspicion:
    """Signs against a worker. `weight`: how many answers speak for it; `evidence`: JSON.

    `haste`: `answers`, `impossible`, `pace`, `deviations`. `run`: `answers`, `length`, `answer`, `chance`. `group` and
    `copies`: `pairs`, each `with` (a worker), `tasks`, `alike`, `expected`, `copied`, `chance`. In all, `examples`:
    keys of answers to look at.
    """

    kind: str
    worker: int
    weight: int
    evidence: Mapping[str, Any]


def suspicions(*, answers: Sequence[Seen], policy: Policy) -> list[Suspicion]:
    """All signs found in some answers of a job, at most one of each kind a worker."""
    drawn = _drawn(answers, policy)
    given = [
        Given(each.key, each.task, each.worker, each.turn, each.ms, len(each.answer.shapes), signature(each.answer))
        for each in answers
    ]
    found = [_haste(haste) for haste in too_fast(answers=given)]
    words = {each.key: told(each.answer) for each in answers}
    for run in constant(answers=given):
        evidence = {"answers": run.answers, "length": run.length, "answer": words[run.keys[0]], "chance": run.chance}
        found.append(Suspicion(RUN, run.worker, run.length, {**evidence, "examples": list(run.keys[:SHOWN])}))
    # Pictures with nothing on them look alike in everybody's answers.
    same = [each for each in given if each.shapes or not drawn]
    found += _of_groups(GROUP, _exact(same), answers)
    if drawn:
        found += _of_groups(COPIES, _near(answers, policy), answers)
    return found


def _drawn(answers: Sequence[Seen], policy: Policy) -> bool:
    return any(each.answer.shapes for each in answers) or not policy.tags


def _quick(answers: Sequence[Seen]) -> bool:
    """Whether these take little to compare."""
    return all(shape.type == BOX for each in answers for shape in each.answer.shapes)


def _by_task(answers: Sequence[Seen]) -> dict[int, list[Seen]]:
    """The answers of the latest tasks, as many as may be compared on the same image, each task's by key."""
    found: dict[int, list[Seen]] = {}
    for each in sorted(answers, key=lambda each: (-each.turn, each.key)):
        found.setdefault(each.task, []).append(each)
    left = PAIRS if _quick(answers) else SLOW_PAIRS
    kept: dict[int, list[Seen]] = {}
    for task, group in found.items():
        left -= len(group) * (len(group) - 1) // 2
        if left < 0 and kept:
            break
        kept[task] = sorted(group, key=lambda each: each.key)
    return kept


def alpha_of(*, answers: Sequence[Seen], policy: Policy, generator: np.random.Generator) -> Alpha:
    """Krippendorff's alpha of these answers: of tags that are the same or not, or by 1 − the agreement of drawings."""
    if _drawn(answers, policy):

        def apart(one: Answer, other: Answer) -> float:
            pair = [WorkerAnswer("a", one), WorkerAnswer("b", other)]
            return 1.0 - compare_peers(answers=pair, policy=policy).agreements[0, 1]

        drawings = [[each.answer for each in group] for group in _by_task(answers).values()]
        pairs = ALPHA_PAIRS if _quick(answers) else SLOW_ALPHA_PAIRS
        return distance_alpha(units=drawings, distance=apart, generator=generator, pairs=pairs)
    units: dict[int, list[Answer]] = {}
    for each in answers:
        units.setdefault(each.task, []).append(each.answer)
    return _joint([_of_question(units, question, policy) for question in range(_questions(policy))])


def signature(answer: Answer) -> str:
    """The same for answers that say the same to the last decimal, however long they took."""
    return json.dumps([answer.tags, [shape.as_json() for shape in answer.shapes]], sort_keys=True)


def told(answer: Answer) -> str:
    """An answer in a few words."""
    parts = [", ".join(answer.tags)] if answer.tags else []
    if answer.shapes:
        parts.append(f"{len(answer.shapes)} drawing{'s' if len(answer.shapes) > 1 else ''}")
    return (" and ".join(parts) or "nothing")[:_LONGEST]


def _haste(found: Any) -> Suspicion:
    evidence = {
        "answers": found.answers,
        "impossible": found.impossible,
        "pace": found.pace,
        "deviations": found.deviations,
        "examples": list(found.keys[:SHOWN]),
    }
    return Suspicion(HASTE, found.worker, found.impossible or found.answers, evidence)


def _questions(policy: Policy) -> int:
    return questions_of(tags=policy.tags, choice=policy.tag_choice)


def _of_question(units: Mapping[int, Sequence[Answer]], question: int, policy: Policy) -> Alpha:
    """Of the one tag that was chosen, or of a yes or no to one tag."""
    votes = [
        (
            task,
            policy.tags.index(answer.tags[0]) if policy.tag_choice == "one" else policy.tags[question] in answer.tags,
        )
        for task, group in units.items()
        for answer in group
        if policy.tag_choice != "one" or (answer.tags and answer.tags[0] in policy.tags)
    ]
    return nominal_alpha(units=[task for task, _ in votes], values=[value for _, value in votes])


def _joint(alphas: Sequence[Alpha]) -> Alpha:
    """Of several questions to the same answers: what differs of all, by what chance would make differ of all."""
    observed, expected = sum(one.observed for one in alphas), sum(one.expected for one in alphas)
    value = 1.0 - observed / expected if expected > 0.0 else None
    return Alpha(value, alphas[0].units, alphas[0].values, observed / len(alphas), expected / len(alphas))


def _exact(given: Sequence[Given]) -> list[Group]:
    codes: dict[str, int] = {}
    return groups_by_answers(
        tasks=[each.task for each in given],
        workers=[each.worker for each in given],
        answers=[codes.setdefault(each.answer, len(codes)) for each in given],
    )


def _near(answers: Sequence[Seen], policy: Policy) -> list[Group]:
    by_task = _by_task([each for each in answers if each.answer.shapes])
    tasks, left, right, agreements = [], [], [], []
    for task, group in by_task.items():
        if len(group) < 3:
            continue  # the two of a pair are always nearest to each other
        compared = compare_peers(answers=[WorkerAnswer(each.key, each.answer) for each in group], policy=policy)
        for (a, b), agreement in compared.agreements.items():
            tasks.append(task)
            left.append(group[a].worker)
            right.append(group[b].worker)
            agreements.append(agreement)
    return groups_by_closeness(tasks=tasks, left=left, right=right, agreements=agreements)


def _of_groups(kind: str, groups: Sequence[Group], answers: Sequence[Seen]) -> list[Suspicion]:
    given: dict[int, dict[int, Seen]] = {}
    for each in answers:
        given.setdefault(each.worker, {})[each.task] = each
    found = []
    for group in groups:
        for worker in group.workers:
            pairs = [pair for pair in group.pairs if worker in (pair.first, pair.second)]
            other = _other(pairs[0], worker)
            shared = sorted(given[worker].keys() & given[other].keys())
            equal = [task for task in shared if told(given[worker][task].answer) == told(given[other][task].answer)]
            evidence = {
                "pairs": [_pair(pair, worker) for pair in pairs],
                "workers": len(group.workers),
                "examples": [given[worker][task].key for task in equal[:SHOWN]],
            }
            found.append(Suspicion(kind, worker, max(pair.alike for pair in pairs), evidence))
    return found


def _other(pair: Pair, worker: int) -> int:
    return pair.second if pair.first == worker else pair.first


def _pair(pair: Pair, worker: int) -> dict[str, Any]:
    return {
        "with": _other(pair, worker),
        "tasks": pair.tasks,
        "alike": pair.alike,
        "expected": pair.expected,
        "copied": pair.copied,
        "chance": pair.chance,
    }
