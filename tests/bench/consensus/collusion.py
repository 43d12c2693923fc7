"""Copying accounts among honest workers, simulated: how many are found, and how many honest ones are accused.

The five of the goal answer all tasks, as the honest ones do: one works, four copy. Told beside it: what copies cannot
be told from honest work by, and what happens in crowds without colluders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.collusion import groups_by_answers, groups_by_closeness
from qa.excess import Group

SEEDS = 20
HONEST, COPIERS, TASKS = 30, 5, 200
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Crowd:
    """A simulated crowd. `copied`: the share of answers that copiers copy; `shaken`: the share of copied tags then
    changed, or by how many pixels copied edges are moved; `hard`: the share of tasks on which most honest workers make
    the same mistake; `overlap`: answers a task, None for all."""

    honest: int = HONEST
    copiers: int = COPIERS
    tasks: int = TASKS
    copied: float = 1.0
    shaken: float = 0.0
    hard: float = 0.0
    overlap: int | None = None
    kinds: int = 2
    care: tuple[float, float] = (0.65, 0.95)

    @property
    def workers(self) -> int:
        return self.honest + self.copiers


NOBODY = Crowd(copiers=0)
TAGS = {
    "copies": Crowd(),
    "four tags": Crowd(kinds=4),
    "a tenth changed": Crowd(shaken=0.1),
    "half copied": Crowd(copied=0.5),
    "half copied, four tags": Crowd(copied=0.5, kinds=4),
    "good crowd": Crowd(care=(0.85, 0.97)),
    "hard tasks": Crowd(hard=0.3),
    "7 answers a task, 1,000 tasks": Crowd(overlap=7, tasks=1000),
    "nobody copies": NOBODY,
    "nobody copies, hard tasks": replace(NOBODY, hard=0.3),
    "nobody copies, hard tasks, four tags": replace(NOBODY, hard=0.3, kinds=4),
    "nobody copies, guessers too": replace(NOBODY, care=(0.5, 0.99)),
    "nobody copies, 3 answers a task, 2,000 tasks": replace(NOBODY, overlap=3, tasks=2000),
}
PIXELS = (1.0, 5.0)  # how far honest edges are off, from the careful to the careless
BOXES = {
    "copies shaken by a pixel": Crowd(shaken=1.0, care=PIXELS),
    "copies shaken by two pixels": Crowd(shaken=2.0, care=PIXELS),
    "half copied, shaken by a pixel": Crowd(copied=0.5, shaken=1.0, care=PIXELS),
    "5 answers a task, 600 tasks": Crowd(overlap=5, tasks=600, shaken=1.0, care=PIXELS),
    "nobody copies": replace(NOBODY, care=PIXELS),
    "nobody copies, hard tasks": replace(NOBODY, care=PIXELS, hard=0.4),
    "nobody copies, care differs tenfold": replace(NOBODY, care=(0.7, 8.0)),
}


def measure(*, seed: int = 1, seeds: int = SEEDS) -> dict[str, Any]:
    """`collusion_found`: of 5 copiers, the mean of the worse kind of answer; `collusion_false`: of 30 honest ones, the
    most in any run of either kind. `detail`: every crowd."""
    tags = {name: _told(crowd, of_tags, seed, seeds) for name, crowd in TAGS.items()}
    boxes = {name: _told(crowd, of_boxes, seed, seeds) for name, crowd in BOXES.items()}
    goal = (tags["copies"], boxes["copies shaken by a pixel"])
    return {
        "collusion_found": min(told["found"] for told in goal),
        "collusion_false": max(told["false_most"] for told in goal),
        "detail": {"tags": tags, "boxes": boxes, "seeds": seeds},
    }


def _told(
    crowd: Crowd, look: Callable[[Crowd, np.random.Generator], list[Group]], seed: int, seeds: int
) -> Mapping[str, float]:
    """Found and falsely accused, over the runs; `alarms`: the share of runs in which anybody honest was accused."""
    found, false = [], []
    for run in range(seeds):
        flagged = {one for group in look(crowd, np.random.default_rng([seed, run])) for one in group.workers}
        found.append(sum(one >= crowd.honest for one in flagged))
        false.append(sum(one < crowd.honest for one in flagged))
    return {
        "found": round(float(np.mean(found)), 2),
        "found_least": min(found),
        "false": round(float(np.mean(false)), 2),
        "false_most": max(false),
        "alarms": round(float(np.mean([many > 0 for many in false])), 2),
    }


def of_tags(crowd: Crowd, chance: np.random.Generator) -> list[Group]:
    """Everybody chooses one tag a task; how often rightly differs from worker to worker and from task to task."""
    truth = chance.integers(0, crowd.kinds, crowd.tasks)
    ability = chance.uniform(*crowd.care, crowd.workers)
    ease = chance.beta(2, 2, crowd.tasks) * 0.4 - 0.2
    right = chance.random((crowd.workers, crowd.tasks)) < np.clip(ability[:, None] + ease, 0.05, 0.99)
    wrong = (truth + chance.integers(1, crowd.kinds, (crowd.workers, crowd.tasks))) % crowd.kinds
    said = np.where(right, truth, wrong)
    hard = np.flatnonzero(chance.random(crowd.tasks) < crowd.hard)
    trapped = chance.random((crowd.workers, len(hard))) < 0.6
    said[:, hard] = np.where(trapped, (truth[hard] + 1) % crowd.kinds, said[:, hard])
    for copier in range(crowd.honest + 1, crowd.workers):
        said[copier] = np.where(chance.random(crowd.tasks) < crowd.copied, said[crowd.honest], said[copier])
        changed = chance.random(crowd.tasks) < crowd.shaken
        said[copier] = np.where(changed, chance.integers(0, crowd.kinds, crowd.tasks), said[copier])
    present = np.zeros((crowd.workers, crowd.tasks), dtype=np.bool_)
    for task in range(crowd.tasks):
        present[_present(crowd, chance), task] = True
    workers, tasks = np.nonzero(present)
    return groups_by_answers(tasks=tasks, workers=workers, answers=said[workers, tasks])


def of_boxes(crowd: Crowd, chance: np.random.Generator) -> list[Group]:
    """Everybody draws one box a task, each edge off by so many pixels; two readings of a hard object are common."""
    care = chance.uniform(*crowd.care, crowd.workers)
    tasks, left, right, agreements = [], [], [], []
    for task in range(crowd.tasks):
        box = np.r_[chance.uniform(0, 400, 2), chance.uniform(30, 150, 2)]
        drawn = box + chance.normal(0, 1, (crowd.workers, 4)) * care[:, None]
        if chance.random() < crowd.hard:
            drawn[chance.random(crowd.workers) < 0.4, 3] += 0.4 * box[3]
        for copier in range(crowd.honest + 1, crowd.workers):
            if chance.random() < crowd.copied:
                drawn[copier] = drawn[crowd.honest] + chance.normal(0, crowd.shaken, 4)
        one, other = np.array(list(combinations(_present(crowd, chance).tolist(), 2))).T
        tasks.append(np.full(len(one), task))
        left.append(one)
        right.append(other)
        agreements.append(_overlap(drawn[one], drawn[other]))
    joined = {"tasks": tasks, "left": left, "right": right, "agreements": agreements}
    return groups_by_closeness(**{name: np.concatenate(parts) for name, parts in joined.items()})


def _present(crowd: Crowd, chance: np.random.Generator) -> Rows:
    if crowd.overlap is None:
        return np.arange(crowd.workers)
    return np.sort(chance.choice(crowd.workers, crowd.overlap, replace=False))


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU of boxes [n, 4] row by row."""
    low = np.maximum(one[:, :2], other[:, :2])
    high = np.minimum(one[:, :2] + one[:, 2:], other[:, :2] + other[:, 2:])
    shared = np.clip(high - low, 0.0, None).prod(axis=1)
    return shared / (one[:, 2:].prod(axis=1) + other[:, 2:].prod(axis=1) - shared)
