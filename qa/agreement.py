"""How far one answer agrees with what was adopted: panoptic quality for boxes, share of right answers for tags."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.matching import BBox, match_boxes


class Labelled(Protocol):
    """A box with a label: a worker's, an adopted one, or a true one."""

    @property
    def label(self) -> str:
        """Name of the label."""

    @property
    def bbox(self) -> BBox:
        """x, y, width, height in pixels."""


@dataclass(frozen=True)
class BoxAgreement:
    """An answer's boxes against the adopted ones; all numbers are indices.

    `matches`: (own, adopted, IoU) of the same label; `wrong_label`: the same, where place is right and label is not;
    `missed`: adopted objects the answer does not have; `extra`: own boxes that nothing adopted answers to.
    """

    matches: tuple[tuple[int, int, float], ...]
    wrong_label: tuple[tuple[int, int, float], ...]
    missed: tuple[int, ...]
    extra: tuple[int, ...]

    @property
    def quality(self) -> float:
        """Panoptic quality, 0 to 1: mean IoU of the matches × F1 of finding them (Kirillov et al., 2019).

        A box with the wrong label is a box too many and an object too few. Nothing drawn where nothing was adopted is
        full agreement.
        """
        # A right place with a wrong label stands on both sides, hence twice.
        sides = 2 * len(self.matches) + 2 * len(self.wrong_label) + len(self.missed) + len(self.extra)
        return 2 * sum(iou for _, _, iou in self.matches) / sides if sides else 1.0


def compare_boxes(*, own: Sequence[Labelled], adopted: Sequence[Labelled], iou: float) -> BoxAgreement:
    """Match an answer's boxes to the adopted ones, from IoU `iou` on, wherever they lie best whatever their label."""
    pairs = match_boxes(left=[box.bbox for box in own], right=[box.bbox for box in adopted], iou=iou)
    return BoxAgreement(
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


def _left_out(size: int, used: set[int]) -> tuple[int, ...]:
    return tuple(index for index in range(size) if index not in used)
