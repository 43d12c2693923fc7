"""How true the adopted tags are, on every set of votes in a folder, beside majority and crowd-kit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from qa.inference import dawid_skene, infer, one_coin
from qa.votes import Shares, Sizes, Votes, majority
from tests.bench.consensus import sets
from tests.bench.consensus.missing import Missing
from tests.bench.consensus.peers import Peers

METHODS: dict[str, Callable[[Votes], Shares]] = {
    "default": lambda votes: infer(votes).posterior,
    "majority": majority,
    "one_coin": lambda votes: one_coin(votes).posterior,
    "dawid_skene": lambda votes: dawid_skene(votes).posterior,
}


def measure(*, data: Path, peers: Peers) -> dict[str, Any]:
    """Accuracy of the default: its mean over the sets, and its worst margin against majority, in points."""
    found = sets.tag_sets(data)
    by_set = {
        name: {method: round(accuracy(fit(coded(one)), one.truth), 4) for method, fit in METHODS.items()}
        for name, one in found.items()
    }
    notes = []
    try:
        for name, theirs in _theirs(found, peers).items():
            by_set[name] |= {f"crowdkit_{method}": round(value, 4) for method, value in theirs.items()}
    except Missing as gone:
        notes.append(str(gone))
    mean = {
        method: round(float(np.mean([of_one[method] for of_one in by_set.values()])), 4)
        for method in dict.fromkeys(method for of_one in by_set.values() for method in of_one)
        if all(method in of_one for of_one in by_set.values())
    }
    margins = {name: round(100 * (of_one["default"] - of_one["majority"]), 2) for name, of_one in by_set.items()}
    return {
        "tags_mean_accuracy": mean["default"],
        "tags_worst_margin": min(margins.values()),
        "tags_by_set": by_set,
        "detail": {"mean": mean, "margins": margins, "sizes": {name: _size(one) for name, one in found.items()}},
        "notes": notes,
    }


def coded(one: sets.Votes) -> Votes:
    """The votes of a set as the estimates take them."""
    return Votes(one.tasks, one.workers, one.labels, Sizes(*one.sizes, one.classes))


def accuracy(posterior: Shares, truth: sets.Codes) -> float:
    """Share of the tasks with a known answer that get it; classes that tie share the task evenly, as by coin."""
    known = truth != sets.UNKNOWN
    best = posterior >= posterior.max(axis=1, keepdims=True) - 1e-9
    worth = np.hstack([best / best.sum(axis=1, keepdims=True), np.zeros((len(best), 1))])
    return float(worth[known, np.minimum(truth[known], posterior.shape[1])].mean())


def _theirs(found: dict[str, sets.Votes], peers: Peers) -> dict[str, dict[str, float]]:
    request = {
        name: {part: getattr(one, part).tolist() for part in ("tasks", "workers", "labels", "truth")}
        for name, one in found.items()
    }
    return peers.ask("peer_tags.py", sets=request)


def _size(one: sets.Votes) -> dict[str, int]:
    known = int((one.truth != sets.UNKNOWN).sum())
    return {
        "tasks": one.sizes[0],
        "workers": one.sizes[1],
        "votes": len(one.tasks),
        "classes": one.classes,
        "known": known,
    }
