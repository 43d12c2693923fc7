"""How long work takes and what it pays an hour, from real times."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from marketplace import pricing
from marketplace.fair_pay import WORKERS
from marketplace.models import Job

RECENT = 400  # answers that are looked at
FASTEST_MS = 1_000  # quicker than a person can look: not work, so it does not speak for the job's pace


@dataclass(frozen=True)
class Pace:
    """A job's median time an answer and what it pays an hour (micro-units), and what that rests on."""

    median_ms: float | None
    hourly: int | None
    basis: str  # "measured", "trial", or "unknown"
    workers: int = 0  # whose times are known
    pay: float = 0.0  # micro-units an answer pays on the average


UNKNOWN = Pace(None, None, "unknown")


# The latest answers of each job through its index, however many it has. Who is suspected of spam does not speak for it.
# Each person counts once, by their own median: who answers most is not most people. What an answer pays on the average
# is seen from those that are paid: it differs where shapes are paid for.
_LATEST = """
    SELECT own.job_id, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY own.middle),
           (sum(own.earned) / nullif(sum(own.paid), 0))::float
    FROM (
        SELECT job.id AS job_id, latest.worker_id,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY latest.paid_ms) AS middle,
               sum(latest.earned) AS earned, count(*) FILTER (WHERE latest.earned > 0) AS paid
        FROM unnest(%s::bigint[]) AS job(id) CROSS JOIN LATERAL (
            SELECT a.worker_id, a.paid_ms, a.earned FROM marketplace_assignment a
            WHERE a.job_id = job.id AND a.submitted_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM marketplace_flag f
                WHERE f.job_id = job.id AND f.worker_id = a.worker_id AND f.state <> 'dismissed')
            ORDER BY a.submitted_at DESC LIMIT %s) AS latest
        WHERE latest.paid_ms >= %s GROUP BY job.id, latest.worker_id) AS own
    GROUP BY own.job_id
"""


def paces(*, jobs: Collection[Job]) -> dict[int, Pace]:
    """The pace of each job by its id: measured from the latest answers of ten people at least, else the requester's own
    trial."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [[job.pk for job in jobs], RECENT, FASTEST_MS])
        measured = {job_id: tuple(rest) for job_id, *rest in cursor.fetchall()}
    return {job.pk: _pace(job, *measured.get(job.pk, (0, 0.0, None))) for job in jobs}


def _pace(job: Job, workers: int, middle: float, pay: float | None) -> Pace:
    if workers >= WORKERS:
        pay = pay or float(job.reward)
        return Pace(middle, pricing.hourly(pay=pay, median_ms=middle), "measured", workers, pay)
    if job.trial_ms:
        hourly = pricing.hourly(pay=job.reward, median_ms=job.trial_ms)
        return Pace(job.trial_ms, hourly, "trial", workers, float(job.reward))
    return Pace(None, None, "unknown", workers, float(job.reward))
