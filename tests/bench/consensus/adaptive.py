"""Real votes bought one at a time until the expected error is below the target: what that costs, and how true it is.

Each round gives every open task one more of its real votes, in an order drawn by lot. Then everything is estimated anew
from the votes bought so far, and nothing else: no vote is looked at before it is bought.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.calibration import Calibration, calibrate, calibration_error, cross_entropy
from qa.inference import claims, infer
from qa.stopping import Step, next_steps
from qa.votes import Codes, Shares, Sizes, Votes, adopt, majority
from tests.bench.consensus import sets
from tests.bench.consensus.tags import accuracy, coded

NAMED = ("bluebirds", "rte", "face4", "weather_amt")
"""Those of the promise; without any of them in the folder, all sets with five votes a task or more."""
SEEDS = 5
FIRST_SEED = 5
"""--seed 1 draws by 0 to 4, --seed 2 by 5 to 9, …"""
LEAST, MOST = 2, 15
TARGET_ERROR = 0.1
GOLD = 0.05
GOLD_TARGET = 0.12
FIXED = 5


def measure(*, data: Path, seed: int) -> dict[str, Any]:
    """Mean votes and accuracy without gold; and claims against truth with 5 % of the tasks known."""
    found = sets.tag_sets(data)
    wanted = [name for name in NAMED if name in found] or [
        name for name, one in found.items() if len(one.tasks) >= FIXED * one.sizes[0]
    ]
    by_set = {name: without_gold(found[name], seed=seed) for name in wanted}
    told: dict[str, Any] = {"detail": {"target_error": TARGET_ERROR, "by_set": by_set}}
    if by_set:
        told |= {
            "adaptive_votes": _mean(by_set.values(), "votes"),
            "adaptive_accuracy": _mean(by_set.values(), "accuracy"),
            "fixed_accuracy": _mean(by_set.values(), "fixed_accuracy"),
        }
    simulated = simulation(seed)
    calibrated = {name: with_gold(found[name], seed=seed) for name in wanted if name == "rte"}
    calibrated["simulated"] = with_gold(simulated, seed=seed)
    told |= {f"adaptive_claim_gap_{name}": abs(one["claimed"] - one["true"]) for name, one in calibrated.items()}
    told["detail"] |= {"gold_share": GOLD, "gold_target_error": GOLD_TARGET, "calibrated": calibrated}
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in told.items()}


def without_gold(one: sets.Votes, *, seed: int) -> dict[str, float]:
    """Uncalibrated: what is claimed decides, and nothing is promised."""
    runs = []
    for k in range(SEEDS):
        queue = Queue(one, np.random.default_rng(FIRST_SEED * (seed - 1) + k))
        bought, steps, fitted = queue.replay(target_error=TARGET_ERROR, gold=None)
        fixed = coded(queue.ordered).picked(queue.turn < FIXED)
        runs.append(
            {
                "votes": bought.mean(),
                "accuracy": accuracy(fitted.posterior, one.truth),
                "claimed": fitted.claimed.mean(),
                "at_maximum": (steps == Step.MAXIMUM).mean(),
                "fixed_accuracy": accuracy(majority(fixed), one.truth),
                "fixed_default_accuracy": accuracy(infer(fixed).posterior, one.truth),
            }
        )
    return _means(runs)


def with_gold(one: sets.Votes, *, seed: int) -> dict[str, Any]:
    """Calibrated on a twentieth of the tasks, drawn by lot; claimed and true accuracy are those of the others."""
    runs = []
    for k in range(SEEDS):
        generator = np.random.default_rng(FIRST_SEED * (seed - 1) + k)
        queue = Queue(one, generator)
        known = np.flatnonzero((one.truth >= 0) & (one.truth < one.classes))
        gold = generator.permutation(known)[: max(1, round(GOLD * one.sizes[0]))]
        bought, steps, fitted = queue.replay(target_error=GOLD_TARGET, gold=gold)
        rest = np.setdiff1d(known, gold)
        right = (fitted.adopted == one.truth)[rest].astype(float)
        calibration = fitted.calibration(gold, one.truth)
        worth = fitted.claimed if calibration is None else calibration.of(fitted.claimed)
        runs.append(
            {
                "votes": bought.mean(),
                "claimed": worth[rest].mean(),
                "raw_claimed": fitted.claimed[rest].mean(),
                "true": right.mean(),
                "calibration_error": calibration_error(claimed=worth[rest], right=right),
                "cross_entropy": cross_entropy(posterior=fitted.posterior[rest], truth=one.truth[rest]),
                "out_of_reach": (steps == Step.OUT_OF_REACH).mean(),
                "outcomes": 0 if calibration is None else calibration.outcomes,
            }
        )
    gaps = [round(float(abs(run["claimed"] - run["true"])), 4) for run in runs]
    return _means(runs) | {"gaps": gaps}


class Fitted:
    """What is believed after a round."""

    def __init__(self, votes: Votes) -> None:
        self.posterior: Shares = infer(votes).posterior
        self.adopted = adopt(self.posterior)
        self.claimed = claims(votes, adopted=self.adopted)

    def calibration(self, gold: Codes | None, truth: Codes) -> Calibration | None:
        """Learnt from the known answers, if there are enough."""
        if gold is None:
            return None
        return calibrate(claimed=self.claimed[gold], right=(self.adopted == truth)[gold].astype(float))


class Queue:
    """The votes of a set, those of each task in an order drawn by lot; `turn`: the place of each in it."""

    def __init__(self, one: sets.Votes, generator: np.random.Generator) -> None:
        order = np.lexsort((generator.random(len(one.tasks)), one.tasks))
        tasks, workers, labels = one.tasks[order], one.workers[order], one.labels[order]
        self.ordered = sets.Votes(one.name, tasks, workers, labels, one.truth, one.classes, one.sizes)
        self.turn = np.arange(len(tasks)) - np.searchsorted(tasks, tasks)

    def replay(
        self, *, target_error: float, gold: Codes | None
    ) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer], Fitted]:
        """Buy until every task has stopped: votes bought for each task, why each stopped, what is believed then.

        At the end all is estimated once more: votes bought late tell of workers who voted early.
        """
        votes = coded(self.ordered)
        tasks = votes.sizes.tasks
        available = np.bincount(votes.tasks, minlength=tasks)
        steps, bought = np.full(tasks, int(Step.MORE)), np.zeros(tasks, dtype=int)
        while True:
            asked = (steps == Step.MORE) & (bought < np.minimum(available, MOST))
            if not asked.any():
                break
            bought += asked
            fitted = Fitted(votes.picked(self.turn < bought[votes.tasks]))
            now = next_steps(
                claimed=fitted.claimed,
                answers=bought,
                target_error=target_error,
                least=LEAST,
                most=MOST,
                calibration=fitted.calibration(gold, self.ordered.truth),
            )
            steps = np.where(asked, now, steps)
        return bought, steps, fitted


def simulation(seed: int) -> sets.Votes:
    """A crowd of no set: 1,000 tasks of 4 classes (.4 .3 .2 .1), 15 answers of 60 workers to each, right by Beta(6, 3).

    A fifth of the workers leans to a class of their own, a tenth throws dice, and every eighth task has a decoy that
    takes in half of those who meet it: an error that workers share, which no model of independent workers expects.
    """
    generator = np.random.default_rng(1000 + seed)
    sizes, overlap = Sizes(1000, 60, 4), 15
    truth = generator.choice(sizes.classes, sizes.tasks, p=(0.4, 0.3, 0.2, 0.1))
    right = generator.beta(6, 3, sizes.workers)
    matrices = np.repeat(((1 - right) / (sizes.classes - 1))[:, None], sizes.classes**2, axis=1)
    matrices = matrices.reshape(sizes.workers, sizes.classes, sizes.classes)
    matrices[:, range(sizes.classes), range(sizes.classes)] = right[:, None]
    matrices[:6] = 1 / sizes.classes
    for worker in range(6, 18):
        matrices[worker, :, worker % sizes.classes] *= 2.5
    matrices /= matrices.sum(axis=2, keepdims=True)
    tasks = np.repeat(np.arange(sizes.tasks), overlap)
    workers = np.argsort(generator.random((sizes.tasks, sizes.workers)), axis=1)[:, :overlap].ravel()
    steps = matrices[workers, truth[tasks]].cumsum(axis=1)
    labels = np.minimum((generator.random(len(tasks))[:, None] > steps).sum(axis=1), sizes.classes - 1)
    decoy = (truth + 1 + generator.integers(0, sizes.classes - 1, sizes.tasks)) % sizes.classes
    taken = (tasks % 8 == 0) & (generator.random(len(tasks)) < 0.5)
    labels = np.where(taken, decoy[tasks], labels)
    return sets.Votes("simulated", tasks, workers, labels, truth, sizes.classes, sizes[:2])


def _means(runs: list[dict[str, Any]]) -> dict[str, float]:
    return {name: _mean(runs, name) for name in runs[0]}


def _mean(runs: Any, name: str) -> float:
    return round(float(np.mean([run[name] for run in runs])), 4)
