"""Sets of crowd answers with their truth, found in a folder by their files, whatever the sets are called."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.bench.consensus.missing import Missing

Codes = npt.NDArray[np.int64]

UNKNOWN = -1


@dataclass(frozen=True)
class Votes:
    """One set of tag votes, coded 0, 1, …; task, worker and label of vote i stand at i of the three arrays.

    `truth`: by task the true label, UNKNOWN where none is known, `len(labels)` or above where nobody voted for it.
    """

    name: str
    tasks: Codes
    workers: Codes
    labels: Codes
    truth: Codes
    classes: int
    sizes: tuple[int, int]  # tasks, workers


def tag_sets(data: Path) -> dict[str, Votes]:
    """Every set of tag votes in a folder: `<set>/votes.csv.gz` and `<set>/truth.csv.gz`. Raises Missing for none."""
    found = sorted(path.parent for path in data.glob("*/votes.csv.gz") if (path.parent / "truth.csv.gz").exists())
    if not found:
        raise Missing("no set of tag votes in that folder")
    return {path.name: read_votes(path) for path in found}


def answer_sets(data: Path, pattern: str) -> dict[str, list[dict[str, Any]]]:
    """The images of every set of drawn answers, by `<set>/<file>`, e.g. for `boxes*.json.gz` or `masks*.json.gz`.

    A set without answers (only truth) is none. Raises Missing when there is none at all.
    """
    found = {}
    for path in sorted(data.glob(f"*/{pattern}")):
        images = read_json(path).get("images", [])
        if images and "answers" in images[0]:
            found[f"{path.parent.name}/{path.name.split('.')[0]}"] = images
    if not found:
        raise Missing(f"no set of answers {pattern} in that folder")
    return found


def read_votes(folder: Path) -> Votes:
    """One set. Of two votes of a worker on a task the later one counts; labels are coded in the alphabet's order."""
    votes = {(row["task"], row["worker"]): row["label"] for row in _rows(folder / "votes.csv.gz")}
    true = {row["task"]: row["label"] for row in _rows(folder / "truth.csv.gz")}
    tasks = _codes(task for task, _ in votes)
    workers = _codes(worker for _, worker in votes)
    labels = {label: code for code, label in enumerate(sorted(set(votes.values())))}
    beyond = len(labels)
    truth = [labels.get(true[task], beyond) if task in true else UNKNOWN for task in tasks]
    return Votes(
        name=folder.name,
        tasks=np.array([tasks[task] for task, _ in votes]),
        workers=np.array([workers[worker] for _, worker in votes]),
        labels=np.array([labels[label] for label in votes.values()]),
        truth=np.array(truth),
        classes=beyond,
        sizes=(len(tasks), len(workers)),
    )


def read_json(path: Path) -> Any:
    """A packed JSON file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _codes(names: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found.setdefault(name, len(found))
    return found
