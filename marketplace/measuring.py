"""How long work takes and what it pays an hour, from real times."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from marketplace import pricing
from marketplace.models import Job

MIN_ANSWERS = 10
RECENT = 200  # answers that are looked at
FASTEST_MS = 1_000  # quicker than a person can look: not work, so it does not speak for the job's pace


@dataclass(frozen=True)
class Pace:
    """A job's median time an answer and what it pays an hour (micro-units), and what that rests on."""

    median_ms: float | None
    hourly: int | None
    basis: str  # "measured", "trial", or "unknown"


UNKNOWN = Pace(None, None, "unknown")


# The latest answers of each job through its index, however many it has. Who is suspected of spam does not speak for it.
_LATEST = """
    SELECT job.id, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY latest.paid_ms)
    FROM unnest(%s::bigint[]) AS job(id) CROSS JOIN LATERAL (
        SELECT a.paid_ms FROM marketplace_assignment a
        WHERE a.job_id = job.id AND a.submitted_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM marketplace_flag f
            WHERE f.job_id = job.id AND f.worker_id = a.worker_id AND f.state <> 'dismissed')
        ORDER BY a.submitted_at DESC LIMIT %s) AS latest
    WHERE latest.paid_ms >= %s GROUP BY job.id
"""


def paces(*, jobs: Collection[Job]) -> dict[int, Pace]:
    """The pace of each job by its id: measured from its latest answers, else the requester's own trial."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [[job.pk for job in jobs], RECENT, FASTEST_MS])
        measured = {job_id: middle for job_id, answers, middle in cursor.fetchall() if answers >= MIN_ANSWERS}
    return {job.pk: _pace(job, measured.get(job.pk)) for job in jobs}


def _pace(job: Job, middle: float | None) -> Pace:
    if middle is not None:
        return Pace(middle, pricing.hourly(reward=job.reward, median_ms=middle), "measured")
    if job.trial_ms:
        return Pace(job.trial_ms, pricing.hourly(reward=job.reward, median_ms=job.trial_ms), "trial")
    return UNKNOWN
