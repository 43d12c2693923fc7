"""Polygons and keypoints of simulated crowds of five: is what they come to nearer the truth than their best worker?"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from annotation.geometry import oks, polygon_iou
from annotation.geometry.polygons import crosses_itself
from annotation.shapes import Keypoints, Polygon, Shape
from qa.consensus import WorkerAnswer, count
from qa.drawing_lessons import drawings_of, learn
from qa.likeness import USUAL_SIGMA
from qa.policy import Policy
from tests.bench.consensus.missing import Missing
from tests.bench.consensus.simulated import Scene, crowd_answers, some_workers

WORKERS, CROWDS = 5, 5
OBJECTS = 80
"""Polygons, or people, of each crowd at most, on whole images."""
SMALLEST = 24.0
"""Pixels along the root of its box's area: less is not outlined by hand."""
COCO_SIGMAS = (26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89)
"""Thousandths; published with the COCO keypoint challenge for its 17 points of a person."""

Measure = Callable[[Sequence[Shape], Sequence[Shape]], Any]


def measure(*, data: Path, seed: int) -> dict[str, Any]:
    """`polygons_iou`, `keypoints_oks`: means over the crowds of what is adopted; `…_best_worker`: of the best worker of
    each crowd; `polygons_gain`, `keypoints_gain`: the difference; and in how many crowds the best worker is better.
    Truth: COCO files in the folder's sets or beside the folder."""
    files = [read for path in coco_files(data) if (read := read_coco(path))]
    outlines = [scene for file in files for scene in scenes_of(file, polygon_of)]
    people = [scene for file in files for scene in scenes_of(file, keypoints_of)]
    found: dict[str, Any] = {"detail": {}}
    notes = []
    parts = (
        ("polygons_iou", outlines, polygon_ious, Policy()),
        ("keypoints_oks", people, keypoint_oks, skeletons(people)),
    )
    for name, scenes, like, policy in parts:
        if not scenes:
            notes.append(f"{name}: no COCO file with true shapes of that type")
            continue
        rows = [told(scenes, like, policy, np.random.default_rng([seed, crowd])) for crowd in range(CROWDS)]
        adopted, best = (float(np.mean([row[key] for row in rows])) for key in ("adopted", "best_worker"))
        found |= {name: adopted, f"{name}_best_worker": best, f"{name.split('_')[0]}_gain": adopted - best}
        found[f"{name}_crowds_lost"] = sum(row["adopted"] <= row["best_worker"] for row in rows)
        found["detail"][name] = rows
    if len(notes) == len(parts):
        raise Missing("no COCO files of polygons or keypoints in that folder")
    return found | ({"notes": notes} if notes else {})


def told(scenes: Sequence[Scene], like: Measure, policy: Policy, chance: np.random.Generator) -> dict[str, Any]:
    """One crowd: the mean likeness to the truth of what is adopted, with and without weights, and of each worker."""
    some = few(scenes, chance)
    workers = some_workers(chance, WORKERS)
    answers = crowd_answers(some, workers, chance)
    given = [[WorkerAnswer(f"w{k}", each) for k, each in enumerate(row)] for row in answers]
    names = [f"w{k}" for k in range(WORKERS)]
    skills = learn(images=[drawings_of(workers=names, answers=row, policy=policy) for row in given]).workers
    weighed = [
        [replace(each, weight=skills[each.key].vote, care=skills[each.key].care) for each in row] for row in given
    ]
    alone = [score(some, [row[k].shapes for row in answers], like) for k in range(WORKERS)]
    equal, adopted = (
        score(some, [[thing.shape for thing in count(answers=row, policy=policy).objects] for row in rows], like)
        for rows in (given, weighed)
    )
    return {"adopted": adopted, "equal_weights": equal, "best_worker": max(alone), "workers": alone}


def score(scenes: Sequence[Scene], drawn: Sequence[Sequence[Shape]], like: Measure) -> float:
    """The mean over all true objects of how like the drawing is that was paired with it; 0 for those left out."""
    total, objects = 0.0, 0
    for scene, shapes in zip(scenes, drawn, strict=True):
        objects += len(scene.truth)
        if shapes:
            table = like(scene.truth, shapes)
            total += float(table[linear_sum_assignment(table, maximize=True)].sum())
    return total / objects


