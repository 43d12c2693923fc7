"""One region from many: what most of the weight holds to be inside, pixel by pixel.

A pixel is inside when more than half of the weight says so; exactly half is not more than half. Weights all 0 count as
all equal. Masks are never drawn pixel by pixel: only where one begins or ends can the vote change.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotation.geometry import rle
from annotation.geometry.outlines import outlines
from annotation.geometry.polygons import Rings, area, bounds, crosses_itself, rasterise
from annotation.geometry.rle import Runs
from annotation.geometry.squares import polygon_iou
from qa.voting import HAIR

Floats = NDArray[np.float64]

ACROSS = 256
"""Squares that polygons are cut into along the longer side of them all together, to be voted on one by one."""
STRAY = 1.0
"""Squares by which a merged outline may stray from what was voted, to save points."""
SPECK = 0.05
"""Pieces smaller than this share of the largest are no part of the object: they come from outlines crossing."""
DECIMALS = 2


def merge_masks(*, masks: Sequence[Runs], weights: Sequence[float]) -> tuple[Runs, float]:
    """The weighted majority of masks of one size, and the mean share of the weight behind it.

    The share is of the pixels that anybody has inside, each decided with its majority; 1 when nobody has any.
    """
    places, shares = stretches(masks=masks, weights=weights)
    size = int(masks[0].sum())
    inside = shares > 0.5 + HAIR
    changed = np.flatnonzero(inside != np.concatenate([[False], inside[:-1]]))
    runs = np.diff(np.concatenate([[0], places[changed], [size]]))
    lengths = np.diff(np.append(places, size))
    seen = shares > HAIR
    sure = np.maximum(shares, 1.0 - shares)
    pixels = float(lengths[seen].sum())
    # A mask that ends with the image has its end there: that last stretch has no length, and no run.
    if len(runs) > 1 and runs[-1] == 0:
        runs = runs[:-1]
    return runs.astype(np.int64), float(lengths[seen] @ sure[seen]) / pixels if pixels else 1.0


def stretches(*, masks: Sequence[Runs], weights: Sequence[float]) -> tuple[NDArray[np.int64], Floats]:
    """Where the share of the weight changes that has a pixel inside, counted in pixels, and the share from there on."""
    total = float(sum(weights))
    parts = [weight / total for weight in weights] if total > 0.0 else [1.0 / len(masks)] * len(masks)
    spans = [rle.spans(mask) for mask in masks]
    places = np.concatenate([np.concatenate(span) for span in spans])
    steps = np.concatenate([np.repeat([part, -part], len(span[0])) for part, span in zip(parts, spans, strict=True)])
    order = np.argsort(places, kind="stable")
    places, shares = places[order], np.cumsum(steps[order])
    last = np.append(places[1:] != places[:-1], True)[: len(places)]
    return places[last], shares[last]


def merge_polygons(*, polygons: Sequence[Rings], weights: Sequence[float]) -> tuple[tuple[float, ...], ...]:
    """The outline of the weighted majority of polygons, as rings of two decimals that never cross.

    Polygons that have no majority anywhere, or whose majority has no sound outline, give the one of them that is most
    like the others, by weight; between equals the first. A single polygon is given back as it is.
    """
    if len({tuple(map(tuple, rings)) for rings in polygons}) == 1:
        return tuple(tuple(ring) for ring in polygons[0])
    left, top, width, height = bounds([ring for rings in polygons for ring in rings])
    side = max(width, height) / ACROSS
    high, wide = (int(np.ceil(length / side)) + 1 for length in (height, width))
    cut = [[(np.reshape(ring, (-1, 2)) - (left, top)).ravel() / side for ring in rings] for rings in polygons]
    masks = [rle.runs_of(rasterise(rings, height=high, width=wide), height=high, width=wide) for rings in cut]
    voted, _ = merge_masks(masks=masks, weights=weights)
    if rle.area(voted):
        pixels = rle.pixels_of(voted, height=high, width=wide)
        for within in (STRAY, STRAY / 3):
            rings = _rings(pixels, within=within, side=side, corner=(left, top), far=(left + width, top + height))
            if rings and not crosses_itself(rings):
                return rings
    return tuple(tuple(ring) for ring in polygons[_most_like(polygons, weights)])


def _rings(
    pixels: NDArray[np.bool_], *, within: float, side: float, corner: tuple[float, float], far: tuple[float, float]
) -> tuple[tuple[float, ...], ...]:
    """Outlines back in pixels of the image, without specks and what rounding has made degenerate."""
    found = []
    for ring in outlines(pixels, within=within):
        points = np.clip(np.round(ring * side + corner, DECIMALS), corner, far)
        points = points[np.any(points != np.roll(points, 1, axis=0), axis=1)]
        if len(points) >= 3:
            found.append(tuple(points.ravel().tolist()))
    sizes = [area([ring]) for ring in found]
    return tuple(ring for ring, size in zip(found, sizes, strict=True) if size >= max(1.0, SPECK * max(sizes)))


def _most_like(polygons: Sequence[Rings], weights: Sequence[float]) -> int:
    like = polygon_iou(polygons, polygons) @ np.asarray(weights if sum(weights) > 0 else [1.0] * len(polygons))
    return int(np.argmax(np.round(like, 9)))
