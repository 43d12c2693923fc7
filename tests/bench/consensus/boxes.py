"""Boxes adopted from real answers against expert truth, beside datumaro and weighted boxes fusion."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from annotation.geometry import box_iou
from annotation.shapes import Answer, Box
from qa.consensus import WorkerAnswer, count
from qa.policy import Policy
from tests.bench.consensus.missing import Missing
from tests.bench.consensus.peers import Peers
from tests.bench.consensus.sets import read_json

Image = Mapping[str, Any]
Adopted = Mapping[str, Sequence[Sequence[Any]]]
"""By image: rows of x, y, width, height, label."""

ALL, FEW = 7, 3
STRICT = (0.5, 0.75)
TIMES = 3
"""The quickest of so many goes counts."""


@dataclass(frozen=True)
class BoxSet:
    """The images of one set; `real`: people drew its answers, no simulation did."""

    images: list[Image]
    real: bool


def box_sets(data: Path) -> dict[str, BoxSet]:
    """Every set of answers in boxes with their truth, `<set>/boxes*.json.gz`. Raises Missing when there is none."""
    found = {}
    for path in sorted(data.glob("*/boxes*.json.gz")):
        body = read_json(path)
        images = body.get("images", [])
        if images and "answers" in images[0]:
            code_labels(images)
            found[f"{path.parent.name}/{path.name.split('.')[0]}"] = BoxSet(images, not body.get("simulated"))
    if not found:
        raise Missing("no set of answers in boxes in that folder")
    return found


def code_labels(images: Sequence[dict[str, Any]]) -> None:
    """Labels, whatever they are, become 0, 1, …; there may be none."""
    parts = [
        (part, key)
        for image in images
        for part, key in ((image, "truth_labels"), *((a, "labels") for a in image["answers"]))
    ]
    known: dict[str, int] = {}
    for part, key in parts:
        if part.get(key):
            part[key] = [known.setdefault(str(label), len(known)) for label in part[key]]


def measure(*, data: Path, peers: Peers) -> dict[str, Any]:
    """`boxes_7`, `boxes_3`: F1 at IoU 0.5 and 0.75 over the sets that people drew, with up to 7 and the first 3
    answers; `boxes_speedup`: datumaro's time over ours; and every set on its own in `detail`."""
    sets = box_sets(data)
    real = [image for each in sets.values() if each.real for image in each.images]
    detail = {name: {str(n): told(each.images, n) for n in (FEW, ALL)} for name, each in sets.items()}
    found: dict[str, Any] = {"detail": detail}
    notes = [] if real else ["no set of boxes that people drew"]
    for n in (ALL, FEW) if real else ():
        adopted, ours = adopt(first(real, n))
        found[f"boxes_{n}"] = f1(real, adopted)
        theirs, missing = beside(real, n, peers)
        notes += missing
        found |= {f"boxes_{n}_{method}": score for method, (score, _) in theirs.items()}
        if n == ALL and "datumaro" in theirs:
            found["boxes_speedup"] = theirs["datumaro"][1] / ours
    return found | ({"notes": notes} if notes else {})


def beside(images: Sequence[Image], n: int, peers: Peers) -> tuple[dict[str, tuple[list[float], float]], list[str]]:
    """What the peers reach with the first `n` answers: F1 and seconds; and what could not be measured."""
    found, notes = {}, []
    for method in ("datumaro", "fusion"):
        try:
            theirs = peers.ask("peer_boxes.py", method=method, images=first(images, n))
        except Missing as gone:
            notes.append(str(gone))
        else:
            found[method] = (f1(images, theirs["adopted"]), theirs["seconds"])
    return found, notes


def told(images: Sequence[Image], n: int) -> dict[str, Any]:
    """The figures of one set with the first `n` answers."""
    adopted, seconds = adopt(first(images, n))
    return {"f1": f1(images, adopted), "images": len(images), "seconds": round(seconds, 4)}


def first(images: Sequence[Image], n: int) -> list[Image]:
    """The images with their first `n` answers, without their truth."""
    kept = ("image", "width", "height")
    return [{key: image[key] for key in kept} | {"answers": list(image["answers"][:n])} for image in images]


def as_answers(image: Image) -> list[WorkerAnswer]:
    """The answers to an image as they are judged, of equal weight."""
    return [
        WorkerAnswer(
            key=f"{number:02d}",
            answer=Answer(
                width=image["width"],
                height=image["height"],
                tags=(),
                shapes=tuple(
                    Box(str(label), tuple(box))
                    for box, label in zip(each["boxes"], each.get("labels") or [0] * len(each["boxes"]), strict=True)
                ),
                empty=not each["boxes"],
            ),
        )
        for number, each in enumerate(image["answers"])
    ]


def adopt(images: Sequence[Image]) -> tuple[Adopted, float]:
    """The boxes adopted for each image, by the policy that a job has unless it says otherwise, and the seconds."""
    answers = {image["image"]: as_answers(image) for image in images}
    policy = Policy()
    taken = []
    for _ in range(TIMES):
        start = time.process_time()
        adopted = {name: count(answers=given, policy=policy).objects for name, given in answers.items()}
        taken.append(time.process_time() - start)
    return {name: [[*thing.bbox, int(thing.label)] for thing in things] for name, things in adopted.items()}, min(taken)


def f1(images: Sequence[Image], adopted: Adopted) -> list[float]:
    """F1 at each of STRICT. Adopted and true boxes of one label are paired for the greatest sum of IoU."""
    right, sides = [0, 0], 0
    for image in images:
        rows = adopted[image["image"]]
        true, labels = image["truth"], image.get("truth_labels") or [0] * len(image["truth"])
        sides += len(rows) + len(true)
        if not rows or not true:
            continue
        overlap = box_iou([row[:4] for row in rows], true)
        overlap *= np.array([row[4] for row in rows])[:, None] == np.array(labels)[None]
        overlap[overlap < STRICT[0]] = 0.0
        pairs = linear_sum_assignment(overlap, maximize=True)
        right = [some + int((overlap[pairs] >= least).sum()) for some, least in zip(right, STRICT, strict=True)]
    return [2 * some / max(1, sides) for some in right]
