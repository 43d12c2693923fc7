"""A million votes: time and memory of majority and Dawid–Skene, beside crowd-kit's on the very same votes."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from qa.inference import SMOOTH, dawid_skene, infer, posterior_of
from qa.votes import Shares, Sizes, Votes, adopt, count
from tests.bench.consensus.missing import Missing
from tests.bench.consensus.peers import Peers
from tests.bench.figures import ratio

SIZES = Sizes(tasks=200_000, workers=2_000, classes=10)
OVERLAP = 5
REPEATS = {"majority": 9, "dawid_skene": 3, "infer": 1}
"""The median is told. Crowd-kit's runs once: it is the slower one, so noise matters less to it."""


def measure(*, peers: Peers, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Speed in units of crowd-kit's. Extra memory is what the fit needs beyond the votes, in a process of its own."""
    votes, truth = crowd(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "votes.npz")
        np.savez(path, task=votes.tasks, worker=votes.workers, label=votes.labels)
        ours = {name: _in_a_process(name, path) for name in REPEATS}
        told: dict[str, Any] = {"scale_extra_mb": max(one["extra_mb"] for one in ours.values())}
        fit = dawid_skene(votes)
        likelihood = believed(votes, fit.posterior)
        ours["majority"]["accuracy"] = float((adopt(count(votes)) == truth).mean())
        ours["dawid_skene"] |= {"accuracy": float((adopt(fit.posterior) == truth).mean()), "rounds": fit.rounds}
        ours["dawid_skene"]["log_likelihood_a_task"] = round(likelihood, 5)
        say(f"  Dawid–Skene: {ours['dawid_skene']['s']:.2f} s, now crowd-kit's")
        try:
            posterior = Path(folder, "posterior.npy")
            theirs = peers.ask("peer_tags.py", votes=path, posterior=posterior)
            of_theirs = believed(votes, np.load(posterior).astype(np.float64))
        except Missing as gone:
            return told | {"detail": {"ours": ours}, "notes": [str(gone)]}
    theirs["dawid_skene"]["log_likelihood_a_task"] = round(of_theirs, 5)
    return told | {
        "mv_speedup": ratio(theirs["majority"]["s"], ours["majority"]["s"], 1),
        "ds_speedup": ratio(theirs["dawid_skene"]["s"], ours["dawid_skene"]["s"], 1),
        "ds_likelihood_gap": round((of_theirs - likelihood) / OVERLAP, 6),
        "detail": {"ours": ours, "crowdkit": theirs, "votes": len(votes), "sizes": SIZES._asdict()},
    }


def crowd(seed: int, sizes: Sizes = SIZES) -> tuple[Votes, np.ndarray]:
    """Votes of a crowd, every tenth worker of which throws dice, and the truth."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, sizes.classes, sizes.tasks)
    skill = np.clip(generator.beta(7, 3, sizes.workers), 0.1, 0.99)
    skill[: sizes.workers // 10] = 1 / sizes.classes
    tasks = np.repeat(np.arange(sizes.tasks), OVERLAP)
    # Different workers for each task: each next one stands in a later stretch of the ring.
    first = generator.integers(0, sizes.workers, sizes.tasks)
    stretch = sizes.workers // OVERLAP
    steps = np.arange(OVERLAP) * stretch + generator.integers(0, max(1, stretch - 1), (sizes.tasks, OVERLAP))
    workers = ((first[:, None] + steps) % sizes.workers).ravel()
    right = generator.random(len(tasks)) < skill[workers]
    other = (truth[tasks] + generator.integers(1, sizes.classes, len(tasks))) % sizes.classes
    return Votes(tasks, workers, np.where(right, truth[tasks], other), sizes), truth


def believed(votes: Votes, posterior: Shares) -> float:
    """Log-likelihood a task of the votes under the Dawid–Skene model that follows from a posterior, in nats.

    The same last step for both, so that what is compared is where they ended and not how they tell it.
    """
    _, workers, classes = votes.sizes
    counts = (votes.table.T @ posterior).reshape(workers, classes, classes) + SMOOTH
    rows = np.log(counts / counts.sum(axis=1, keepdims=True)).reshape(workers * classes, classes)
    _, log_sums = posterior_of(votes.table @ rows + np.log(posterior.mean(axis=0)))
    return float(log_sums.mean())


def _in_a_process(name: str, path: Path) -> dict[str, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_timed, (name, path))


def _timed(name: str, path: Path) -> dict[str, float]:
    fit = {"majority": lambda votes: adopt(count(votes)), "dawid_skene": dawid_skene, "infer": infer}[name]
    coded = np.load(path)
    parts = [coded[part] for part in ("task", "worker", "label")]
    seconds = []
    for _ in range(REPEATS[name]):
        began = time.perf_counter()
        fit(Votes(*parts, SIZES))
        seconds.append(time.perf_counter() - began)
    # Once more with every array counted: the peak of the process would be that of whoever started it.
    tracemalloc.start()
    fit(Votes(*parts, SIZES))
    return {"s": round(float(np.median(seconds)), 4), "extra_mb": round(tracemalloc.get_traced_memory()[1] / 2**20)}
