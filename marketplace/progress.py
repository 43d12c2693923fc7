"""How a job goes: progress, agreement, spend and forecast, for its requester."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Max, Min, Q, Sum

from billing import ledger
from marketplace import escrow
from marketplace.measuring import UNKNOWN, Pace, paces
from marketplace.models import Assignment, Decision, Job, Task
from marketplace.posting import quote
from marketplace.snapshots import one_snapshot


@dataclass(frozen=True)
class Progress:
    """A job's figures at one moment. Money in micro-units; `agreement` 0 to 1."""

    tasks: int
    settled: int
    disputed: int
    answers: int
    answers_wanted: int
    submitted: int
    accepted: int
    rejected: int
    workers: int
    agreement: float | None
    spent: int
    committed: int
    free: int
    expected: int
    at_most: int
    forecast: int  # what the job will have cost when its present places are answered
    pace: Pace
    forecast_done_at: datetime | None

    @property
    def share_settled(self) -> float:
        """0 to 1."""
        return self.settled / self.tasks if self.tasks else 0.0

    @property
    def cost_per_annotation(self) -> int | None:
        """Micro-units spent for one accepted annotation."""
        return round(self.spent / self.accepted) if self.accepted else None


def progress(*, job: Job, now: datetime) -> Progress:
    """Count a job's figures as of one moment: what is spent, committed and free adds up at any time."""
    with one_snapshot():
        return _count(job, now)


def _count(job: Job, now: datetime) -> Progress:
    tasks, work = _tasks(job), _work(job)
    answers, wanted = tasks.pop("answers") or 0, tasks.pop("wanted") or 0
    first, last = work.pop("first"), work.pop("last")
    unit, price = escrow.unit_cost(job=job), quote(job=job)
    agreement = Decision.objects.filter(task__job=job, current=True).aggregate(mean=Avg("consensus__agreement"))
    running = job.state == Job.State.OPEN
    return Progress(
        **tasks,
        **work,
        answers=answers,
        answers_wanted=wanted,
        agreement=None if agreement["mean"] is None else round(agreement["mean"], 4),
        spent=work["accepted"] * unit,
        committed=_balance(job.escrow_committed_id),
        free=_balance(job.escrow_free_id),
        expected=price.expected,
        at_most=price.at_most,
        forecast=_forecast(work["accepted"], work["rejected"], wanted, unit) if wanted else price.expected,
        pace=paces(jobs=[job]).get(job.pk, UNKNOWN),
        forecast_done_at=_done_at(first, last, answers, wanted, now) if running else None,
    )


def _tasks(job: Job) -> dict[str, Any]:
    tasks = Task.objects.filter(job=job).exclude(state=Task.State.CANCELLED)
    return tasks.aggregate(
        tasks=Count("pk"),
        settled=Count("pk", filter=Q(state=Task.State.SETTLED)),
        disputed=Count("pk", filter=Q(disputed=True)),
        answers=Sum("answers"),
        wanted=Sum("wanted"),
    )


def _work(job: Job) -> dict[str, Any]:
    return Assignment.objects.filter(job=job, state__in=Assignment.ANSWERED).aggregate(
        submitted=Count("pk", filter=Q(state="submitted")),
        accepted=Count("pk", filter=Q(state__in=["accepted", "overturned"])),
        rejected=Count("pk", filter=Q(state="rejected")),
        workers=Count("worker", distinct=True),
        first=Min("claimed_at"),
        last=Max("submitted_at"),
    )


def _balance(account_id: int | None) -> int:
    return ledger.balance(account_id=account_id) if account_id else 0


def _forecast(accepted: int, rejected: int, wanted: int, unit: int) -> int:
    """What is spent, plus what is still wanted at the acceptance rate seen so far."""
    judged = accepted + rejected
    rate = accepted / judged if judged else 1.0
    return accepted * unit + round(max(0, wanted - judged) * rate * unit)


def _done_at(
    first: datetime | None, last: datetime | None, answers: int, wanted: int, now: datetime
) -> datetime | None:
    """When the last answer will be in at the rate seen so far; None when there is nothing to go by."""
    if not first or not last or answers < 3 or answers >= wanted or last <= first:
        return None
    per_answer = (last - first) / answers
    return now + min(per_answer * (wanted - answers), timedelta(days=365))
