"""Pairs that agree more than they should, judged: which excess is suspicious, and who hangs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.sparse import csgraph

SURE = 0.01
"""The chance of a flag in a crowd without colluders, shared out over all pairs looked at (Bonferroni)."""
COPIED = 0.3
"""The share of answers that must look copied: with thousands of answers a far smaller excess is significant, but says
only that two people make the same kinds of mistakes."""
FEWEST = 4
"""Telling answers that two must share: three coincidences are three coincidences."""

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """Two people's telling answers: `tasks` they could agree on, `alike` of them, `expected` of honest work.

    `copied`: the share of these answers that copying would explain, 0 to 1. `chance`: how likely any pair of an honest
    crowd looks like this, at most 1.
    """

    first: int
    second: int
    tasks: int
    alike: int
    expected: float
    copied: float
    chance: float


@dataclass(frozen=True)
class Group:
    """People connected by suspicious pairs, in the order of their ids; the pairs, the least likely first."""

    workers: tuple[int, ...]
    pairs: tuple[Pair, ...]


def judge(*, people: Codes, tasks: Floats, alike: Floats, expected: Floats) -> list[Pair]:
    """The suspicious ones of all pairs, from counts [w, w]; each pair is judged by its less suspicious side.

    `people` [w]: ids. `tasks`: on how many the row's worker could give the column's telling answer; `alike`: how often
    they did; `expected`: how often an honest one would.

    The number of agreements is a sum of yes/no events with different chances; the binomial of their mean has the
    fatter tail (Hoeffding, 1956), so the test errs on the side of the accused.
    """
    both = np.maximum(tasks, tasks.T) > 0
    first, second = np.nonzero(np.triu(both, 1))
    looked_at = max(1, len(first))
    together = np.maximum(alike, alike.T)[first, second]
    chance, share, told, hoped = (np.zeros(len(first)) for _ in range(4))
    for a, b in ((first, second), (second, first)):
        n = np.maximum(tasks[a, b], together)
        likely = np.clip(expected[a, b] / np.maximum(n, 1.0), 1e-4, 0.95)
        tail = stats.binom.sf(np.floor(together) - 1, np.ceil(n), likely)
        part = (together / np.maximum(n, 1.0) - likely) / (1.0 - likely)
        worse = (tasks[a, b] > 0) & ((tail > chance) | (told == 0))
        chance, share = np.where(worse, tail, chance), np.where(worse, part, share)
        told, hoped = np.where(worse, n, told), np.where(worse, likely * n, hoped)
    chance = np.minimum(1.0, chance * looked_at)
    suspicious = (chance < SURE) & (share >= COPIED) & (together >= FEWEST)
    return [
        Pair(
            first=int(people[first[k]]),
            second=int(people[second[k]]),
            tasks=int(told[k]),
            alike=int(together[k]),
            expected=round(float(hoped[k]), 2),
            copied=round(float(share[k]), 3),
            chance=float(chance[k]),
        )
        for k in np.flatnonzero(suspicious)
    ]


def groups_of(*, pairs: Sequence[Pair]) -> list[Group]:
    """Connected people, the group with the least likely pair first."""
    if not pairs:
        return []
    people = sorted({worker for pair in pairs for worker in (pair.first, pair.second)})
    place = {worker: index for index, worker in enumerate(people)}
    rows, columns = [place[pair.first] for pair in pairs], [place[pair.second] for pair in pairs]
    graph = sparse.coo_matrix((np.ones(len(pairs)), (rows, columns)), shape=(len(people),) * 2)
    _, label = csgraph.connected_components(graph, directed=False)
    groups = []
    for number in sorted(set(label.tolist())):
        members = tuple(worker for worker, of in zip(people, label.tolist(), strict=True) if of == number)
        inside = [pair for pair in pairs if pair.first in members]
        groups.append(Group(members, tuple(sorted(inside, key=lambda pair: (pair.chance, pair.first, pair.second)))))
    return sorted(groups, key=lambda group: (group.pairs[0].chance, group.workers))
