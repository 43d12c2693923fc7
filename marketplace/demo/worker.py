"""Simulated workers at work: claim, look, answer, hand in, over HTTP, each with a connection of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator

from billing.money import MICRO, parse_amount
from marketplace.demo import crowd
from marketplace.demo.client import ApiFault, Client
from marketplace.demo.crowd import Kind, Labels, Simulated
from marketplace.demo.folder import Picture
from marketplace.demo.recognition import Album

LARGEST = 1_000_000 * MICRO


@dataclass(frozen=True)
class Prepared:
    """An answer ready to be handed in: to which assignment, on which picture of the list."""

    assignment: str
    picture: int
    answer: Simulated


@dataclass
class Worker:
    """One simulated person. `given` are the answers that the server took."""

    name: str
    kind: Kind
    client: Client
    seed: Sequence[int]
    given: list[Prepared] = field(default_factory=list)

    def claim(self, *, job: str) -> dict[str, Any] | None:
        """The next image, or None when nothing is left for this worker."""
        handout = self.client.post(f"jobs/{job}/claim/")
        return dict(handout) if handout else None

    def prepare(
        self, *, handout: dict[str, Any], album: Album, pictures: Sequence[Picture], labels: Labels
    ) -> Prepared:
        """Load the image, recognise it, and make up the answer. The same seed gives the same answer to an image."""
        sizes = handout["image"]["sizes"]
        index = album.recognise(data=self.client.download(sizes["320"]))
        rng = np.random.default_rng([*self.seed, index])
        answer = crowd.answer(rng=rng, kind=self.kind, truth=pictures[index].truth, labels=labels)
        return Prepared(str(handout["assignment"]), index, answer)

    def submit(self, *, prepared: Prepared) -> dict[str, Any] | None:
        """Hand in an answer; returns the next image, or None. An assignment lost meanwhile is let go."""
        path = f"assignments/{prepared.assignment}/submit/"
        try:
            reply = self.client.post(path, {"annotation": prepared.answer.payload, "next": True})
        except ApiFault as fault:
            if fault.status != 409:
                raise
            return None
        self.given.append(prepared)
        return dict(reply["next"]) if reply["next"] else None

    def ask_for_pay(self) -> str | None:
        """Ask for everything earned; returns the payout's id, or None when it is too little to be paid out."""
        try:
            return str(self.client.post("payouts/")["id"])
        except ApiFault as fault:
            if fault.status != 400:
                raise
            return None

    def payout_state(self, *, payout: str) -> str:
        """How far a payout is."""
        rows = self.client.rows("payouts/")
        return next(str(row["state"]) for row in rows if row["id"] == payout)

    def earned(self, *, job: str) -> dict[str, int]:
        """What this job brought: answers, accepted, rejected, and micro-units."""
        rows = self.client.get("earnings/")["by_job"]
        row = next((row for row in rows if row["job"] == job), None)
        if row is None:
            return {"answers": 0, "accepted": 0, "rejected": 0, "earned": 0}
        counts = {name: int(row[name]) for name in ("answers", "accepted", "rejected")}
        return counts | {"earned": parse_amount(row["earned"], minimum=0, maximum=LARGEST)}


Prepare = Callable[[Worker, dict[str, Any]], Prepared]


def work(
    *, workers: Sequence[Worker], job: str, rng: Generator, pool: Executor, prepare: Prepare, took: Callable[[], object]
) -> None:
    """Let all workers work until nothing is left for any of them.

    They hand in by rounds, each round in a new random order, so that each answers as often as the others and every
    image meets a random mix. Loading and answering the next images goes on in the pool meanwhile. The order of claims
    follows from the generator alone.
    """
    held: dict[int, Future[Prepared]] = {}
    for index in rng.permutation(len(workers)):
        handout = workers[index].claim(job=job)
        if handout:
            held[int(index)] = pool.submit(prepare, workers[index], handout)
    while held:
        for index in rng.permutation(sorted(held)):
            worker = workers[index]
            before = len(worker.given)
            handout = worker.submit(prepared=held.pop(int(index)).result()) or worker.claim(job=job)
            if len(worker.given) > before:
                took()
            if handout:
                held[int(index)] = pool.submit(prepare, worker, handout)
