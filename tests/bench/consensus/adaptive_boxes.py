"""Adaptive overlap on real boxes: images with a larger expected error get more of their real answers, replayed.

Nothing looks at the truth: the target of expected error only decides how many answers are bought on the average.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qa.consensus import WorkerAnswer, count
from qa.expected_error import expected_error
from qa.policy import Policy
from tests.bench.consensus.boxes import Image, as_answers, box_sets, f1
from tests.bench.consensus.missing import Missing

MEANS = (3.0, 4.0, 4.2, 5.0)
FEWEST = 2
ORDERS = 5
"""In how many orders the answers are bought; the first is that of the file, the others are drawn by lot."""

Figures = list[float]


def measure(*, data: Path, seed: int) -> dict[str, Any]:
    """`adaptive_boxes`: by mean number of answers F1 at 0.5 and 0.75, adaptive and with the same number for each;
    `adaptive_boxes_gain_50`, `adaptive_boxes_gain_75`: the smallest gain over the means, and that at 4.2 answers."""
    sets = {name: each.images for name, each in box_sets(data).items() if each.real}
    images = [image for some in sets.values() for image in some if len(image["answers"]) > max(MEANS)]
    if not images:
        raise Missing("no set of boxes that people drew with enough answers")
    policy = Policy()
    found: dict[float, list[tuple[Figures, Figures]]] = {mean: [] for mean in MEANS}
    spent: dict[str, list[float]] = {f"{mean:g}": [] for mean in MEANS}
    for order in range(ORDERS):
        chance = np.random.default_rng([seed, order])
        replay = Replay([shuffled(image, chance if order else None) for image in images], policy)
        for mean in MEANS:
            numbers = replay.bought(mean)
            spent[f"{mean:g}"].append(float(np.mean(numbers)))
            found[mean].append((replay.score(numbers), replay.fixed(mean)))
    told = {
        f"{mean:g}": {"adaptive": _mean([a for a, _ in both]), "fixed": _mean([f for _, f in both])}
        for mean, both in found.items()
    }
    gains = {mean: np.subtract(each["adaptive"], each["fixed"]).tolist() for mean, each in told.items()}
    return {
        "adaptive_boxes": told,
        "adaptive_boxes_gain_50": min(gain[0] for gain in gains.values()),
        "adaptive_boxes_gain_75": min(gain[1] for gain in gains.values()),
        "adaptive_boxes_gain_75_at_4_2": gains["4.2"][1],
        "detail": {"images": len(images), "orders": ORDERS, "fewest": FEWEST, "answers": spent},
    }


class Replay:
    """The answers of many images, in the order in which they would be bought."""

    def __init__(self, images: Sequence[Image], policy: Policy) -> None:
        self.images = images
        self.policy = policy
        self.answers = [as_answers(image) for image in images]
        self._adopted: dict[tuple[int, int], list[list[Any]]] = {}
        self.errors = [
            [expected_error(answers=given[:n], policy=policy) for n in range(FEWEST, len(given))]
            for given in self.answers
        ]

    def bought(self, mean: float) -> list[int]:
        """How many answers each image gets at the smallest target of expected error that asks for `mean` of them on the
        average, or for fewer."""
        low, high = 0.0, 1.0
        for _ in range(20):
            target = (low + high) / 2
            low, high = (target, high) if np.mean(self.numbers(target)) > mean else (low, target)
        return self.numbers(high)

    def numbers(self, target: float) -> list[int]:
        """How many answers each image gets until its expected error is no more than the target."""
        return [
            next((n for n, error in enumerate(errors, start=FEWEST) if error <= target), len(given))
            for errors, given in zip(self.errors, self.answers, strict=True)
        ]

    def fixed(self, mean: float) -> Figures:
        """The figures with the same number of answers for each image; between two numbers, in proportion."""
        low = int(mean)
        some, more = (self.score([n] * len(self.images)) for n in (low, low + 1))
        return [a + (b - a) * (mean - low) for a, b in zip(some, more, strict=True)]

    def score(self, numbers: Sequence[int]) -> Figures:
        """F1 at 0.5 and 0.75 with the first so many answers of each image."""
        adopted: Mapping[str, Any] = {
            str(image["image"]): self._adopt(index, n)
            for index, (image, n) in enumerate(zip(self.images, numbers, strict=True))
        }
        return f1(self.images, adopted)

    def _adopt(self, index: int, n: int) -> list[list[Any]]:
        if (index, n) not in self._adopted:
            given: list[WorkerAnswer] = self.answers[index][:n]
            things = count(answers=given, policy=self.policy).objects
            self._adopted[index, n] = [[*thing.bbox, int(thing.label)] for thing in things]
        return self._adopted[index, n]


def shuffled(image: Image, chance: np.random.Generator | None) -> Image:
    """The image with its answers in an order drawn by lot."""
    if chance is None:
        return image
    return {**image, "answers": [image["answers"][i] for i in chance.permutation(len(image["answers"]))]}


def _mean(rows: Sequence[Figures]) -> Figures:
    return np.mean(rows, axis=0).round(4).tolist()
