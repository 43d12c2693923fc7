"""Locks on what is no row: advisory locks of PostgreSQL, held to the end of the transaction."""

from __future__ import annotations

from enum import IntEnum

from django.db import connection


class Purpose(IntEnum):
    """What a lock of a job is for. Never renumbered: two versions of Tally may run side by side during an upgrade."""

    HAND_OUT = 1  # shared by every claim (`marketplace_job_is_open`), alone for whoever ends claims
    TURNS = 2  # for whoever draws turns, so that a job's places become visible in the order of their turns
    SETTLING = 3  # one settler a job
    REJECTING = 4  # of a requester, not of a job: who judges by hand, so that what they reject is counted exactly


def hold(purpose: Purpose, *, job_id: int) -> None:
    """Wait for a job's lock and keep it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(marketplace_lock(%s, %s))", [purpose, job_id])


def share(purpose: Purpose, *, job_id: int) -> None:
    """Wait until nobody holds a job's lock alone, and keep a share of it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(marketplace_lock(%s, %s))", [purpose, job_id])


def try_hold(purpose: Purpose, *, job_id: int) -> bool:
    """Take a job's lock until the transaction ends; False at once when somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(marketplace_lock(%s, %s))", [purpose, job_id])
        return bool(cursor.fetchone()[0])
