"""Rates of comparing shapes, beside pycocotools (boxes, masks) and shapely (polygons) on the same shapes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pycocotools import mask as pycocotools

from annotation.geometry import box_iou, mask_iou, polygon_iou
from annotation.geometry.polygons import rasterise
from tests.bench.consensus.missing import Missing
from tests.bench.consensus.peers import Peers

BOXES, POLYGONS, CORNERS, MASKS = 1_000, 100, 30, 50
HEIGHT, WIDTH = 480, 640


@dataclass(frozen=True)
class Rle:
    """A mask as it is kept."""

    size: tuple[int, int]
    counts: str


def measure(*, peers: Peers, seed: int) -> dict[str, Any]:
    """`box_iou_ratio`, `mask_iou_ratio`: rates in units of pycocotools'; `polygon_iou_ratio`: of shapely's
    intersection; `polygon_iou_off`: the largest difference to its IoU."""
    chance = np.random.default_rng(seed)
    detail: dict[str, float] = {}
    one, other = some_boxes(chance), some_boxes(chance)
    detail["box_iou_s"], detail["box_iou_pycocotools_s"] = seconds(
        lambda: box_iou(one, other), lambda: pycocotools.iou(one, other, [0] * len(other))
    )
    left, right = some_polygons(chance), some_polygons(chance)
    (detail["polygon_iou_s"],) = seconds(lambda: polygon_iou(left, right))
    masks = [
        Rle(
            (HEIGHT, WIDTH), rasterise([(np.reshape(ring, (-1, 2)) * [0.64, 0.48]).ravel()], height=HEIGHT, width=WIDTH)
        )
        for (ring,) in left
    ]
    theirs = [{"size": mask.size, "counts": mask.counts} for mask in masks]
    first, second = masks[:MASKS], masks[MASKS:]
    detail["mask_iou_s"], detail["mask_iou_pycocotools_s"] = seconds(
        lambda: mask_iou(first, second), lambda: pycocotools.iou(theirs[:MASKS], theirs[MASKS:], [0] * len(second))
    )
    found: dict[str, Any] = {
        "box_iou_ratio": detail["box_iou_pycocotools_s"] / detail["box_iou_s"],
        "mask_iou_ratio": detail["mask_iou_pycocotools_s"] / detail["mask_iou_s"],
        "detail": detail,
    }
    return found | beside_shapely(left, right, peers, detail)


def beside_shapely(left: Any, right: Any, peers: Peers, detail: dict[str, float]) -> dict[str, Any]:
    """The figures for polygons, or a note why there are none."""
    try:
        theirs = peers.ask("peer_polygons.py", left=[ring for (ring,) in left], right=[ring for (ring,) in right])
    except Missing as gone:
        return {"notes": [str(gone)]}
    detail["polygon_iou_shapely_s"] = theirs["seconds"]
    return {
        "polygon_iou_ratio": theirs["seconds"] / detail["polygon_iou_s"],
        "polygon_iou_off": float(np.abs(polygon_iou(left, right) - np.array(theirs["iou"])).max()),
    }


def some_boxes(chance: np.random.Generator) -> Any:
    """Boxes [BOXES, 4] of all sizes on a large image."""
    sides = chance.uniform(20, 300, (BOXES, 2))
    return np.concatenate([chance.uniform(0, [1920, 1080] - sides), sides], axis=1)


def some_polygons(chance: np.random.Generator) -> list[list[list[float]]]:
    """Polygons of one ragged ring each, about 200 pixels across."""
    turns = np.sort(chance.uniform(0, 2 * np.pi, (POLYGONS, CORNERS)), axis=1)
    reach = chance.uniform(60, 140, (POLYGONS, CORNERS))
    rings = np.stack([np.cos(turns) * reach, np.sin(turns) * reach], -1) + chance.uniform(150, 850, (POLYGONS, 1, 2))
    return [[ring.ravel().tolist()] for ring in rings]


def seconds(*works: Callable[[], object], times: int = 25) -> list[float]:
    """The quickest of many goes of each, in turns, so that what else the machine does falls on all alike."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, own in zip(works, taken, strict=True):
            start = time.process_time()
            work()
            own.append(time.process_time() - start)
    return [min(own) for own in taken]
