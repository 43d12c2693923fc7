"""What the answers to a batch of images teach of how well each worker draws, reckoned for all of them at once.

Nobody knows the truth: an object is there as far as those who drew it are to be believed, and they are to be believed
as far as they find what is there (expectation maximisation: Dempster, Laird and Rubin, 1977).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from qa.consensus import WorkerAnswer
from qa.drawing_skill import FINDS, INVENTS, NARROWEST, STRAYS, THERE, DrawingSkill
from qa.likeness import likeness
from qa.peers import Peers, compare_peers
from qa.policy import Policy
from qa.votes import code

ROUNDS = 8
COUNTS = len(DrawingSkill().counts)

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Gap = tuple[int, int, int, float]
"""(group, one, other, how unlike the shapes are that these two answers have in it: 1 − likeness)."""
Worker = TypeVar("Worker", bound=Hashable)


@dataclass(frozen=True)
class Drawings(Generic[Worker]):
    """The drawings on one image: whose answers, in the order of their keys; by object which of the answers drew it;
    and how unlike each other the drawings of an object are."""

    workers: Sequence[Worker]
    groups: Sequence[Sequence[int]]
    unlike: Sequence[Gap]


@dataclass(frozen=True)
class Lessons(Generic[Worker]):
    """What images teach. `images`: for each the counts of each of its answers, see `DrawingSkill.counts`; `workers`:
    the same summed up by worker."""

    images: Sequence[Sequence[Sequence[float]]]
    workers: Mapping[Worker, DrawingSkill]


def drawings_of(
    *, workers: Sequence[Worker], answers: Sequence[WorkerAnswer], policy: Policy, peers: Peers | None = None
) -> Drawings[Worker]:
    """What can be learnt from the answers to one image, given by these workers.

    `peers`: what `compare_peers` says of the answers, if it was asked before: nothing is compared twice.
    """
    whose = {each.key: name for each, name in zip(answers, workers, strict=True)}
    ranked = sorted(answers, key=lambda each: each.key)
    peers = compare_peers(answers=ranked, policy=policy) if peers is None else peers
    home = {member: number for number, group in enumerate(peers.groups) for member in group}
    unlike = [
        (home[a, i], a, b, 1.0 - alike)
        for (a, b), pairs in peers.matched.pairs.items()
        for i, j, alike in pairs
        if home[a, i] == home[b, j]
    ]
    groups = [[k for k, _ in group] for group in peers.groups]
    if len(unlike) < sum(len(group) * (len(group) - 1) // 2 for group in groups):
        unlike += _unmatched(ranked, peers, unlike, policy)
    return _with_areas(Drawings([whose[each.key] for each in ranked], groups, unlike), ranked, peers)


def _unmatched(ranked: Sequence[WorkerAnswer], peers: Peers, unlike: Sequence[Gap], policy: Policy) -> list[Gap]:
    """Of two in one group that were not matched with each other: they are there by what a third one drew."""
    found = {(group, a, b) for group, a, b, _ in unlike}
    missing = []
    for number, group in enumerate(peers.groups):
        for (a, i), (b, j) in combinations(group, 2):
            if (number, a, b) not in found:
                left, right = [ranked[a].objects[i][1]], [ranked[b].objects[j][1]]
                gap = 1.0 - float(likeness(left=left, right=right, policy=policy)[0, 0])
                missing.append((number, a, b, gap))
    return missing


def _with_areas(drawings: Drawings[Worker], ranked: Sequence[WorkerAnswer], peers: Peers) -> Drawings[Worker]:
    """With the semantic masks of each label, which mean the same wherever they lie."""
    if not peers.areas:
        return drawings
    labels = code(sorted({mask.label for each in ranked for _, mask in each.areas}))
    have = [{mask.label for _, mask in each.areas} for each in ranked]
    first = len(drawings.groups)
    areas = [[k for k, own in enumerate(have) if label in own] for label in labels]
    unlike = [
        (first + labels[label], a, b, 1.0 - alike.get(label, 0.0))
        for (a, b), alike in peers.areas.items()
        for label in sorted(have[a] & have[b])
    ]
    return Drawings(drawings.workers, [*drawings.groups, *areas], [*drawings.unlike, *unlike])


def heard(*, drawings: Drawings[Worker], unheard: Sequence[int]) -> Drawings[Worker]:
    """The same without some of the answers, by their index, and without what nobody else drew."""
    if not unheard:
        return drawings
    kept = [k for k in range(len(drawings.workers)) if k not in unheard]
    place = {k: number for number, k in enumerate(kept)}
    groups = [[place[k] for k in group if k in place] for group in drawings.groups]
    number_of = code(number for number, group in enumerate(groups) if group)
    return Drawings(
        [drawings.workers[k] for k in kept],
        [group for group in groups if group],
        [(number_of[g], place[a], place[b], gap) for g, a, b, gap in drawings.unlike if a in place and b in place],
    )


def learn(*, images: Sequence[Drawings[Worker]], known: Mapping[Worker, DrawingSkill] | None = None) -> Lessons[Worker]:
    """What a batch of images teaches, to be added to what is `known` of their workers.

    Neither the order of the images nor that of the workers matters. An image with a single answer teaches nothing.
    """
    rows = _rows(images)
    if not len(rows.at):
        return Lessons([[[0.0] * COUNTS for _ in image.workers] for image in images], {})
    names = list(rows.names)
    before = np.array([(known or {}).get(name, DrawingSkill()).counts for name in names]).reshape(-1, COUNTS)
    by_worker = replace(rows, at=rows.whose[rows.at], one=rows.whose[rows.one], other=rows.whose[rows.other])
    taught, there = np.zeros_like(before), THERE
    for _ in range(ROUNDS):
        skills = before + taught
        real, blame = _believed(by_worker, skills, there)
        there = (THERE + float(real.sum())) / (1.0 + len(real))
        taught = _counts(by_worker, len(names), real, blame)
    counts = _counts(rows, len(rows.whose), real, blame).tolist()
    ends = np.cumsum([len(image.workers) for image in images]).tolist()
    each = [counts[end - len(image.workers) : end] for image, end in zip(images, ends, strict=True)]
    return Lessons(each, {name: DrawingSkill(*row) for name, row in zip(names, taught.tolist(), strict=True)})


@dataclass(frozen=True)
class _Rows:
    """Many images as arrays. A row is one answer's word on one group; `one` and `other` with their `gap` are two
    answers in one group. Answers are numbered through all images; `whose`: by answer the code of the worker."""

    names: Mapping[Hashable, int]
    whose: Codes
    at: Codes
    group: Codes
    drew: NDArray[np.bool_]
    shared: NDArray[np.bool_]
    one: Codes
    other: Codes
    gap: Floats


def _rows(images: Sequence[Drawings[Worker]]) -> _Rows:
    names = code(name for image in images for name in image.workers)
    whose: list[int] = []
    at: list[int] = []
    widths: list[int] = []
    members: list[int] = []
    sizes: list[int] = []
    gaps: list[tuple[int, int, int, float]] = []
    for image in images:
        width, first, number = len(image.workers), len(whose), len(sizes)
        whose += [names[name] for name in image.workers]
        if width < 2:
            continue
        gaps += [(number + g, first + a, first + b, gap) for g, a, b, gap in image.unlike]
        members += [len(at) + width * n + k for n, group in enumerate(image.groups) for k in group]
        at += [*range(first, first + width)] * len(image.groups)
        sizes += map(len, image.groups)
        widths += [width] * len(image.groups)
    drew = np.zeros(len(at), dtype=bool)
    drew[members] = True
    size = np.array(sizes, dtype=np.intp)
    group_of = np.repeat(np.arange(len(sizes)), np.array(widths, dtype=np.intp))
    pairs = np.array(gaps, dtype=np.float64).reshape(-1, 4)
    of, one, other = pairs[:, :3].astype(np.intp).T
    gap = pairs[:, 3] / np.maximum(1, size[of] - 1)
    whose_of = np.array(whose, dtype=np.intp)
    shared = drew & (size[group_of] > 1)
    return _Rows(names, whose_of, np.array(at, dtype=np.intp), group_of, drew, shared, one, other, gap)


def _believed(rows: _Rows, skills: Floats, there: float) -> tuple[Floats, Floats]:
    """By group how likely it means an object, and by pair the share of the gap that is the first one's fault.

    What `DrawingSkill` and `chance_of` say of one worker and one group, for all at once.
    """
    found, overlooked, invented, left_out, strayed, drawn = skills.T
    recall = _share(found + FINDS[0], overlooked + FINDS[1])
    alarm = np.minimum(_share(invented + INVENTS[0], left_out + INVENTS[1]), 0.95 * recall)
    spread = np.maximum(NARROWEST, (strayed + STRAYS[0] * STRAYS[1]) / (drawn + STRAYS[0]))
    proof = np.stack([np.log((1.0 - recall) / (1.0 - alarm)), np.log(recall / alarm)])
    odds = np.log(there / (1.0 - there)) + np.bincount(rows.group, weights=proof[rows.drew.astype(np.intp), rows.at])
    # Who strays more has, most likely, more of the blame.
    blame = spread[rows.one] / (spread[rows.one] + spread[rows.other])
    return 1.0 / (1.0 + np.exp(-odds)), blame


def _counts(rows: _Rows, size: int, real: Floats, blame: Floats) -> Floats:
    """The counts that this belief makes for each of `size`, [size, COUNTS]."""
    kind, certain = 2 * rows.at + ~rows.drew, real[rows.group]
    counts = np.empty((size, COUNTS))
    counts[:, 0:2] = np.bincount(kind, weights=certain, minlength=2 * size).reshape(size, 2)
    counts[:, 2:4] = np.bincount(kind, weights=1.0 - certain, minlength=2 * size).reshape(size, 2)
    off = rows.gap * blame
    counts[:, 4] = np.bincount(rows.one, weights=off, minlength=size)
    counts[:, 4] += np.bincount(rows.other, weights=rows.gap - off, minlength=size)
    counts[:, 5] = np.bincount(rows.at, weights=rows.shared, minlength=size)
    return counts


def _share(yes: Floats, no: Floats) -> Floats:
    return np.clip(yes / (yes + no), NARROWEST, 1.0 - NARROWEST)
