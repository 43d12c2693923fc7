"""Signs that somebody answers without looking: too fast to have worked, or the same answer again and again.

What is told is evidence for a person to judge, never a verdict. Both looks hold a worker against the others of the same
job, on the same images where possible: a series of images that are all alike must look suspicious in nobody.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

LOOK_MS = 300
SHAPE_MS = 300
"""Nobody sees and answers a picture in less than LOOK_MS, and nobody draws a shape in less than SHAPE_MS: aiming and
clicking twice takes longer (Fitts, 1954, and any stopwatch)."""
FEWEST_ANSWERS = 5
FEWEST_WORKERS = 5
"""Fewer say nothing about how much workers differ."""
IMPOSSIBLE_SHARE = 0.2
DEVIATIONS = 3.0
HASTE = 0.35
LEAST_SPREAD = 0.3
"""Three deviations below the mean of a few people who work evenly may be no haste at all; a third of the usual time is.
Of honest people one is often half again as fast as another: a spread of 0.3 in log time at least."""
SHORTEST_RUN = 10
LEAN = 0.7
SURE = 0.001
"""The chance that any honest worker of a job is flagged for a run."""
_OTHERS = 2.0  # answers' worth of the job's shares in the shares of one image


@dataclass(frozen=True)
class Given:
    """One answer: when it was given in its worker's order (`turn`), how long it took, and what it says.

    `shapes`: how many were drawn. `answer`: what it says, equal for equal answers.
    """

    key: str
    task: int
    worker: int
    turn: float
    ms: int
    shapes: int
    answer: str


@dataclass(frozen=True)
class Haste:
    """Somebody too fast. `pace`: their time as a part of what others take for the same, the median of their answers.

    `impossible`: answers faster than anybody can look and draw, of `answers`; `keys` names them. `deviations`: how
    far below the mean of the workers, on log time, in robust standard deviations; None where too few work.
    """

    worker: int
    answers: int
    impossible: int
    pace: float
    deviations: float | None
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """The longest unlikely run of one answer: `length` answers in a row, `keys` of them.

    `chance`: how likely anybody of an honest crowd gives such a run, by what others say of the same images.
    """

    worker: int
    answers: int
    length: int
    answer: str
    chance: float
    keys: tuple[str, ...]


def fastest_ms(*, shapes: int) -> int:
    """Below this an answer with so many shapes was not made by looking and drawing."""
    return LOOK_MS + SHAPE_MS * shapes


def too_fast(*, answers: Sequence[Given]) -> list[Haste]:
    """Workers who are impossibly fast in a fifth of their answers, or far faster than the others in all.

    Far faster: they take about a third of what others take for as many shapes, by the median of their answers, and are
    three standard deviations below the others on log time. In the order of the workers.
    """
    by_worker = _by_worker(answers)
    paces = _paces(by_worker, answers)
    found = []
    for worker, own in by_worker.items():
        quick = [each for each in own if each.ms < fastest_ms(shapes=each.shapes)]
        below = _deviations(worker, paces)
        impossible = len(quick) >= max(FEWEST_ANSWERS, IMPOSSIBLE_SHARE * len(own))
        hasty = below is not None and below >= DEVIATIONS and paces[worker] < HASTE
        if len(own) >= FEWEST_ANSWERS and (impossible or hasty):
            fast = quick or sorted(own, key=lambda each: each.ms)[:FEWEST_ANSWERS]
            keys = tuple(each.key for each in sorted(fast, key=lambda each: (each.turn, each.key)))
            pace = round(paces.get(worker, 1.0), 3)
            told = None if below is None else round(below, 1)
            found.append(Haste(worker, len(own), len(quick), pace, told, keys))
    return found


def constant(*, answers: Sequence[Given]) -> list[Run]:
    """Workers who give one answer for so long that what others say of the same images does not explain it.

    A run of ten at least. Its chance is the product of the shares that the others give this answer on each image, mixed
    with its share in the whole job, times the places where it could begin and the workers it could be of. Who also
    gives this answer often outside the run leans to it, rightly or wrongly, and is held to that share where it is more,
    up to LEAN: else whoever clicks the same nearly always would be excused by doing so.
    """
    by_worker = _by_worker(answers)
    said: dict[int, Counter[str]] = {}
    for each in answers:
        said.setdefault(each.task, Counter())[each.answer] += 1
    overall = Counter(each.answer for each in answers)
    found = []
    for worker, own in by_worker.items():
        mine = Counter(each.answer for each in own)
        shares = {
            answer: (overall[answer] - mine[answer] + 1.0) / (len(answers) - len(own) + len(overall) + 1.0)
            for answer in mine
        }
        worst: Run | None = None
        for run in _runs(own):
            share = shares[run[0].answer]
            lean = (mine[run[0].answer] - len(run)) / (len(own) - len(run) + _OTHERS)
            chance = math.prod(max(min(lean, LEAN), _share(each, said[each.task], share)) for each in run)
            chance = min(1.0, chance * len(own) * len(by_worker))
            if chance < SURE and (worst is None or chance < worst.chance):
                worst = Run(worker, len(own), len(run), run[0].answer, chance, tuple(each.key for each in run))
        if worst:
            found.append(worst)
    return found


def _share(own: Given, said: Counter[str], share: float) -> float:
    """How likely this answer is to this image, by the others' answers to it."""
    others = said.total() - 1
    return (said[own.answer] - 1 + _OTHERS * share) / (others + _OTHERS)


def _runs(own: Sequence[Given]) -> Iterable[list[Given]]:
    """Runs of one answer, long enough to tell."""
    run: list[Given] = []
    for each in own:
        if run and run[-1].answer != each.answer:
            if len(run) >= SHORTEST_RUN:
                yield run
            run = []
        run.append(each)
    if len(run) >= SHORTEST_RUN:
        yield run


def _by_worker(answers: Sequence[Given]) -> dict[int, list[Given]]:
    """Each worker's answers in their order."""
    found: dict[int, list[Given]] = {}
    for each in sorted(answers, key=lambda each: (each.worker, each.turn, each.key)):
        found.setdefault(each.worker, []).append(each)
    return found


def _paces(by_worker: dict[int, list[Given]], answers: Sequence[Given]) -> dict[int, float]:
    """Each worker's time as a part of the job's median for about as many shapes, the median of their answers."""
    times: dict[int, list[float]] = {}
    for each in answers:
        times.setdefault(_size(each), []).append(max(each.ms, 1))
    usual = {size: median(found) for size, found in times.items() if len(found) >= FEWEST_ANSWERS}
    paces = {}
    for worker, own in by_worker.items():
        parts = [max(each.ms, 1) / usual[_size(each)] for each in own if _size(each) in usual]
        if len(parts) >= FEWEST_ANSWERS:
            paces[worker] = median(parts)
    return paces


def _size(each: Given) -> int:
    """Answers with about as many shapes: 0, 1, 2 to 3, 4 to 7 …"""
    return each.shapes.bit_length()


def _deviations(worker: int, paces: dict[int, float]) -> float | None:
    """How far a worker is below the others, on log time; the others' middle and spread are robust ones."""
    others = [math.log(pace) for each, pace in paces.items() if each != worker]
    if worker not in paces or len(others) < FEWEST_WORKERS - 1:
        return None
    middle = median(others)
    # 1.4826 makes the median deviation of a normal spread its standard deviation.
    spread = max(1.4826 * median(abs(each - middle) for each in others), LEAST_SPREAD)
    return (middle - math.log(paces[worker])) / spread
