"""Masks adopted from many, as semantic masks of one label, against the truth; beside crowd-kit's majority and EM."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from annotation.geometry import mask_iou
from annotation.shapes import SEMANTIC, Answer, Mask
from qa.consensus import WorkerAnswer, count
from qa.drawing_lessons import drawings_of, learn
from qa.policy import Policy
from tests.bench.consensus.missing import Missing
from tests.bench.consensus.peers import Peers
from tests.bench.consensus.sets import read_json

Image = Mapping[str, Any]
EVERY = 1_000_000
EM_SAMPLE = 20
"""crowd-kit's EM takes seconds an image: its time is that of the first so many, for all of them in proportion."""


@dataclass(frozen=True)
class MaskSet:
    """The images of one folder; `real`: people drew their answers."""

    images: list[Image]
    paths: list[str]
    real: bool


def measure(*, data: Path, peers: Peers) -> dict[str, Any]:
    """`masks_iou`: mean IoU over the sets that people drew, each vote the same; `masks_speedup`: crowd-kit majority's
    time over ours, which begins and ends with compressed text. `masks_sim_iou`: over the simulated sets, with workers
    weighted by what the answers say of each other; `masks_sim_speedup`: crowd-kit EM's time over ours."""
    sets = mask_sets(data)
    policy = Policy()
    found: dict[str, Any] = {"detail": {name: told(each.images, policy) for name, each in sets.items()}}
    notes: list[str] = []
    real, simulated = ([each for each in sets.values() if each.real is wanted] for wanted in (True, False))
    if real:
        images = [image for each in real for image in each.images]
        iou, seconds = adopt(images, policy, {})
        found["masks_iou"] = iou
        theirs = beside(real, "majority", EVERY, peers, notes)
        if theirs:
            found |= {"masks_crowdkit_iou": theirs["iou"], "masks_speedup": theirs["seconds"] / seconds}
    if simulated:
        images = [image for each in simulated for image in each.images]
        start = time.process_time()
        weights = learnt(images, policy)
        learning = time.process_time() - start
        iou, seconds = adopt(images, policy, weights)
        found["masks_sim_iou"] = iou
        theirs = beside(simulated, "em", EM_SAMPLE, peers, notes)
        if theirs:
            found["masks_sim_speedup"] = theirs["seconds"] / theirs["images"] * len(images) / (seconds + learning)
    return found | ({"notes": notes} if notes else {})


def mask_sets(data: Path) -> dict[str, MaskSet]:
    """Every folder with answers in masks, `<set>/masks*.json.gz`, the files of one pooled. Raises Missing for none."""
    found: dict[str, MaskSet] = {}
    for path in sorted(data.glob("*/masks*.json.gz")):
        body = read_json(path)
        images = [image for image in body.get("images", []) if image.get("answers")]
        if images:
            known = found.setdefault(path.parent.name, MaskSet([], [], not body.get("simulated")))
            known.images.extend(images)
            known.paths.append(str(path))
    if not found:
        raise Missing("no set of answers in masks in that folder")
    return found


def beside(sets: Sequence[MaskSet], method: str, most: int, peers: Peers, notes: list[str]) -> dict[str, Any] | None:
    """What crowd-kit reaches and how long it takes, or None and a note why that is not known."""
    try:
        paths = [path for each in sets for path in each.paths]
        return peers.ask("peer_masks.py", method=method, paths=paths, most=most)
    except Missing as gone:
        notes.append(str(gone))
        return None


def told(images: Sequence[Image], policy: Policy) -> dict[str, Any]:
    """The figures of one set with every vote the same."""
    iou, seconds = adopt(images, policy, {})
    return {"iou": iou, "images": len(images), "seconds": round(seconds, 3)}


def learnt(images: Sequence[Image], policy: Policy) -> dict[str, float]:
    """The weight of where each worker's pixels lie, learnt from how far the answers agree with each other."""
    drawings = [drawings_of(workers=names_of(image), answers=as_answers(image, {}), policy=policy) for image in images]
    return {name: skill.care for name, skill in learn(images=drawings).workers.items()}


def adopt(images: Sequence[Image], policy: Policy, weights: Mapping[str, float]) -> tuple[float, float]:
    """Mean IoU of what is adopted, and the seconds it took."""
    scores, seconds = [], 0.0
    for image in images:
        given = as_answers(image, weights)
        start = time.process_time()
        things = count(answers=given, policy=policy).objects
        seconds += time.process_time() - start
        height, width = image["truth"]["size"]
        truth = Mask("object", SEMANTIC, (height, width), image["truth"]["counts"])
        scores.append(float(mask_iou([truth], [things[0].shape])[0, 0]) if things else 0.0)
    return float(np.mean(scores)), seconds


def names_of(image: Image) -> list[str]:
    """Whose the answers are; where that is not known, by their place, which teaches nothing wrong."""
    return [str(each.get("worker", number)) for number, each in enumerate(image["answers"])]


def as_answers(image: Image, weights: Mapping[str, float]) -> list[WorkerAnswer]:
    """The answers to an image as they are judged. One of another size than the image says that nothing is there."""
    height, width = image["truth"]["size"]
    given = []
    for number, each in enumerate(image["answers"]):
        fits = list(each["mask"]["size"]) == [height, width]
        shapes = (Mask("object", SEMANTIC, (height, width), each["mask"]["counts"]),) if fits else ()
        answer = Answer(width, height, (), shapes, empty=not fits)
        given.append(WorkerAnswer(f"{number:02d}", answer, weights.get(names_of(image)[number], 1.0)))
    return given
