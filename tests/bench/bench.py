"""What every part of a measurement is given: the ground, how much of everything, chance, and a way to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from marketplace.demo.showing import Shows
from marketplace.local.processes import wait_until
from marketplace.models import Job, Task, User
from tests.bench import driving, staging
from tests.bench.ground import Ground

QUICK = 10  # --quick does a tenth


@dataclass
class Bench:
    """One run. Parts leave here what later parts can use again."""

    ground: Ground
    shows: Shows
    seed: int
    quick: bool = False
    peer_dir: str | None = None
    peer_loops_per_s: float | None = None
    kept: dict[str, Any] = field(default_factory=dict)

    def of(self, full: int, quick: int | None = None) -> int:
        """So much of something: a tenth (or `quick`) when it has to be quick."""
        return (quick if quick is not None else max(1, full // QUICK)) if self.quick else full

    def say(self, line: str) -> None:
        """One line about what was found."""
        self.shows.say(f"  {line}")

    @property
    def owner(self) -> User:
        """The requester of all jobs."""
        if "owner" not in self.kept:
            self.kept["owner"] = staging.requester()
        return self.kept["owner"]

    def users(self, count: int) -> list[tuple[int, str]]:
        """(id, key) of workers; the same ones each time, as a platform's are."""
        known: list[tuple[int, str]] = self.kept.setdefault("users", [])
        if len(known) < count:
            known += staging.keys_of(staging.workers(count - len(known)))
        return known[:count]

    def job(self, *, images: int, lease_seconds: int | None = None) -> Job:
        """A job of that many pictures × 3 that hands out work."""
        return staging.open_job(owner=self.owner, images=images, overlap=driving.OVERLAP, lease_seconds=lease_seconds)

    def load(self, job: Job, users: Sequence[tuple[int, str]], **more: Any) -> dict[str, Any]:
        """One run of the load on the job."""
        return driving.load(self.plan(job, users, **more))

    def warm(self, job: Job) -> None:
        """Some loops that nobody counts: services just started import, connect and prepare at their first ones."""
        self.load(job, self.users(driving.USERS), loops=self.of(1000, 200), warm_up=0)
        if self.ground.running.alive("worker"):
            waiting = Task.objects.filter(job=job, state=Task.State.ANSWERED)
            assert wait_until(lambda: not waiting.exists(), seconds=60, pause=0.1), "the worker settles nothing"

    def plan(self, job: Job, users: Sequence[tuple[int, str]], **more: Any) -> dict[str, Any]:
        """A plan for the load; this process lets go of its connections, which the run has no use for."""
        connections.close_all()
        return driving.load_plan(self.ground, job=job.public_id, users=users, seed=self.seed, **more)
