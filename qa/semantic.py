"""Semantic masks of many answers: a weighted vote over every pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.geometry import mask_iou, rle
from annotation.geometry.rle import Runs
from annotation.shapes import MASK, SEMANTIC, Mask, Shape
from qa.voting import HAIR

Floats = NDArray[np.float64]
DECIMALS = 9


@dataclass(frozen=True)
class VotedLabel:
    """The pixels that were adopted for a label, none perhaps, and the mean share of the weight behind what was decided
    of each pixel that anybody of weight gave this label to; 1 where nobody of weight did."""

    label: str
    runs: Runs
    share: float


def is_semantic(shape: Shape) -> bool:
    """Whether a shape says what label pixels have, rather than where an object is."""
    return shape.type == MASK and isinstance(shape, Mask) and shape.mode == SEMANTIC


def vote_pixels(*, answers: Sequence[Mapping[str, Runs]], weights: Sequence[float]) -> list[VotedLabel]:
    """From each answer's masks by label, all of one image: the label of every pixel, in the alphabet's order.

    A pixel has a label when more than half of the weight gives it any; exactly half is not more. Then the label with
    the greatest weight wins, between equals the first in the alphabet. So no pixel has two labels. Answers without any
    mask vote for no label anywhere; weights all 0 count as all equal.
    """
    labels = sorted({label for each in answers for label in each})
    if not labels:
        return []
    size = next(int(runs.sum()) for each in answers for runs in each.values())
    places, shares = _stretches(answers, weights, labels)
    winners = np.where(shares.sum(axis=0) > 0.5 + HAIR, np.argmax(np.round(shares, DECIMALS), axis=0), -1)
    lengths = np.diff(np.append(places, size)).astype(np.float64)
    voted = []
    for row, label in enumerate(labels):
        inside = winners == row
        changes = np.flatnonzero(inside != np.concatenate([[False], inside[:-1]]))
        runs = np.diff(np.concatenate([[0], places[changes], [size]])).astype(np.int64)
        seen = lengths * (shares[row] > HAIR)
        pixels = float(seen.sum())
        share = float(seen @ np.where(inside, shares[row], 1.0 - shares[row])) / pixels if pixels else 1.0
        voted.append(VotedLabel(label, runs if runs[-1] or len(runs) == 1 else runs[:-1], share))
    return voted


def label_ious(*, own: Sequence[Mask], adopted: Sequence[Mask]) -> list[tuple[int, int, float]]:
    """(own, adopted, IoU) of the masks of each label that both have, by their indexes."""
    at = {mask.label: index for index, mask in enumerate(adopted)}
    pairs = [(index, at[mask.label]) for index, mask in enumerate(own) if mask.label in at]
    return [(i, j, float(mask_iou([own[i]], [adopted[j]])[0, 0])) for i, j in pairs]


def _stretches(
    answers: Sequence[Mapping[str, Runs]], weights: Sequence[float], labels: Sequence[str]
) -> tuple[NDArray[np.int64], Floats]:
    """Where any vote changes, counted in pixels; from there on each label's share of the weight [labels, places]."""
    total = float(sum(weights))
    parts = [weight / total for weight in weights] if total > 0.0 else [1.0 / len(answers)] * len(answers)
    rows, ends, steps = [], [], []
    for each, part in zip(answers, parts, strict=True):
        for label, runs in each.items():
            begun, ended = rle.spans(runs)
            ends += [begun, ended]
            steps += [np.full(len(begun), part), np.full(len(ended), -part)]
            rows.append(np.full(len(begun) + len(ended), labels.index(label)))
    places, at = np.unique(np.concatenate(ends), return_inverse=True)
    changes = np.zeros((len(labels), len(places)))
    np.add.at(changes, (np.concatenate(rows), at), np.concatenate(steps))
    return places, np.cumsum(changes, axis=1)
