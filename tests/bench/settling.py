"""How fast answered tasks are settled, and where the time goes. Needs a migrated database of its own."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from django.db import connection
from numpy.random import Generator

from annotation.label_sets import taxonomy_of
from annotation.models import Annotation, Image
from annotation.shapes import parse_answer
from marketplace.demo.crowd import Labels, answer, kinds_of
from marketplace.demo.truth import Truth, TruthBox
from marketplace.models import Assignment, Job, Place, Task, User
from marketplace.posting import make_places, publish
from marketplace.settling import settle
from tests.world import World

SIZE = (640, 480)
WORKERS = 24
WARM_UP = 300
TICKS_A_SECOND = 100
"""What /proc counts the time of a process in, on every Linux there is."""


def measure(*, tasks: int = 2000, answers: int = 3, boxes: int = 3, alone: int = 100, seed: int = 1) -> dict[str, Any]:
    """Settle a job of `tasks` in full batches and one of `alone` in batches of one.

    Times are CPU time, so that what else the machine does changes little.
    """
    world = World()
    crowd = [world.worker(f"Crowd{n}") for n in range(WORKERS)]

    def answered(tasks: int) -> int:
        return answered_job(world=world, crowd=crowd, tasks=tasks, answers=answers, boxes=boxes, seed=seed).pk

    # What the server knows of empty tables is wrong a moment later; this is not about the first minute of a market.
    settle(job_id=answered(WARM_UP), now=world.now)
    singly, together = answered(alone), answered(tasks)
    one = timed(lambda: settle(job_id=singly, now=world.now, limit=1))
    full = timed(lambda: settle(job_id=together, now=world.now))
    return {
        "tasks": full.tasks,
        "answers_a_task": answers,
        "boxes_a_task": boxes,
        "seed": seed,
        "tasks_per_s": round(full.tasks / full.seconds, 1),
        "python_ms_per_task": round(full.python_ms, 3),
        "postgres_ms_per_task": round(full.postgres_ms, 3),
        "batches_of_one_to_full_batches": round(one.cost_ms / full.cost_ms, 2),
    }


@dataclass(frozen=True)
class Timed:
    """What settling took: wall time in seconds, CPU time in ms a task on either side of the connection."""

    tasks: int
    seconds: float
    python_ms: float
    postgres_ms: float

    @property
    def cost_ms(self) -> float:
        return self.python_ms + self.postgres_ms


def timed(run: Callable[[], int]) -> Timed:
    """Time `run`, which gives the number of tasks it settled."""
    wall, own, backend = time.perf_counter(), time.process_time(), _backend_seconds()
    tasks = run()
    wall, own, backend = (
        time.perf_counter() - wall, time.process_time() - own, _backend_seconds() - backend,
    )  # fmt: skip
    return Timed(tasks, wall, own * 1000 / tasks, backend * 1000 / tasks)


def _backend_seconds() -> float:
    """CPU time of the server's side of our connection; 0 always where that is another machine's or hidden."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        path = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not path.exists():
        return 0.0
    user, system = path.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS_A_SECOND


def answered_job(*, world: World, crowd: list[User], tasks: int, answers: int, boxes: int, seed: int) -> Job:
    """A published job whose tasks are all answered by the crowd, as submitting would leave it."""
    job = world.job(images=0, overlap=answers)
    scope = f"job:{job.pk}"
    digests = [hashlib.sha256(f"{scope}:{n}".encode()).hexdigest() for n in range(tasks)]
    images = Image.objects.bulk_create(
        Image(scope=scope, name=f"{n}.png", sha256=digest, digest=digest, width=SIZE[0], height=SIZE[1], bytes=1,
              format="PNG", state="ready")
        for n, digest in enumerate(digests)
    )  # fmt: skip
    Task.objects.bulk_create(Task(job=job, image=image, position=n) for n, image in enumerate(images, 1))
    world.fund(job.owner, "10000.00")
    publish(job=job, now=world.now)
    make_places(job_id=job.pk, now=world.now)
    _answer(world, job, crowd, boxes, np.random.default_rng(seed))
    return job


def _answer(world: World, job: Job, crowd: list[User], boxes: int, rng: Generator) -> None:
    taxonomy = taxonomy_of(label_set=job.label_set)
    labels, kinds = Labels(boxes=taxonomy.of("box")), kinds_of(workers=len(crowd))
    places = Place.objects.filter(job=job).select_related("task").order_by("task_id", "ordinal")
    truths = {place.task_id: _truth(rng, boxes, labels) for place in places}
    given = []
    for place in places:
        who = (place.task_id * 7 + place.ordinal * 5) % len(crowd)
        payload = answer(rng=rng, kind=kinds[who], truth=truths[place.task_id], labels=labels).payload
        body = parse_answer(payload, taxonomy=taxonomy, width=SIZE[0], height=SIZE[1]).as_json()
        given.append((place, crowd[who], body))
    annotations = Annotation.objects.bulk_create(
        [
            Annotation(scope=f"place:{place.pk}", image_id=place.task.image_id, author=worker, body=body)
            for place, worker, body in given
        ],
        batch_size=1000,
    )
    Assignment.objects.bulk_create(
        [
            Assignment(
                id=uuid4(), place=place, task=place.task, job=job, worker=worker, state=Assignment.State.SUBMITTED,
                instructions_version=1, lease_expires_at=world.now, claimed_at=world.now, shown_at=world.now,
                submitted_at=world.now, annotation=annotation, paid_ms=9000,
            )
            for (place, worker, _), annotation in zip(given, annotations, strict=True)
        ],
        batch_size=1000,
    )  # fmt: skip
    places.update(state=Place.State.TAKEN)
    Task.objects.filter(job=job).update(state=Task.State.ANSWERED, answers=job.min_overlap, answered_at=world.now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _truth(rng: Generator, boxes: int, labels: Labels) -> Truth:
    sides = rng.uniform(40, 120, (boxes, 2))
    corners = rng.uniform(0, 1, (boxes, 2)) * (np.array(SIZE) - sides)
    names = rng.choice(labels.boxes, boxes)
    return Truth(
        *SIZE,
        boxes=tuple(
            TruthBox(str(name), float(x), float(y), float(w), float(h))
            for name, (x, y), (w, h) in zip(names, corners, sides, strict=True)
        ),
    )
