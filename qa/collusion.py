"""Groups that agree with each other more than honest work explains: who copies answers, or gives them by agreement.

Two looks, since copying shows in two ways. `groups_by_answers` takes answers that are the same or not (tags; drawings
to the last decimal) and counts how often two people give the same answer where the others prefer another: a shared
right answer proves nothing, a shared rare mistake does. `groups_by_closeness` takes how near two drawings are and
counts how often two people are nearer than anybody else, each one's own care allowed for: that finds copies that were
shaken a little. What is told is evidence for a person to judge, never a verdict.

What it cannot see: copies of somebody who is right, as long as the answers have no decimals to give them away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from qa.excess import Codes, Floats, Group, Pair, groups_of, judge

ROUNDS = 10
_SMOOTHING = 2.0  # votes' worth of the job's overall shares in the shares of one image
_RARE = 0.02  # values rarer than this are of one kind
_NEAREST = 0.05
_LOOSE = 1.25  # care is estimated, so honest pairs come out nearest a little more often than they should


def groups_by_answers(*, tasks: ArrayLike, workers: ArrayLike, answers: ArrayLike) -> list[Group]:
    """Groups that give the same answers against the others. `tasks`, `workers`, `answers` [n]: codes, one a vote.

    One answer of a worker a task; the order does not matter. The strongest group is found first; then it counts as one
    voice, that of who answered most, so that who stood against it, honestly, does not look like a group too. Between
    equals the first id stays: that may change which pairs are told of the groups found later, hardly who is in one.
    """
    votes = _Votes.of(tasks, workers, answers)
    groups: list[Group] = []
    for _ in range(ROUNDS):
        found = groups_of(pairs=_suspects(votes))
        if not found:
            break
        groups.append(found[0])
        votes = votes.without(votes.all_but_the_busiest(found[0].workers))
    return _joined(groups)


def groups_by_closeness(*, tasks: ArrayLike, left: ArrayLike, right: ArrayLike, agreements: ArrayLike) -> list[Group]:
    """Groups whose drawings are nearer to each other than their care explains.

    All [n], a comparison of two people's answers to a task each: codes of the task and of the two, and their agreement,
    0 to 1. Of a task all comparisons are needed, or a sample that has nothing to do with who they are of.
    """
    of_task = np.unique(np.asarray(tasks, dtype=np.int64), return_inverse=True)[1].ravel()
    ends = np.asarray([left, right], dtype=np.int64).reshape(2, -1)
    people, coded = np.unique(ends, return_inverse=True)
    coded = np.sort(coded.reshape(2, -1), axis=0)
    apart = (1.0 - np.asarray(agreements, dtype=np.float64).ravel()) ** 2
    if not len(apart):
        return []
    near, usual = _nearest(of_task, apart / _explained(coded, apart, len(people)))
    shape = (len(people), len(people))
    tasks_of, alike, expected = (
        np.asarray(sparse.coo_matrix((weights, (coded[0], coded[1])), shape=shape).todense())
        for weights in ((usual < 1.0).astype(np.float64), near, np.where(usual < 1.0, usual, 0.0))
    )
    return groups_of(pairs=judge(people=people, tasks=tasks_of, alike=alike, expected=_LOOSE * expected))


@dataclass(frozen=True)
class _Votes:
    """Votes as codes: of tasks and workers from 0 on, of answers, and the workers' ids."""

    tasks: Codes
    workers: Codes
    answers: Codes
    people: Codes

    @classmethod
    def of(cls, tasks: ArrayLike, workers: ArrayLike, answers: ArrayLike) -> _Votes:
        people, coded = np.unique(np.asarray(workers, dtype=np.int64), return_inverse=True)
        of_task, of_answer = (
            np.unique(np.asarray(each, dtype=np.int64), return_inverse=True)[1].ravel() for each in (tasks, answers)
        )
        if not len(of_task) == len(coded.ravel()) == len(of_answer):
            raise ValueError("Every vote has a task, a worker and an answer.")
        return cls(of_task, coded.ravel(), of_answer, people)

    def all_but_the_busiest(self, workers: Sequence[int]) -> list[int]:
        given = {
            int(who): int(n) for who, n in zip(*np.unique(self.people[self.workers], return_counts=True), strict=True)
        }
        busiest = max(workers, key=lambda worker: (given[worker], -worker))
        return [worker for worker in workers if worker != busiest]

    def without(self, workers: Sequence[int]) -> _Votes:
        kept = ~np.isin(self.people[self.workers], list(workers))
        return _Votes.of(self.tasks[kept], self.people[self.workers[kept]], self.answers[kept])


