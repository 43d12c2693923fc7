"""Whether gold shows: what workers are sent, byte by byte, and how well a classifier tells gold from it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
FOLDS = 5
RIDGE = 30.0
PROJECTED = 24
"""The bytes of a reply, position by position, are put into so many numbers, each a sum with signs drawn by lot."""
BYTES = 1_500


@dataclass
class Told:
    """What a worker is told of one assignment: numbers read off the replies, in the order in which they came."""

    assignment: str
    numbers: list[float] = field(default_factory=list)


def of_reply(reply: Any, *, seconds: float, signs: Floats) -> list[float]:
    """Numbers of one reply: its status, time, headers, sizes, how often each byte comes, and which stands where."""
    content = bytes(reply.content)
    counts = np.bincount(np.frombuffer(content, np.uint8), minlength=128)[:128]
    padded = np.zeros(BYTES)
    padded[: min(len(content), BYTES)] = np.frombuffer(content[:BYTES], np.uint8)
    headers = sorted((name.lower(), value) for name, value in reply.items())
    return [
        float(reply.status_code),
        seconds,
        float(len(content)),
        float(len(headers)),
        float(sum(len(name) + len(value) for name, value in headers)),
        *map(float, counts),
        *(signs @ padded / BYTES).tolist(),
    ]


def of_handout(handed: dict[str, Any], *, now: float) -> list[float]:
    """Numbers of one handout: the size of each field, and each number in it."""
    image = handed["image"]
    lease = datetime.fromisoformat(handed["lease_expires_at"]).timestamp() - now
    return [
        *(float(len(repr(handed[name]))) for name in sorted(handed)),
        *(float(len(str(image[name]))) for name in sorted(image)),
        float(image["width"]),
        float(image["height"]),
        float(handed["reward"]),
        round(lease),
        float(int(handed["assignment"][:8], 16)) / 2**32,
    ]


def of_history(rows: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Numbers of each row of `assignments/?mine=true` (latest first), by assignment."""
    found = {}
    for place, row in enumerate(rows):
        verdict = row["verdict"] or {}
        near = [rows[other] for other in (place - 1, place + 1) if 0 <= other < len(rows)]
        found[row["assignment"]] = [
            place / len(rows),
            float(len(repr(row))),
            float(row["settled_at"] is not None),
            _seconds(row["submitted_at"], row["settled_at"]),
            float(sum(other["settled_at"] == row["settled_at"] for other in near)),
            float(sum(other["settled_at"] == row["settled_at"] for other in rows)),
            float(row["state"] == "accepted"),
            float(row["state"] == "rejected"),
            float(row["earned"]),
            float(verdict.get("agreement") or 0.0),
            float(verdict.get("agreement") == 1.0),
            float(len(verdict.get("reason", ""))),
            float(len(verdict.get("explanation", ""))),
        ]
    return found


def _seconds(before: str, after: str | None) -> float:
    if after is None:
        return -1.0
    return (datetime.fromisoformat(after) - datetime.fromisoformat(before)).total_seconds()


def signs_of(generator: np.random.Generator) -> Floats:
    """The signs by which the bytes of a reply are summed."""
    return generator.choice([-1.0, 1.0], size=(PROJECTED, BYTES))


def auc(*, scores: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """How often a gold scores above another image; ties count half."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores):
        same = scores == value
        ranks[same] = ranks[same].mean()
    gold = int(truth.sum())
    others = len(truth) - gold
    return float((ranks[truth].sum() - gold * (gold + 1) / 2) / (gold * others))


def classified(*, features: Floats, truth: npt.NDArray[np.bool_], generator: np.random.Generator) -> float:
    """AUC of a logistic regression on images it was not fitted to, in five folds."""
    fold = generator.permutation(len(truth)) % FOLDS
    scores = np.zeros(len(truth))
    for number in range(FOLDS):
        held = fold == number
        middle, spread = features[~held].mean(axis=0), features[~held].std(axis=0)
        kept = spread > 1e-9
        scaled = np.clip((features[:, kept] - middle[kept]) / spread[kept], -4, 4)
        weights = _fit(scaled[~held], truth[~held].astype(np.float64))
        scores[held] = scaled[held] @ weights[1:] + weights[0]
    # Folds differ in where they set zero; only the order within each is compared.
    for number in range(FOLDS):
        held = fold == number
        scores[held] = (scores[held] - scores[held].mean()) / (scores[held].std() or 1.0)
    return auc(scores=scores, truth=truth)


def _fit(features: Floats, truth: Floats) -> Floats:
    """Logistic regression with a ridge, by Newton's steps."""
    table = np.column_stack([np.ones(len(features)), features])
    ridge = np.full(table.shape[1], RIDGE)
    ridge[0] = 1e-6
    weights = np.zeros(table.shape[1])
    for _ in range(12):
        expected = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        slope = table.T @ (truth - expected) - ridge * weights
        bend = (table * (expected * (1 - expected))[:, None]).T @ table + np.diag(ridge)
        weights = weights + np.linalg.solve(bend, slope)
    return weights


def timed(call: Any, *args: Any, **kwargs: Any) -> tuple[Any, float]:
    """A reply and how long it took."""
    began = time.perf_counter()
    return call(*args, **kwargs), time.perf_counter() - began
