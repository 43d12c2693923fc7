"""The job board: what a worker can work on, and what it pays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from marketplace.measuring import Pace, paces
from marketplace.models import Assignment, Enrolment, Job, Place, User


@dataclass(frozen=True)
class BoardRow:
    """One job as a worker sees it before accepting."""

    job: Job
    places_left: int
    pace: Pace
    answered_by_me: int
    blocked: bool
    holding: bool
    rejection_rate: float | None  # of the requester's judged answers; None until there are any
    labels: tuple[str, ...]


def open_jobs(*, worker: User) -> list[BoardRow]:
    """Open jobs with places left, the worker's own left out; newest first."""
    jobs = Job.objects.filter(state=Job.State.OPEN).exclude(owner=worker)
    return [row for row in _rows(list(_with_labels(jobs)), worker) if row.places_left or row.holding]


def job_row(*, job: Job, worker: User) -> BoardRow:
    """One job's row, whatever its state."""
    return _rows(list(_with_labels(Job.objects.filter(pk=job.pk))), worker)[0]


def _with_labels(jobs: QuerySet[Job]) -> QuerySet[Job]:
    return jobs.select_related("owner", "label_set").prefetch_related("label_set__labels").order_by("-published_at")


def _rows(jobs: list[Job], worker: User) -> list[BoardRow]:
    left = dict(
        Place.objects.filter(job__in=jobs, state=Place.State.OPEN)
        .values_list("job_id")
        .annotate(n=Count("pk"))
        .values_list("job_id", "n")
    )
    mine = (
        Assignment.objects.filter(job__in=jobs, worker=worker)
        .values("job_id")
        .annotate(
            answered=Count("pk", filter=Q(state__in=Assignment.ANSWERED)), live=Count("pk", filter=Q(state="claimed"))
        )
    )
    my = {row["job_id"]: (row["answered"], row["live"]) for row in mine}
    blocked = set(
        Enrolment.objects.filter(job__in=jobs, worker=worker, state=Enrolment.State.BLOCKED).values_list(
            "job_id", flat=True
        )
    )
    pace_of = paces(jobs=jobs)
    record = rejection_rates(owner_ids={job.owner_id for job in jobs})
    return [
        BoardRow(
            job=job,
            places_left=left.get(job.pk, 0),
            pace=pace_of[job.pk],
            answered_by_me=my.get(job.pk, (0, 0))[0],
            holding=bool(my.get(job.pk, (0, 0))[1]),
            blocked=job.pk in blocked,
            rejection_rate=record.get(job.owner_id),
            labels=tuple(label.name for label in job.label_set.labels.all()),
        )
        for job in jobs
    ]


def rejection_rates(*, owner_ids: Collection[int]) -> dict[int, float]:
    """The share of each requester's judged answers that were rejected; who has none judged yet is left out."""
    judged = (
        Assignment.objects.filter(job__owner__in=owner_ids, settled_at__isnull=False)
        .order_by()
        .values("job__owner_id")
        .annotate(all=Count("pk"), rejected=Count("pk", filter=Q(state=Assignment.State.REJECTED)))
    )
    return {row["job__owner_id"]: row["rejected"] / row["all"] for row in judged}
