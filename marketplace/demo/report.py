"""The figures of a run against the truth, and how they are told. Pure, apart from printing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from billing.money import format_amount
from marketplace.demo.folder import Picture
from marketplace.demo.truth import TruthBox
from qa.quality import Score, score_boxes

DIGITS = 4


@dataclass(frozen=True)
class WorkerRow:
    """What one worker did; money in micro-units, `score` None where no truth is known."""

    name: str
    kind: str
    answers: int
    accepted: int
    rejected: int
    earned: int
    seconds: float
    score: Score | None


def adopted_boxes(*, dataset: Mapping[str, Any]) -> dict[int, list[TruthBox]]:
    """The boxes of a COCO dataset by image id; images without any have an empty list."""
    names = {category["id"]: category["name"] for category in dataset["categories"]}
    boxes: dict[int, list[TruthBox]] = {int(image["id"]): [] for image in dataset["images"]}
    for found in dataset["annotations"]:
        boxes[int(found["image_id"])].append(TruthBox(names[found["category_id"]], *map(float, found["bbox"])))
    return boxes


def score_all(*, pictures: Sequence[Picture], boxes: Iterable[tuple[int, Sequence[TruthBox]]]) -> Score:
    """All given boxes, (picture, boxes) each, against the truth of their pictures, as one score."""
    scores = (score_boxes(truth=pictures[index].truth.boxes, predicted=found) for index, found in boxes)
    return sum(scores, Score())


def summary(*, rows: Sequence[WorkerRow], consensus: Score | None, figures: Mapping[str, Any]) -> dict[str, Any]:
    """The object that `--json` prints. `figures` are passed through."""
    f1s: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.score is not None and row.answers:
            f1s[row.kind].append(row.score.f1)
    everybody = [value for values in f1s.values() for value in values]
    return {
        **figures,
        "consensus_f1_50": _rounded(consensus.f1 if consensus else None),
        "consensus_mean_iou": _rounded(consensus.mean_iou if consensus else None),
        "median_worker_f1_50": _rounded(median(everybody) if everybody else None),
        "good_workers_f1_50": _rounded(mean(f1s["good"]) if f1s["good"] else None),
        "simulated_minutes": round(sum(row.seconds for row in rows) / 60, 1),
        "workers": [_row_json(row) for row in rows],
    }


def lines(*, found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the table says, as (name, value)."""
    audit = found["audit"]
    truth = [
        ("Consensus F1 at IoU 0.5", _share(found["consensus_f1_50"])),
        ("Consensus mean IoU", _share(found["consensus_mean_iou"])),
        ("Good workers' mean F1", _share(found["good_workers_f1_50"])),
        ("Median worker's F1", _share(found["median_worker_f1_50"])),
    ]
    return [
        ("Images", f"{found['images']:,}"),
        ("Annotations", f"{found['annotations']:,}"),
        ("Accepted / rejected", f"{found['accepted']:,} / {found['rejected']:,}"),
        *truth,
        ("Spent", f"{found['spent']} {found['currency']}"),
        ("Cost per annotation", f"{found['cost_per_annotation']} {found['currency']}"),
        ("Simulated work", f"{found['simulated_minutes']:,} min"),
        ("Seconds", f"{found['seconds']}"),
        ("Audit", "all is well" if not audit else f"{len(audit)} fault{'s' if len(audit) > 1 else ''}"),
    ]


HEADINGS = ("Worker", "Kind", "Answers", "Accepted", "Rejected", "F1", "Mean IoU", "Minutes", "Earned")


def worker_cells(*, found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """One row of text a worker, under HEADINGS."""
    return [
        (
            row["name"],
            row["kind"],
            f"{row['answers']:,}",
            f"{row['accepted']:,}",
            f"{row['rejected']:,}",
            _share(row["f1_50"]),
            _share(row["mean_iou"]),
            f"{row['minutes']:.1f}",
            row["earned"],
        )
        for row in found["workers"]
    ]


def _row_json(row: WorkerRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "answers": row.answers,
        "accepted": row.accepted,
        "rejected": row.rejected,
        "f1_50": _rounded(row.score.f1 if row.score and row.answers else None),
        "mean_iou": _rounded(row.score.mean_iou if row.score and row.answers else None),
        "earned": format_amount(row.earned),
        "minutes": round(row.seconds / 60, 1),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _share(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"
