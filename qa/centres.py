"""One shape in the middle of many that mean the same object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotation.geometry import polygons, rle
from annotation.shapes import BOX, KEYPOINTS, MASK, POLYGON, Box, Keypoints, Mask, Polygon, Shape
from qa.attributes import merge_attributes
from qa.merging import merge_boxes, merge_keypoints
from qa.regions import merge_masks, merge_polygons


def centre_of(
    *, shapes: Sequence[Shape], weights: Sequence[float], label: str, care: Sequence[float] | None = None
) -> Shape:
    """The shape of `label` that stands for shapes of one type, at least one of which has that label.

    Boxes: the weighted median of each edge. Polygons and masks: the pixels that most of the weight has inside; masks
    that have none in common give the heaviest one, between equals the first. Keypoints, and the answers to the
    questions about an object, are asked only of those who gave it the label: others were asked other questions.
    `weights` count for what is said, `care` for where it lies; the weights do for both where nothing else is given.
    """
    care = weights if care is None else care
    if shapes[0].type == BOX and not any(shape.attributes for shape in shapes):
        return Box(label, merge_boxes(boxes=[shape.bbox for shape in shapes], weights=care))  # type: ignore[union-attr]
    of_label = [(shape, weight) for shape, weight in zip(shapes, weights, strict=True) if shape.label == label]
    own = [shape for shape, _ in of_label]
    attributes = merged_attributes(shapes=own, weights=[weight for _, weight in of_label])
    first = shapes[0]
    if first.type == BOX:
        return Box(label, merge_boxes(boxes=[shape.bbox for shape in shapes], weights=care), attributes)  # type: ignore[union-attr]
    if first.type == KEYPOINTS:
        points = [shape.keypoints for shape in own]  # type: ignore[union-attr]
        own_care = [some for shape, some in zip(shapes, care, strict=True) if shape.label == label]
        marks = merge_keypoints(points=points, weights=[weight for _, weight in of_label], care=own_care)
        return Keypoints(label, marks, attributes)
    if first.type == MASK:
        return _merged_mask(shapes, care, label, attributes)
    rings = merge_polygons(polygons=[shape.segmentation for shape in shapes], weights=care)  # type: ignore[union-attr]
    return Polygon(label, rings, attributes)


def merged_attributes(*, shapes: Sequence[Shape], weights: Sequence[float]) -> dict[str, Any]:
    """What is answered about the object that all of the shapes mean."""
    if not any(shape.attributes for shape in shapes):
        return {}
    return merge_attributes(answers=[shape.attributes for shape in shapes], weights=weights)


def bounds_of(shape: Any) -> tuple[float, float, float, float]:
    """x, y, width, height of the smallest box around a shape, in pixels."""
    if shape.type == BOX:
        return shape.bbox
    if shape.type == POLYGON:
        return polygons.bounds(shape.segmentation)
    if shape.type == MASK:
        x, y, width, height = rle.bounds(shape.runs, height=shape.size[0])
        return (float(x), float(y), float(width), float(height))
    marked = [(x, y) for x, y, v in zip(*[iter(shape.keypoints)] * 3, strict=True) if v > 0]
    across, down = zip(*marked, strict=True) if marked else ((0.0,), (0.0,))
    return (min(across), min(down), max(across) - min(across), max(down) - min(down))


def _merged_mask(shapes: Sequence[Any], weights: Sequence[float], label: str, attributes: dict[str, Any]) -> Mask:
    first: Mask = shapes[0]
    counts = {shape.counts for shape in shapes}
    if len(counts) > 1:
        runs, _ = merge_masks(masks=[shape.runs for shape in shapes], weights=weights)
        heaviest = max(range(len(shapes)), key=lambda index: (weights[index], -index))
        counts = {rle.counts_of(runs) if rle.area(runs) else shapes[heaviest].counts}
    return Mask(label, first.mode, first.size, counts.pop(), attributes)
