"""Scores against known truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa.agreement import Labelled
from qa.matching import match_boxes


@dataclass(frozen=True)
class Score:
    """Counts of objects found (`tp`), false (`fp`) and missed (`fn`), and the sum of IoU over the found ones.

    Scores of many images add up: `sum(scores, Score())` scores them as one.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0
    iou_sum: float = 0.0

    def __add__(self, other: Score) -> Score:
        return Score(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.iou_sum + other.iou_sum)

    @property
    def precision(self) -> float:
        """Share of the predicted objects that are true; 1 when nothing was predicted."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    @property
    def recall(self) -> float:
        """Share of the true objects that were predicted; 1 when there are none."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 when there was nothing to find and nothing was predicted."""
        sides = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / sides if sides else 1.0

    @property
    def mean_iou(self) -> float:
        """Mean IoU of the objects found; 0 when none was."""
        return self.iou_sum / self.tp if self.tp else 0.0


def score_boxes(*, truth: Sequence[Labelled], predicted: Sequence[Labelled], iou: float = 0.5) -> Score:
    """Score predicted boxes against the true ones of one image.

    A box is right when it overlaps a true box of its own label by `iou` or more; pairs are one to one, chosen so that
    the sum of IoU is greatest.
    """
    same_label = np.array([[one.label == other.label for other in predicted] for one in truth], dtype=np.bool_)
    pairs = match_boxes(
        left=[box.bbox for box in truth],
        right=[box.bbox for box in predicted],
        iou=iou,
        allowed=same_label.reshape(len(truth), len(predicted)),
    )
    found = len(pairs)
    return Score(
        tp=found,
        fp=len(predicted) - found,
        fn=len(truth) - found,
        iou_sum=sum(overlap for _, _, overlap in pairs),
    )
