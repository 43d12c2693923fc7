"""Whether a claim costs more in a large job or after a long past: visits in turn, so that noise is shared."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from statistics import fmean, median
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from marketplace.assigning import claim
from marketplace.models import Enrolment, Job, User
from marketplace.submitting import submit
from tests.bench import history, staging, statements
from tests.bench.answers import annotation
from tests.bench.bench import Bench
from tests.bench.driving import USERS
from tests.bench.figures import middle, milliseconds, percentile, ratio

PLACES = ("small", "large", "history")  # a new worker in each job, and one with a past in the large one
ROUNDS = 3
LOOKED_AT = 120  # claims of one worker whose pages are counted; their cursor is written every forty or so


@dataclass
class Visitor:
    """One client: a worker for each of the places to visit, and how long each claim took."""

    dice: Random
    at: dict[str, tuple[Job, User]]
    took: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in PLACES})

    def visit(self, rounds: int) -> None:
        """Claim and submit at each place in turn; only the claim is timed."""
        order = list(PLACES)
        for _ in range(rounds):
            self.dice.shuffle(order)
            for name in order:
                job, worker = self.at[name]
                began = time.perf_counter()
                handout = claim(job=job, worker=worker, now=timezone.now())
                self.took[name].append(time.perf_counter() - began)
                assert handout, f"nothing left at {name}"
                answer(handout, worker, self.dice)


def answer(handout: Any, worker: User, dice: Random) -> None:
    """Submit what was handed out."""
    size = {"width": handout.image_width, "height": handout.image_height}
    payload = json.loads(annotation(**size, dice=dice))
    submit(assignment_id=handout.assignment_id, worker=worker, payload=payload, want_next=False, now=timezone.now())


def measure(bench: Bench) -> dict[str, Any]:
    """A claim at 10,000 tasks, at 1,000,000, and there by workers with 100,000 answers; one client, then all eight."""
    bench.ground.stop("worker")
    small, large = bench.job(images=bench.of(10_000)), large_job(bench)
    crowd = bench.of(USERS, 2)  # their past takes longer to write than their visits
    fresh = staging.workers(crowd, name="fresh")
    old = staging.workers(crowd, name="old")
    history.crowd_with_past(job=large, people=old, answers=bench.of(100_000))
    visitors = [
        Visitor(Random(f"{bench.seed}-{n}"), {"small": (small, new), "large": (large, new), "history": (large, past)})
        for n, (new, past) in enumerate(zip(fresh, old, strict=True))
    ]
    run(visitors, rounds=bench.of(20, 3))  # plans made, pages read
    looks = [touched(visitors[0]) for _ in range(LOOKED_AT)]
    alone = [timed(visitors[:1], rounds=bench.of(400, 130)) for _ in range(ROUNDS)]
    together = [timed(visitors, rounds=bench.of(150, 70)) for _ in range(ROUNDS)]
    figures = figures_of(looks, alone, together)
    bench.say(", ".join(f"{name} {value}" for name, value in figures.items()))
    return {"figures": figures, "tasks": [small.tasks.count(), large.tasks.count()], "one": alone, "all": together}


def large_job(bench: Bench) -> Job:
    """The job that `publish` left, or one like it."""
    if "large" not in bench.kept:
        bench.kept["large"] = bench.job(images=bench.of(1_000_000, 40_000))
    job: Job = bench.kept["large"]
    return job


def run(visitors: Sequence[Visitor], *, rounds: int) -> None:
    """All at once, a thread each."""

    def work(visitor: Visitor) -> None:
        try:
            visitor.visit(rounds)
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    faults: list[Exception] = []
    threads = [threading.Thread(target=work, args=[visitor]) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def timed(visitors: Sequence[Visitor], *, rounds: int) -> dict[str, Any]:
    """One round of visits: percentiles at each place, and what the p95 of one is in units of another."""
    for visitor in visitors:
        visitor.took = {name: [] for name in PLACES}
    run(visitors, rounds=rounds)
    took = {name: [one for visitor in visitors for one in visitor.took[name]] for name in PLACES}
    p95 = {name: percentile(values, 0.95) for name, values in took.items()}
    return {
        "ms": {name: milliseconds(values) for name, values in took.items()},
        "p95_growth_1m": ratio(p95["large"], p95["small"]),
        "p95_growth_history": ratio(p95["history"], p95["large"]),
        "p50_growth_1m": ratio(median(took["large"]), median(took["small"])),
        "p50_growth_history": ratio(median(took["history"]), median(took["large"])),
    }


def touched(visitor: Visitor) -> dict[str, tuple[int, int]]:
    """Shared buffers that the claim's statement touches at each place, asked in turn; the worker's cursor before it."""
    found = {}
    for name, (job, worker) in visitor.at.items():
        written = Enrolment.objects.values_list("cursor", flat=True).get(job=job, worker=worker)
        with statements.listening() as sent:
            handout = claim(job=job, worker=worker, now=timezone.now())
        answer(handout, worker, visitor.dice)
        found[name] = statements.buffers(statements.claim_in(sent)), written
    return found


def pages_of(looks: Sequence[tuple[int, int]]) -> float:
    """The mean of the pages from the first writing of the cursor to the last, where there are two.

    Until its cursor is written anew a claim walks through what its worker answered since. So the pages are the teeth of
    a saw, and of these whole ones must be counted: else it matters where in one the looking began and ended.
    """
    begun = [n for n, ((_, before), (_, written)) in enumerate(pairwise(looks), 1) if written != before]
    whole = looks[begun[0] : begun[-1]] if len(begun) > 1 else looks
    return round(fmean(pages for pages, _ in whole), 1)


def figures_of(
    looks: Sequence[dict[str, tuple[int, int]]], *rounds: Sequence[dict[str, Any]]
) -> dict[str, float | None]:
    """Medians of the rounds; of one client and eight the worse."""
    found: dict[str, float | None] = {}
    for name in ("p95_growth_1m", "p95_growth_history", "p50_growth_1m", "p50_growth_history"):
        known = [value for value in (middle(one[name] for one in some) for some in rounds) if value is not None]
        found[name] = max(known, default=None)
    small, large, past = (pages_of([look[name] for look in looks]) for name in PLACES)
    found |= {"buffers_claim": small, "buffers_growth_1m": ratio(large, small)}
    return found | {"buffers_growth_history": ratio(past, large)}


def exhausted(bench: Bench) -> dict[str, Any]:
    """An empty poll by a worker who has answered all 100,000 open tasks of a job; the first may look through all."""
    job = bench.job(images=bench.of(100_000))
    (worker,) = staging.workers(1, name="done")
    history.answered(job=job, worker=worker, after=0, upto=bench.of(100_000))
    staging.tidy()
    took = []
    for _ in range(bench.of(50, 20)):
        began = time.perf_counter()
        assert claim(job=job, worker=worker, now=timezone.now()) is None, "something is left"
        took.append(time.perf_counter() - began)
    connection.close()
    first, *later = took
    told = milliseconds(later)
    figures = {"exhausted_poll_ms": told["p50"], "exhausted_poll_p95_ms": told["p95"]}
    figures["exhausted_first_look_ms"] = round(1000 * first, 3)
    bench.say(", ".join(f"{name} {value}" for name, value in figures.items()))
    return {"figures": figures, "ms": told, "tasks": bench.of(100_000)}