def polygon_ious(truth: Sequence[Any], drawn: Sequence[Any]) -> Any:
    """IoU of true polygons and drawn ones."""
    return polygon_iou([each.segmentation for each in truth], [each.segmentation for each in drawn])


def keypoint_oks(truth: Sequence[Any], drawn: Sequence[Any]) -> Any:
    """COCO's OKS of drawn people; the size is that of the box around the true points."""
    rows, others = (np.array([each.keypoints for each in some]).reshape(len(some), -1, 3) for some in (truth, drawn))
    sides = [np.ptp(row[row[:, 2] > 0, :2], axis=0) for row in rows]
    areas = [max(1.0, float(np.prod(side))) for side in sides]
    return oks(rows, others, areas=areas, sigmas=_sigmas(rows.shape[1]))


def _sigmas(points: int) -> tuple[float, ...]:
    return tuple(n / 1000 for n in COCO_SIGMAS) if points == len(COCO_SIGMAS) else (USUAL_SIGMA,) * points


def skeletons(people: Sequence[Scene]) -> Policy:
    points = {each.label: len(each.keypoints) // 3 for scene in people for each in scene.truth}  # type: ignore[union-attr]
    return Policy(sigmas=tuple((label, _sigmas(n)) for label, n in sorted(points.items())))


def few(scenes: Sequence[Scene], chance: np.random.Generator) -> list[Scene]:
    """Scenes by lot, with OBJECTS in all or little more."""
    chosen: list[Scene] = []
    for index in chance.permutation(len(scenes)):
        if sum(len(scene.truth) for scene in chosen) >= OBJECTS:
            break
        chosen.append(scenes[index])
    return chosen


def coco_files(data: Path) -> list[Path]:
    """Files that may be COCO's: in the folder's sets, and in the folders beside it."""
    found = {path for pattern in ("*/*.json", "*/*.json.gz") for path in data.glob(pattern)}
    found |= {path for folder in data.parent.iterdir() if folder.is_dir() for path in folder.glob("annotations.json")}
    return sorted(path for path in found if path.is_file())


def scenes_of(file: Mapping[str, Any], shape_of: Callable[[Mapping[str, Any]], Shape | None]) -> list[Scene]:
    """The images of a COCO file with those of their true objects that are worth drawing."""
    by_image: dict[Any, list[Shape]] = {}
    for row in file["annotations"]:
        shape = None if row.get("iscrowd") else shape_of(row)
        if shape is not None:
            by_image.setdefault(row["image_id"], []).append(shape)
    return [
        Scene(image["width"], image["height"], tuple(by_image[image["id"]]))
        for image in file["images"]
        if image["id"] in by_image
    ]


def polygon_of(row: Mapping[str, Any]) -> Polygon | None:
    """A true polygon, if it is large and sound enough to be drawn by hand."""
    rings = row.get("segmentation")
    if not isinstance(rings, list) or not rings or min(map(len, rings)) < 12 or crosses_itself(rings):
        return None
    points = np.concatenate([np.reshape(ring, (-1, 2)) for ring in rings])
    if np.sqrt(np.prod(np.ptp(points, axis=0))) < SMALLEST:
        return None
    return Polygon(str(row["category_id"]), tuple(tuple(map(float, ring)) for ring in rings))


def keypoints_of(row: Mapping[str, Any]) -> Keypoints | None:
    """A true person, if half of the points or more are marked."""
    values = row.get("keypoints") or []
    marked = sum(v > 0 for v in values[2::3])
    if not values or marked < len(values) / 6:
        return None
    return Keypoints(str(row["category_id"]), tuple(map(float, values)))


def read_coco(path: Path) -> dict[str, Any] | None:
    """A COCO file, or None for any other."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        body = json.load(file)
    return body if isinstance(body, dict) and {"images", "annotations"} <= body.keys() else None
