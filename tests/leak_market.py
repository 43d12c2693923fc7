"""A small market whose workers look for gold in all they are sent."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from marketplace import gold
from marketplace.models import Job, Task, User
from marketplace.posting import make_places, publish
from marketplace.settling import ROUND, settle
from tests import leaks
from tests.leaks import Floats, Told
from tests.world import World

LABELS = [{"name": "can", "shapes": ["box"]}, {"name": "day", "shapes": ["tag"]}, {"name": "night", "shapes": ["tag"]}]
SHARE = 0.1
WRONG = 0.1
"""How often a worker's tag is wrong."""


@dataclass
class Seen:
    """What was seen of each handed-out image: features (n, m), and whether it was gold."""

    features: Floats
    truth: npt.NDArray[np.bool_]


def look(*, claims: int, workers: int, known: int, seed: int, settle_every: int = 40) -> Seen:
    """Let workers answer about so many images over the API, and write down all that each of them is sent."""
    generator = np.random.default_rng(seed)
    world = World()
    world.now = timezone.now()
    job = _job(world, images=-(-claims // 3), known=known)
    people = [world.worker(f"Worker{number}") for number in range(workers)]
    truths = _truths(job)
    told = {person.pk: _Worker(world, job, person, generator) for person in people}
    for number in range(claims):
        told[people[int(generator.integers(workers))].pk].answer(truths)
        if number % settle_every == settle_every - 1:
            settle(job_id=job.pk, now=timezone.now() + ROUND)
    settle(job_id=job.pk, now=timezone.now() + ROUND)
    rows = [row for one in told.values() for row in one.read()]
    golds = set(_gold_assignments(job))
    features = np.array([row.numbers for row in rows])
    return Seen(features, np.array([row.assignment in golds for row in rows]))


def _job(world: World, *, images: int, known: int) -> Job:
    job = world.job(
        images=images + known,
        labels=LABELS,
        tag_choice="one",
        overlap={"min": 3, "max": 3},
        policy={"gold_share": SHARE},
        # What is paid for shapes differs from answer to answer: it must not tell either.
        reward_per_shape="0.01",
        shapes_paid_at_most=3,
    )
    tasks = list(Task.objects.filter(job=job).order_by("position"))
    # Gold lies anywhere among the others, not behind them.
    for task in tasks[:: max(1, len(tasks) // known)][:known]:
        gold.add_gold(job=job, image=task.pk, annotation=_true(task.image_id), now=world.now)
    world.fund(job.owner, "1000.00")
    publish(job=job, now=world.now)
    make_places(job_id=job.pk, now=world.now)
    job.refresh_from_db()
    return job


def _true(image_id: int) -> dict[str, Any]:
    """What is to be said of an image: one box and one tag, others for each image."""
    generator = np.random.default_rng(image_id)
    x, y = generator.integers(5, 60, size=2).tolist()
    box = {"type": "box", "label": "can", "bbox": [x, min(y, 40), 40, 40]}
    return {"shapes": [box], "tags": [["day", "night"][int(generator.integers(2))]]}


def _truths(job: Job) -> dict[str, dict[str, Any]]:
    """By task; workers are people and see what is on a picture."""
    return {str(task.pk): _true(task.image_id) for task in Task.objects.filter(job=job)}


def _gold_assignments(job: Job) -> list[str]:
    found = job.assignments.filter(task__state=Task.State.GOLD).values_list("pk", flat=True)
    return [str(pk) for pk in found]


class _Worker:
    """One of them, with a key."""

    def __init__(self, world: World, job: Job, person: User, generator: np.random.Generator) -> None:
        self.api, self.job, self.generator = world.api(person), job, generator
        self.signs = leaks.signs_of(np.random.default_rng(7))
        self.told: list[Told] = []
        self.next: dict[str, Any] | None = None

    def answer(self, truths: dict[str, dict[str, Any]]) -> None:
        """Claim if nothing is held, answer what is, and note the replies beside what they hand out or are about."""
        if self.next is None:
            reply, seconds = leaks.timed(self.api.post, f"/api/v1/jobs/{self.job.public_id}/claim/", {})
            self._note(reply, seconds, reply.json() if reply.status_code == 200 else None)
        if self.next is None:
            return
        held, current = self.next, self.told[-1]
        task = self.job.assignments.values_list("task_id", flat=True).get(pk=held["assignment"])
        body = {"annotation": self._answer(truths[str(task)]), "next": True, "ahead": False}
        reply, seconds = leaks.timed(self.api.post, f"/api/v1/assignments/{held['assignment']}/submit/", body)
        current.numbers += [seconds, float(len(reply.content)), float(len(reply.json()["state"]))]
        earned = self.api.get("/api/v1/earnings/")
        told = earned.json()
        current.numbers += [float(len(earned.content)), float(told["balance"]), float(told["waiting"])]
        self._note(reply, seconds, reply.json()["next"])

    def _note(self, reply: Any, seconds: float, handed: dict[str, Any] | None) -> None:
        self.next = handed
        if handed:
            numbers = leaks.of_reply(reply, seconds=seconds, signs=self.signs)
            self.told.append(Told(handed["assignment"], numbers + leaks.of_handout(handed, now=time.time())))

    def _answer(self, truth: dict[str, Any]) -> dict[str, Any]:
        box = dict(truth["shapes"][0])
        box["bbox"] = [float(side + self.generator.normal(0, 2)) for side in box["bbox"]]
        box["bbox"][:2] = [max(0.0, side) for side in box["bbox"][:2]]
        tag = truth["tags"][0]
        if self.generator.random() < WRONG:
            tag = "night" if tag == "day" else "day"
        return {"shapes": [box], "tags": [tag]}

    def read(self) -> list[Told]:
        """All that was answered, with what the worker's history says of it."""
        rows: list[dict[str, Any]] = []
        address: str | None = "/api/v1/assignments/?mine=true&limit=200"
        while address:
            page = self.api.get(address).json()
            rows += page["results"]
            address = page["next"]
        history = leaks.of_history(rows)
        return [
            Told(one.assignment, [*one.numbers, *history[one.assignment]])
            for one in self.told
            if one.assignment in history
        ]
