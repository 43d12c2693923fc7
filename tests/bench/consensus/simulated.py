"""Simulated crowds that draw polygons and keypoints from true ones, by a model that is written down here.

Each worker is drawn by lot once: how unsteady their hand is (a share of the object's size, lognormal around 6 % with
σ 0.5, besides about a pixel), whether they draw tight or loose (normal, 3 %), how often they overlook an object or a
point (beta 2, 18), and whether they keep only every third corner (three in ten). One in ten is a spammer who puts
something anywhere. Nothing of this is known to what is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotation.geometry.polygons import area, crosses_itself
from annotation.shapes import Answer, Keypoints, Polygon, Shape

HAND, STEADY = 0.06, 0.5
TIGHT = 0.03
OVERLOOKS = (2.0, 18.0)
COARSE, SPAMS = 0.3, 0.1
TRIES = 8
FEWEST_TO_THIN = 24
HIDES = 0.1
"""How often a point is called hidden that is seen, or the other way."""


@dataclass(frozen=True)
class Scene:
    """An image with its true objects, polygons or keypoints."""

    width: int
    height: int
    truth: tuple[Shape, ...]


@dataclass(frozen=True)
class Worker:
    """How one worker draws."""

    hand: float
    bias: float
    overlooks: float
    coarse: bool
    spams: bool


def some_workers(chance: np.random.Generator, count: int) -> list[Worker]:
    """Workers drawn by lot."""
    return [
        Worker(
            hand=float(chance.lognormal(np.log(HAND), STEADY)),
            bias=float(chance.normal(0, TIGHT)),
            overlooks=float(chance.beta(*OVERLOOKS)),
            coarse=bool(chance.random() < COARSE),
            spams=bool(chance.random() < SPAMS),
        )
        for _ in range(count)
    ]


def answer(worker: Worker, scene: Scene, chance: np.random.Generator) -> Answer:
    """What a worker draws on an image."""
    shapes = []
    for true in scene.truth:
        if not worker.spams and chance.random() < worker.overlooks:
            continue
        draw = _polygon if isinstance(true, Polygon) else _keypoints
        drawn = draw(worker, true, scene, chance)
        if drawn is not None:
            shapes.append(drawn)
    return Answer(scene.width, scene.height, (), tuple(shapes), empty=not shapes)


def _polygon(worker: Worker, true: Polygon, scene: Scene, chance: np.random.Generator) -> Polygon | None:
    """A polygon that crosses itself is refused, so its worker draws it again, more carefully each time."""
    for turn in range(TRIES):
        rings = [_ring(worker, np.reshape(ring, (-1, 2)), scene, chance, 0.7**turn) for ring in true.segmentation]
        if not crosses_itself(rings) and min(area([ring]) for ring in rings) > 1.0:
            return Polygon(true.label, tuple(rings))
    return None


def _ring(
    worker: Worker, points: np.ndarray, scene: Scene, chance: np.random.Generator, care: float
) -> tuple[float, ...]:
    far = np.array([scene.width, scene.height])
    if worker.spams:
        turns = np.linspace(0, 2 * np.pi, FEWEST_TO_THIN, endpoint=False)
        round_ = np.stack([np.cos(turns), np.sin(turns)], axis=1) * chance.uniform(0.05, 0.3, 2) * far
        return _placed(round_ + chance.uniform(0.2, 0.8, 2) * far, far)
    size = float(np.sqrt(np.prod(np.ptp(points, axis=0) + 1)))
    kept = points[::3] if worker.coarse and len(points) > FEWEST_TO_THIN else points
    # The hand wanders along the outline: what one corner is off, the next ones are too.
    noise = chance.normal(0, 1, kept.shape)
    noise = sum(np.roll(noise, step, axis=0) for step in range(5)) / np.sqrt(5)
    middle = points.mean(axis=0)
    moved = middle + (kept - middle) * (1 + worker.bias) + noise * (worker.hand * size / 2 + 0.7) * care
    return _placed(moved, far)


def _placed(points: np.ndarray, far: np.ndarray) -> tuple[float, ...]:
    return tuple(np.round(np.clip(points, 0, far), 2).ravel().tolist())


def _keypoints(worker: Worker, true: Keypoints, scene: Scene, chance: np.random.Generator) -> Keypoints | None:
    rows = np.array(true.keypoints).reshape(-1, 3)
    far = np.array([scene.width, scene.height])
    marked = rows[:, 2] > 0
    if worker.spams:
        places = chance.uniform(0, 1, (len(rows), 2)) * far
    else:
        size = float(np.sqrt(np.prod(np.ptp(rows[marked, :2], axis=0) + 1)))
        places = rows[:, :2] + chance.normal(0, 1, (len(rows), 2)) * (worker.hand * size + 0.7)
        marked = marked & (chance.random(len(rows)) >= worker.overlooks)
    seen = np.where(chance.random(len(rows)) < HIDES, 3 - rows[:, 2], rows[:, 2])
    drawn = np.column_stack([np.round(np.clip(places, 0, far), 2), seen])
    drawn[~marked] = 0.0
    return Keypoints(true.label, tuple(drawn.ravel().tolist())) if marked.any() else None


def crowd_answers(
    scenes: Sequence[Scene], workers: Sequence[Worker], chance: np.random.Generator
) -> list[list[Answer]]:
    """By scene the answer of each worker, in their order."""
    return [[answer(worker, scene, chance) for worker in workers] for scene in scenes]
