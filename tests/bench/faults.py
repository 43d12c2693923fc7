"""kill -9 of web server, worker and PostgreSQL at random moments under load: what was answered 2xx must stay."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

from django.db import OperationalError, connection, connections
from django.utils import timezone

from marketplace import settling
from marketplace.auditing import audit
from marketplace.local import processes
from marketplace.models import Assignment, Job, Task
from tests.bench import driving, machine
from tests.bench.bench import Bench
from tests.bench.driving import USERS

VICTIMS = ("web", "worker", "postgres", "backend")
FAULTS = 12
RATE = 300


def measure(bench: Bench) -> dict[str, Any]:
    """The load goes on through all of it: a client that lost its answer sends the same again."""
    count, dice = bench.of(FAULTS, len(VICTIMS)), Random(f"{bench.seed} faults")
    bench.ground.start_web()
    bench.ground.start_worker()
    job = bench.job(images=bench.of(20_000, 1000))
    # Each of them about as often, in an order of chance.
    victims = [VICTIMS[n % len(VICTIMS)] for n in range(count)]
    dice.shuffle(victims)
    pauses = [dice.uniform(2, 5) if not bench.quick else dice.uniform(0.3, 0.6) for _ in victims]
    plan = bench.plan(
        job, bench.users(USERS), rate=RATE, warm_up=1, patience=60, keep=True, seconds=sum(pauses) + bench.of(30, 1)
    )
    say, bench.ground.running.say = bench.ground.running.say, lambda _line: None  # each death would be told at length
    try:
        with driving.Program("load", plan) as program:
            program.wait_begun()
            for victim, pause in zip(victims, pauses, strict=True):
                bench.ground.look_after(seconds=pause)
                kill(bench, victim)
            found = result_of(program, bench)
    finally:
        bench.ground.running.say = say
    checked = check(bench, job, found["submitted"])
    figures = {"faults_injected": count, "faults_lost": checked["lost"], "faults_miscounted": checked["miscounted"]}
    bench.say(", ".join(f"{name} {value}" for name, value in figures.items()))
    bench.ground.stop("worker")
    told = {"figures": figures, "killed": dict(Counter(victims)), "loops": found["loops"], "ms": found["ms"]}
    told |= {"sent_again": found["errors"], "samples": found["error_samples"]}
    return told | checked | {"double_assignments": found["double_assignments"]}


def result_of(program: driving.Program, bench: Bench) -> dict[str, Any]:
    """What the load found; until it is done, whatever died is started again, as `up` would."""
    with ThreadPoolExecutor(1) as beside:
        found = beside.submit(program.result)
        while not found.done():
            bench.ground.look_after(seconds=0.5)
        return found.result()


def kill(bench: Bench, victim: str) -> None:
    """End it the hardest way. Its next start is not put off: the pause after many deaths is for crash loops."""
    running = bench.ground.running.running
    if victim == "backend":
        server = bench.ground.pid("postgres")
        backends = [pid for pid in machine.family().get(server, []) if serves_web(pid)]
        if backends:
            os.kill(backends[0], signal.SIGKILL)  # PostgreSQL then restarts all of them and recovers
        return
    running[victim].deaths = 0
    if victim == "postgres":
        os.kill(running[victim].process.pid, signal.SIGKILL)
    else:
        processes.send(group=running[victim].process.pid, sign=signal.SIGKILL)


def serves_web(pid: int) -> bool:
    """Whether this process of PostgreSQL serves a client."""
    process = processes.read_proc(pid=pid)
    return process is not None and process.command.startswith("postgres: tally tally")


def check(bench: Bench, job: Job, submitted: list[str]) -> dict[str, Any]:
    """What is missing of the answered calls, whether all counts agree, and what the audit finds."""
    connections.close_all()
    wait_for_database()
    given = Assignment.objects.filter(job=job, state__in=Assignment.ANSWERED)
    there = {str(pk) for pk in given.values_list("pk", flat=True)}
    settling.settle(job_id=job.pk, now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM annotation_annotation n JOIN annotation_image i ON i.id = n.image_id "
            "WHERE i.scope = %s",
            [f"job:{job.pk}"],
        )
        annotations = cursor.fetchone()[0]
    counted = sum(Task.objects.filter(job=job).values_list("answers", flat=True))
    return {
        "submitted": len(submitted),
        "lost": len(set(submitted) - there),
        "given": len(there),
        "miscounted": abs(len(there) - annotations) + abs(len(there) - counted),
        "audit": audit(),
    }


def wait_for_database(*, seconds: float = 60.0) -> None:
    """Return once it has recovered."""
    end = time.monotonic() + seconds
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
