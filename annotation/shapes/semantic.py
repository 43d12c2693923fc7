"""Semantic masks together say for each pixel which label it has: one mask a label, and no pixel in two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annotation.geometry import rle
from annotation.shapes.mask import SEMANTIC, Mask
from annotation.shapes.problems import Checklist, show
from annotation.shapes.registry import Shape


def check_semantic_masks(shapes: Sequence[tuple[int, Shape]], *, checklist: Checklist) -> None:
    """Note labels with two semantic masks, and the first pixel that is in two; `shapes` come with their numbers."""
    masks = [(number, each) for number, each in shapes if isinstance(each, Mask) and each.mode == SEMANTIC]
    if len(masks) < 2:
        return
    first_of: dict[str, int] = {}
    for number, mask in masks:
        first = first_of.setdefault(mask.label, number)
        if first != number:
            told = f"{show(mask.label)} has a semantic mask already, shapes[{first}]; put all its pixels into one"
            checklist.add(f"shapes[{number}].label", "one_semantic_mask", told)
    if len(first_of) == len(masks):
        _check_overlaps(masks, checklist)


def _check_overlaps(masks: Sequence[tuple[int, Mask]], checklist: Checklist) -> None:
    """Compare stretches, not pixels: sorted by where they begin, none may begin before all earlier ones have ended."""
    spans = [rle.spans(mask.runs) for _, mask in masks]
    starts, ends = (np.concatenate(side) for side in zip(*spans, strict=True))
    owners = np.repeat(np.arange(len(masks)), [len(begun) for begun, _ in spans])
    order = np.argsort(starts, kind="stable")
    starts, ends, owners = starts[order], ends[order], owners[order]
    clash = np.flatnonzero(starts[1:] < np.maximum.accumulate(ends)[:-1])
    if not len(clash):
        return
    at = int(clash[0]) + 1
    before = int(np.argmax(ends[:at]))
    (one, earlier), (other, _) = sorted((masks[owners[before]], masks[owners[at]]), key=lambda each: each[0])
    x, y = divmod(int(starts[at]), earlier.size[0])
    told = f"overlaps the semantic mask shapes[{one}] of {show(earlier.label)}, first at x {x}, y {y}"
    checklist.add(f"shapes[{other}].segmentation", "overlap", told)
