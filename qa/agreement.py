"""How far one answer agrees with what was adopted.

Objects: panoptic quality, with IoU or, of keypoints, OKS. Semantic masks: mean IoU of the labels. Tags: the share of
right answers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from annotation.shapes import KEYPOINTS, Keypoints, Mask, Shape
from qa.grouping import match_two
from qa.likeness import oks_of
from qa.matching import BBox, Pairs, match_boxes
from qa.policy import Policy
from qa.semantic import label_ious


class Named(Protocol):
    """Anything with a label."""

    @property
    def label(self) -> str:
        """Name of the label."""


class Labelled(Named, Protocol):
    """A box with a label: a worker's, an adopted one, or a true one."""

    @property
    def bbox(self) -> BBox:
        """x, y, width, height in pixels."""


@dataclass(frozen=True)
class DrawnAgreement:
    """An answer's objects, or its semantic masks, against the adopted ones; all numbers are indices.

    `matches`: (own, adopted, IoU) of the same label, of keypoints OKS for IoU; `wrong_label`: the same, where place is
    right and label is not; `missed`: adopted objects the answer does not have; `extra`: own shapes that nothing adopted
    answers to. `areas`: they are semantic masks, of which each label is one.
    """

    matches: tuple[tuple[int, int, float], ...]
    wrong_label: tuple[tuple[int, int, float], ...]
    missed: tuple[int, ...]
    extra: tuple[int, ...]
    areas: bool = False

    @property
    def quality(self) -> float:
        """Panoptic quality, 0 to 1: mean IoU of the matches × F1 of finding them (Kirillov et al., 2019).

        A shape with the wrong label is an object too many and one too few. Nothing drawn where nothing was adopted is
        full agreement. Of semantic masks it is the mean IoU over the labels that either side has.
        """
        if self.areas:
            labels = len(self.matches) + len(self.missed) + len(self.extra)
            return sum(iou for _, _, iou in self.matches) / labels if labels else 1.0
        # A right place with a wrong label stands on both sides, hence twice.
        sides = 2 * len(self.matches) + 2 * len(self.wrong_label) + len(self.missed) + len(self.extra)
        return 2 * sum(iou for _, _, iou in self.matches) / sides if sides else 1.0

    @property
    def judgements(self) -> int:
        """How many objects were judged, on either side; that there is none is one judgement too."""
        return max(1, len(self.matches) + len(self.wrong_label) + len(self.missed) + len(self.extra))


def overall(
    *, objects: DrawnAgreement | None, tags: float | None, questions: int, areas: DrawnAgreement | None = None
) -> float:
    """Agreement over objects, semantic masks and tags together, 0 to 1, each judgement counting the same.

    An object found or missed weighs what a tag question weighs: otherwise one lucky tag would carry a picture full of
    wrong objects, and one wrong tag would sink a picture full of right ones. `questions`: how many tag questions `tags`
    is the share of.
    """
    score = weight = 0.0
    for drawn in (objects, areas):
        if drawn is not None:
            score, weight = score + drawn.quality * drawn.judgements, weight + drawn.judgements
    if tags is not None:
        score, weight = score + tags * questions, weight + questions
    return score / weight if weight else 1.0


def questions_of(*, tags: Sequence[str], choice: str) -> int:
    """How many questions the tags are: one when exactly one is right, else one each."""
    return min(len(tags), 1) if choice == "one" else len(tags)


def compare_boxes(*, own: Sequence[Labelled], adopted: Sequence[Labelled], iou: float) -> DrawnAgreement:
    """Match an answer's boxes to the adopted ones, from IoU `iou` on, wherever they lie best whatever their label."""
    pairs = match_boxes(left=[box.bbox for box in own], right=[box.bbox for box in adopted], iou=iou)
    return compare_matched(own=own, adopted=adopted, pairs=pairs)


def compare_shapes(*, own: Sequence[Shape], adopted: Sequence[Shape], policy: Policy) -> DrawnAgreement:
    """Match an answer's objects of any types to the adopted ones, wherever they lie best whatever their label."""
    pairs = match_two(left=own, right=adopted, policy=policy)
    if any(shape.type == KEYPOINTS for shape in adopted):
        pairs = [(i, j, _as_judged(own[i], adopted[j], alike, policy)) for i, j, alike in pairs]
    return compare_matched(own=own, adopted=adopted, pairs=pairs)


def compare_areas(*, own: Sequence[Mask], adopted: Sequence[Mask]) -> DrawnAgreement:
    """Match an answer's semantic masks to the adopted ones by their labels."""
    pairs = label_ious(own=own, adopted=adopted)
    return DrawnAgreement(
        matches=tuple(pairs),
        wrong_label=(),
        missed=_left_out(len(adopted), {j for _, j, _ in pairs}),
        extra=_left_out(len(own), {i for i, _, _ in pairs}),
        areas=True,
    )


def compare_matched(*, own: Sequence[Named], adopted: Sequence[Named], pairs: Pairs) -> DrawnAgreement:
    """The same for shapes matched before."""
    return DrawnAgreement(
        matches=tuple(pair for pair in pairs if own[pair[0]].label == adopted[pair[1]].label),
        wrong_label=tuple(pair for pair in pairs if own[pair[0]].label != adopted[pair[1]].label),
        missed=_left_out(len(adopted), {j for _, j, _ in pairs}),
        extra=_left_out(len(own), {i for i, _, _ in pairs}),
    )


def tag_agreement(*, own: Collection[str], adopted: Collection[str], tags: Sequence[str], choice: str) -> float:
    """Share of the tag questions answered as adopted, 0 to 1; 1 when nothing is asked.

    `choice` "one" is one question, "any" is one yes/no question a tag.
    """
    if not tags:
        return 1.0
    if choice == "one":
        return 1.0 if set(own) == set(adopted) else 0.0
    return sum((tag in own) == (tag in adopted) for tag in tags) / len(tags)


def _as_judged(own: Shape, adopted: Shape, alike: float, policy: Policy) -> float:
    """Two people's keypoints are matched mildly, since both are off; against what was adopted they are OKS."""
    if isinstance(own, Keypoints) and isinstance(adopted, Keypoints):
        return oks_of(own=own, adopted=adopted, policy=policy)
    return alike


def _left_out(size: int, used: set[int]) -> tuple[int, ...]:
    return tuple([index for index in range(size) if index not in used]) if len(used) < size else ()
