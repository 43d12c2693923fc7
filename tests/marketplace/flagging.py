"""Jobs in which somebody does not work honestly."""

from __future__ import annotations

from typing import Any

from marketplace.models import Flag, Job, User

HONEST = 3
IMAGES = 8


def copied_job(world: Any, *, images: int = IMAGES, overlap: Any = 5, **changes: Any) -> tuple[Job, User, User]:
    """Three honest workers, and two who draw the same to the last decimal; the job, and the two."""
    job = world.published(images=images, overlap=overlap, **changes)
    crowd = [world.worker(f"Honest{n}") for n in range(HONEST)]
    wei, wanda = world.wei, world.wanda
    for turn in range(images):
        for n, worker in enumerate(crowd):
            off = (turn * (n + 2) + 3 * n) % 7 - 3
            world.answer(job, worker, ("can", [30 + off, 20 - off / 2, 40 + (turn + n) % 4, 30]))
        for worker in (wei, wanda):
            world.answer(job, worker, ("can", [33.25, 22.75, 38, 27]))
    return job, wei, wanda


def flagged(world: Any, job: Job, worker: User, **changes: Any) -> Flag:
    """An open flag as the background makes it."""
    evidence = {"answers": 40, "impossible": 12, "pace": 0.02, "deviations": 5.1, "examples": []}
    values = {"kind": "haste", "weight": 12, "evidence": evidence, **changes}
    return Flag.objects.create(job=job, worker=worker, created_at=world.now, seen_at=world.now, **values)
