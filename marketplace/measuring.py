"""How long work takes and what it pays an hour, from real times."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from marketplace import pricing
from marketplace.models import Assignment, Job

MIN_ANSWERS = 10
RECENT = 200
FASTEST_MS = 1_000  # quicker than a person can look: not work, so it does not speak for the job's pace


@dataclass(frozen=True)
class Pace:
    """A job's median time an answer and what it pays an hour (micro-units), and what that rests on."""

    median_ms: float | None
    hourly: int | None
    basis: str  # "measured", "trial", or "unknown"


UNKNOWN = Pace(None, None, "unknown")


def paces(*, jobs: list[Job]) -> dict[int, Pace]:
    """The pace of each job by its id: measured from its latest answers, else the requester's own trial."""
    rows = (
        Assignment.objects.filter(job__in=jobs, state__in=Assignment.ANSWERED, paid_ms__gte=FASTEST_MS)
        .annotate(nth=Window(RowNumber(), partition_by=F("job_id"), order_by=F("submitted_at").desc()))
        .filter(nth__lte=RECENT)
        .values_list("job_id", "paid_ms")
    )
    times: dict[int, list[int]] = {}
    for job_id, paid_ms in rows:
        times.setdefault(job_id, []).append(paid_ms or 0)
    return {job.pk: _pace(job, times.get(job.pk, [])) for job in jobs}


def _pace(job: Job, times: list[int]) -> Pace:
    if len(times) >= MIN_ANSWERS:
        middle = median(times)
        return Pace(middle, pricing.hourly(reward=job.reward, median_ms=middle), "measured")
    if job.trial_ms:
        return Pace(job.trial_ms, pricing.hourly(reward=job.reward, median_ms=job.trial_ms), "trial")
    return UNKNOWN