def _suspects(votes: _Votes) -> list[Pair]:
    """Pairs that agree too often where the others, the two left out, prefer another answer."""
    if not len(votes.tasks):
        return []
    kinds = int(votes.answers.max()) + 1
    cells, cell_of, counts = np.unique(votes.tasks * kinds + votes.answers, return_inverse=True, return_counts=True)
    cell_of = cell_of.ravel()
    best_other = _best_other(cells // kinds, counts)
    telling_cell = counts - 2 < best_other
    telling = telling_cell[cell_of]
    sizes = np.bincount(votes.tasks).astype(np.float64)
    overall = np.bincount(votes.answers, minlength=kinds) / len(votes.answers)
    prior = _SMOOTHING * overall[cells % kinds]
    left_two = np.maximum(sizes[cells // kinds] - 2, 0.0) + _SMOOTHING
    kind_of = _kinds(overall)
    lean = _leaning(votes, cells, counts, telling_cell, cell_of, prior, kind_of)
    shape = (len(votes.people), len(sizes))
    here = sparse.csr_matrix((np.ones(len(telling)), (votes.workers, votes.tasks)), shape=shape)
    expected = np.zeros((len(votes.people),) * 2)
    together = np.zeros_like(expected)
    for kind in range(int(kind_of.max()) + 1):
        mine = telling & (kind_of[votes.answers] == kind)
        of_cell = cell_of[mine]
        share = ((counts - 1 + prior) / left_two)[of_cell]
        chances = sparse.csr_matrix((share, (votes.workers[mine], votes.tasks[mine])), shape=shape)
        by_cell = (len(votes.people), len(cells))
        same = sparse.csr_matrix((np.ones(len(of_cell)), (votes.workers[mine], of_cell)), shape=by_cell)
        own = sparse.csr_matrix(((1.0 / left_two)[of_cell], (votes.workers[mine], of_cell)), shape=by_cell)
        together += np.asarray((same @ same.T).todense())
        # Where the other of the two gave this answer too, the rest holds one vote less for it.
        rest = np.asarray((here @ chances.T).todense()) - np.asarray((same @ own.T).todense())
        expected += lean[:, kind][:, None] * rest
    ones = np.ones(int(telling.sum()))
    told = sparse.csr_matrix((ones, (votes.workers[telling], votes.tasks[telling])), shape=shape)
    could = np.asarray((here @ told.T).todense())
    return judge(people=votes.people, tasks=could, alike=together, expected=expected * _looseness(together, expected))


def _best_other(task_of: Codes, counts: Codes) -> Codes:
    """For each answer to a task the votes of the strongest other answer to it; 0 when there is none."""
    order = np.lexsort((-counts, task_of))
    first = np.r_[True, task_of[order][1:] != task_of[order][:-1]]
    starts = np.flatnonzero(first)
    best = counts[order][starts]
    nexts = np.minimum(starts + 1, len(order) - 1)
    second = np.where(task_of[order][nexts] == task_of[order][starts], counts[order][nexts], 0)
    second[nexts == starts] = 0
    others = np.repeat(best, np.diff(np.r_[starts, len(order)]))
    others[starts] = second
    found = np.empty_like(counts)
    found[order] = others
    return found


def _kinds(overall: Floats) -> Codes:
    """Each value's kind: the common ones each their own, all rare ones together."""
    common = overall >= _RARE
    kinds = np.zeros(len(overall), dtype=np.int64)
    kinds[common] = np.arange(1, int(common.sum()) + 1)
    return kinds


def _leaning(
    votes: _Votes, cells: Codes, counts: Codes, telling_cell: NDArray[np.bool_], cell_of: Codes, prior: Floats,
    kind_of: Codes,
) -> Floats:  # fmt: skip
    """[workers, kinds]: how much more often each gives telling answers of a kind than their tasks let expect."""
    values = int(votes.answers.max()) + 1
    sizes = np.bincount(votes.tasks).astype(np.float64)
    left_one = np.maximum(sizes - 1, 0.0) + _SMOOTHING
    kinds = int(kind_of.max()) + 1
    tasks_of_cells, kind_of_cells = cells // values, kind_of[cells % values]
    weights = np.where(telling_cell, (counts + prior) / left_one[tasks_of_cells], 0.0)
    of_tasks = np.zeros((len(sizes), kinds))
    np.add.at(of_tasks, (tasks_of_cells, kind_of_cells), weights)
    telling = telling_cell[cell_of]
    seen, hoped = np.zeros((len(votes.people), kinds)), np.zeros((len(votes.people), kinds))
    np.add.at(hoped, votes.workers, of_tasks[votes.tasks])
    where = (votes.workers[telling], kind_of[votes.answers[telling]])
    np.add.at(hoped, where, -1.0 / left_one[votes.tasks[telling]])
    np.add.at(seen, where, 1.0)
    return (seen + 3.0) / (np.maximum(hoped, 0.0) + 3.0)


def _looseness(together: Floats, expected: Floats) -> float:
    """How much more often pairs agree than expected, in the whole job: 1 or more.

    Where few vote, the others are often wrong themselves, and right answers agree against them.
    """
    upper = np.triu_indices(len(together), 1)
    seen, hoped = together[upper], np.maximum(expected, expected.T)[upper]
    if not hoped.sum() > 0.0:
        return 1.0
    # The pairs that stand out are what is looked for; they say nothing about the job. Between equals the one that says
    # less stays, so that the order of the workers does not matter.
    order = np.lexsort((np.round(hoped, 9), seen, np.round((seen + 1.0) / (hoped + 1.0), 9)))
    kept = order[: max(1, int(0.95 * len(seen)))]
    return max(1.0, float(seen[kept].sum() / max(hoped[kept].sum(), 1e-9)))


def _explained(coded: Codes, apart: Floats, people: int) -> Floats:
    """How far apart each two should be (squared) by how far each is from everybody: two variances that add up."""
    middle = float(np.median(apart))
    own = np.full(people, middle / 2)
    ends, both = np.r_[coded[0], coded[1]], np.r_[apart, apart]
    order = np.argsort(ends, kind="stable")
    starts = np.searchsorted(ends[order], np.arange(people + 1))
    for person in range(people):
        mine = both[order[starts[person] : starts[person + 1]]]
        # A difference of two medians may come out at nothing for somebody careful, who is not that careful.
        own[person] = max(float(np.median(mine)) - middle / 2, middle / 32)
    return np.maximum(own[coded[0]] + own[coded[1]], 1e-9)


def _nearest(of_task: Codes, scaled: Floats) -> tuple[Floats, Floats]:
    """Whether each comparison is among the nearest of its task, and how likely that is; ties share what is left.

    Of tasks with fewer than three comparisons none can be told from the others: 0, and a chance of 1.
    """
    near, usual = np.zeros(len(scaled)), np.ones(len(scaled))
    order = np.lexsort((scaled, of_task))
    starts = np.flatnonzero(np.r_[True, of_task[order][1:] != of_task[order][:-1]])
    for rows in np.split(order, starts[1:]):
        if len(rows) < 3:
            continue
        wanted = max(1, round(_NEAREST * len(rows)))
        limit = scaled[rows[wanted - 1]]
        below = scaled[rows] < limit - 1e-12
        tied = np.abs(scaled[rows] - limit) <= 1e-12
        near[rows] = np.where(below, 1.0, np.where(tied, (wanted - below.sum()) / tied.sum(), 0.0))
        usual[rows] = wanted / len(rows)
    return near, usual


def _joined(groups: Sequence[Group]) -> list[Group]:
    """Groups found one after the other; those that share somebody are one."""
    return groups_of(pairs=[pair for group in groups for pair in group.pairs])
