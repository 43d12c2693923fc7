"""Turns in the hand-out: ascending numbers, so that a worker need only look at what came after the last one seen."""

from __future__ import annotations

from django.db import connection

from marketplace import locks
from marketplace.locks import Purpose

REOPENED_LANE = 1


def next_positions(*, job_id: int, count: int) -> list[int]:
    """`count` turns for places of a job, ascending, never given before. Needs a transaction.

    Until it ends nobody else gets turns for this job: places become visible in the order of their turns. Else a worker
    who looked at everything up to turn 9 could miss turn 8, committed a moment later, for good.
    """
    locks.hold(Purpose.TURNS, job_id=job_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('marketplace_place_position') FROM generate_series(1, %s)", [count])
        return sorted(row[0] for row in cursor.fetchall())
