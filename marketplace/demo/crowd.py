"""Simulated workers and the errors they make. Pure: a generator in, an answer out; `docs/demo.md` states the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from marketplace.demo.truth import Truth, TruthBox, clipped

LOOK_SECONDS = 3.0  # before the first box
SPREAD = 0.35  # sigma of the logarithm of the time a box takes
SMALLEST = 2.0  # pixels a simulated box is wide and high at least


@dataclass(frozen=True)
class Kind:
    """How a sort of worker errs.

    `recall`: chance to see an object · `jitter`: standard deviation of each edge, as a share of the box's side ·
    `wrong`: chance of a wrong label, and of a wrong answer to a tag question · `false_boxes`: mean number of boxes
    around nothing, an image · `seconds`: median time a box takes · `share`: how many of twelve.
    """

    name: str
    share: int
    recall: float
    jitter: float
    wrong: float
    false_boxes: float
    seconds: float


GOOD = Kind("good", 6, recall=0.95, jitter=0.04, wrong=0.03, false_boxes=0.1, seconds=3.0)
AVERAGE = Kind("average", 3, recall=0.87, jitter=0.08, wrong=0.06, false_boxes=0.4, seconds=2.6)
CARELESS = Kind("careless", 2, recall=0.6, jitter=0.15, wrong=0.15, false_boxes=1.0, seconds=1.5)
SPAMMER = Kind("spammer", 1, recall=0.0, jitter=0.0, wrong=0.5, false_boxes=0.0, seconds=0.4)
KINDS = (GOOD, AVERAGE, CARELESS, SPAMMER)


@dataclass(frozen=True)
class Labels:
    """What may be answered: labels of boxes, tags, and whether exactly one tag must be chosen."""

    boxes: tuple[str, ...]
    tags: tuple[str, ...] = ()
    one_tag: bool = False


@dataclass(frozen=True)
class Simulated:
    """An answer as the API takes it, the same as boxes, and the seconds it would have taken a person."""

    payload: dict[str, Any]
    boxes: tuple[TruthBox, ...]
    seconds: float


def kinds_of(*, workers: int) -> list[Kind]:
    """Who is in a crowd of this size: the shares of twelve kept as well as whole people allow, the good ones first.

    Largest remainder; on a tie the earlier kind gets the seat.
    """
    whole = sum(kind.share for kind in KINDS)
    counts = [workers * kind.share // whole for kind in KINDS]
    rest = [workers * kind.share % whole for kind in KINDS]
    for index in sorted(range(len(KINDS)), key=lambda i: -rest[i])[: workers - sum(counts)]:
        counts[index] += 1
    return [kind for kind, count in zip(KINDS, counts, strict=True) for _ in range(count)]


def answer(*, rng: Generator, kind: Kind, truth: Truth, labels: Labels) -> Simulated:
    """What a worker of this kind answers to a picture with this truth."""
    draw_boxes = _spam if kind is SPAMMER else _label
    boxes = clipped(
        boxes=draw_boxes(rng, kind, truth, labels) if labels.boxes else (),
        width=truth.width,
        height=truth.height,
        least=SMALLEST,
    )
    times = kind.seconds * np.exp(rng.normal(0, SPREAD, len(boxes)))
    looking = LOOK_SECONDS * kind.seconds / GOOD.seconds * float(np.exp(rng.normal(0, SPREAD)))
    seconds = looking + float(times.sum())
    tags = _tags(rng, kind, truth, labels)
    return Simulated(payload=_payload(truth, boxes, tags, labels, seconds), boxes=boxes, seconds=seconds)


def _payload(
    truth: Truth, boxes: Sequence[TruthBox], tags: Sequence[str], labels: Labels, seconds: float
) -> dict[str, Any]:
    """The answer in the API's words."""
    active = round(seconds * 1000)
    return {
        "schema": 1,
        "image": {"width": truth.width, "height": truth.height},
        "tags": list(tags),
        "empty": bool(labels.boxes) and not boxes,
        "timing": {"elapsed_ms": round(active * 1.1), "active_ms": active},
        "shapes": [{"type": "box", "label": box.label, "bbox": [round(v, 2) for v in box.bbox]} for box in boxes],
    }


def _label(rng: Generator, kind: Kind, truth: Truth, labels: Labels) -> list[TruthBox]:
    """An honest try: some objects are missed, edges are off, labels mixed up, and something is boxed that is none."""
    found = []
    for box in truth.boxes:
        if rng.random() >= kind.recall:
            continue
        shift = rng.normal(0, kind.jitter, 4) * (box.w, box.h, box.w, box.h)
        left, top = box.x + shift[0], box.y + shift[1]
        right, bottom = box.x + box.w + shift[2], box.y + box.h + shift[3]
        right, bottom = max(right, left + SMALLEST), max(bottom, top + SMALLEST)
        name = _other(rng, labels.boxes, box.label) if rng.random() < kind.wrong else box.label
        found.append(TruthBox(name, float(left), float(top), float(right - left), float(bottom - top)))
    typical = _typical_size(truth)
    found += [_random_box(rng, truth, labels, typical) for _ in range(int(rng.poisson(kind.false_boxes)))]
    return found


def _spam(rng: Generator, kind: Kind, truth: Truth, labels: Labels) -> list[TruthBox]:
    """The least effort that looks like an answer: a few random boxes, one big box, or "nothing here"."""
    way = rng.random()
    if way < 0.5:
        size = (truth.width * 0.2, truth.height * 0.2)
        return [_random_box(rng, truth, labels, size) for _ in range(int(rng.integers(1, 7)))]
    if way < 0.8:
        return [TruthBox(str(rng.choice(labels.boxes)), 0.0, 0.0, float(truth.width), float(truth.height))]
    return []


def _typical_size(truth: Truth) -> tuple[float, float]:
    """Median width and height of the true boxes, or an eighth of the picture."""
    if not truth.boxes:
        return truth.width / 8, truth.height / 8
    return float(np.median([box.w for box in truth.boxes])), float(np.median([box.h for box in truth.boxes]))


def _random_box(rng: Generator, truth: Truth, labels: Labels, typical: tuple[float, float]) -> TruthBox:
    """A box of about the typical size, anywhere."""
    scale = np.exp(rng.normal(0, 0.3, 2))
    w = float(np.clip(typical[0] * scale[0], min(SMALLEST, truth.width), truth.width))
    h = float(np.clip(typical[1] * scale[1], min(SMALLEST, truth.height), truth.height))
    x, y = rng.uniform(0, max(truth.width - w, 0)), rng.uniform(0, max(truth.height - h, 0))
    return TruthBox(str(rng.choice(labels.boxes)), float(x), float(y), w, h)


def _other(rng: Generator, names: Sequence[str], name: str) -> str:
    """A label that is not this one; this one when there is no other."""
    others = [other for other in names if other != name]
    return str(rng.choice(others)) if others else name


def _tags(rng: Generator, kind: Kind, truth: Truth, labels: Labels) -> list[str]:
    """Tags chosen: each question answered wrongly at the kind's rate."""
    if not labels.tags:
        return []
    if labels.one_tag:
        right = next((tag for tag in labels.tags if tag in truth.tags), labels.tags[0])
        return [_other(rng, labels.tags, right) if rng.random() < kind.wrong else right]
    return [tag for tag in labels.tags if (tag in truth.tags) != (rng.random() < kind.wrong)]


def model() -> Mapping[str, dict[str, float]]:
    """The error model as plain numbers, for reports."""
    fields = ("recall", "jitter", "wrong", "false_boxes", "seconds")
    return {kind.name: {field: getattr(kind, field) for field in fields} for kind in KINDS}
