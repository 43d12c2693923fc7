"""How a job goes: progress, agreement, spend and forecast, for its requester."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.core.cache import cache
from django.db.models import Avg, Count, Max, Min, Q, Sum
from redis import RedisError

from billing import kpis, ledger
from marketplace import bell, escrow, spending
from marketplace.measuring import UNKNOWN, Pace, paces
from marketplace.models import Assignment, Decision, Job, Replacement, Task, Watch
from marketplace.posting import price_of
from marketplace.results import NOT_ASKED
from marketplace.snapshots import one_snapshot

LARGE = 20_000  # images: from here on counting takes longer than a page may
FRESH = timedelta(seconds=10)
KEPT_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Progress:
    """A job's figures at one moment. Money in micro-units; `agreement` 0 to 1, `alpha` up to 1."""

    tasks: int
    settled: int
    disputed: int
    answers: int
    answers_wanted: int
    submitted: int
    accepted: int
    rejected: int
    workers: int
    replaced: int  # answers of workers turned out, in whose stead others were asked
    agreement: float | None
    alpha: float | None  # Krippendorff's, of the latest answers whenever they were last looked at
    alpha_images: int  # how many images that rests on
    spent: int
    committed: int
    free: int
    expected: int
    at_most: int
    forecast: int  # what the job will have cost when its present places are answered
    pace: Pace
    forecast_done_at: datetime | None
    counted_at: datetime
    reserve: int = 0  # what the fair-pay reserve holds
    bonuses: int = 0  # paid out of the wallet, fees included
    top_ups: int = 0  # paid out of the reserve, fees included
    answers_saved: int = 0  # on settled images, of the most that may be asked; 0 where the overlap is fixed
    saved: int = 0  # what these answers would have cost

    @property
    def share_settled(self) -> float:
        """0 to 1."""
        return kpis.rate(part=self.settled, whole=self.tasks) or 0.0

    @property
    def cost_per_annotation(self) -> int | None:
        """Micro-units spent for one accepted annotation."""
        return kpis.cost_per(spent=self.spent, count=self.accepted)

    @property
    def burned(self) -> float | None:
        """The share of "at most" that is spent, top-ups included, 0 to 1; None before there is a price."""
        return kpis.burned(spent=self.spent + self.top_ups, budget=self.at_most)


def progress(*, job: Job, now: datetime) -> Progress:
    """A job's figures as of one moment: what is spent, committed and free adds up at any time.

    Those of a large job are counted in the background and may be some time old, see `counted_at`. Who asks waits for
    them only when none are kept.
    """
    if job.funded_position < LARGE:
        return count(job=job, now=now)
    kept = _recall(job)
    if kept is None:
        return recount(job_id=job.pk, now=now) or count(job=job, now=now)
    found, fresh_until = kept
    if now > fresh_until and _claim_count(job):
        bell.ring("count_progress", job.pk)
    return found


def recount(*, job_id: int, now: datetime) -> Progress | None:
    """Count a large job's figures and keep them; None when it is not large, or gone.

    They are fresh for twenty times as long as counting took, so that at most a twentieth of the time is spent on it.
    """
    job = Job.objects.select_related("label_set", "owner").filter(pk=job_id).first()
    if job is None or job.funded_position < LARGE:
        return None
    begin = monotonic()
    found = count(job=job, now=now)
    fresh_until = now + max(FRESH, 20 * timedelta(seconds=monotonic() - begin))
    with suppress(RedisError):
        cache.set(_key(job), (found, fresh_until), KEPT_SECONDS)
        cache.delete(f"{_key(job)}:counting")
    return found


def _key(job: Job) -> str:
    return f"progress:3:{job.pk}"


def _recall(job: Job) -> tuple[Progress, datetime] | None:
    with suppress(RedisError):
        kept: tuple[Progress, datetime] | None = cache.get(_key(job))
        return kept
    return None


def _claim_count(job: Job) -> bool:
    """True for one asker: the others need not ring too. A count that was lost is asked for again after a minute."""
    with suppress(RedisError):
        return cache.add(f"{_key(job)}:counting", True, 60)
    return False


def count(*, job: Job, now: datetime) -> Progress:
    """Count a job's figures here and now."""
    with one_snapshot():
        return _count(job, now)


def _count(job: Job, now: datetime) -> Progress:
    tasks, work = _tasks(job), _work(job)
    answers, wanted = tasks.pop("answers") or 0, tasks.pop("wanted") or 0
    saved = max(0, tasks["settled"] * job.max_overlap - (tasks.pop("used") or 0))
    first, last = work.pop("first"), work.pop("last")
    unit, price = escrow.unit_cost(job=job), price_of(job=job, images=tasks["tasks"])
    agreement = Decision.objects.filter(task__job=job, current=True).aggregate(mean=Avg("consensus__agreement"))
    watched = Watch.objects.filter(job=job).first()
    # What was answered to gold was asked for beside the job's images.
    gold = (
        Task.objects.filter(job=job, state=Task.State.GOLD).aggregate(n=Sum("answers"))["n"] if job.gold_budget else 0
    )
    spent = spending.spent(jobs=[job])[job.pk] if job.reward_per_shape else work["accepted"] * unit
    return Progress(
        **tasks,
        **work,
        answers=answers,
        answers_wanted=wanted,
        agreement=None if agreement["mean"] is None else round(agreement["mean"], 4),
        replaced=Replacement.objects.filter(flag__job=job).count(),
        alpha=None if watched is None or watched.alpha is None else round(watched.alpha, 4),
        alpha_images=watched.images if watched else 0,
        spent=spent,
        committed=_balance(job.escrow_committed_id),
        reserve=_balance(job.fair_pay_reserve_id),
        **spending.beside(job=job),
        free=_balance(job.escrow_free_id),
        expected=price.expected,
        at_most=price.at_most + job.extra_answers * unit + job.extra_reserve,
        forecast=kpis.forecast(
            spent=spent, accepted=work["accepted"], rejected=work["rejected"], wanted=wanted + (gold or 0), unit=unit
        )
        if wanted
        else price.expected,
        pace=paces(jobs=[job]).get(job.pk, UNKNOWN),
        forecast_done_at=_done_at(first, last, answers, wanted, now) if job.state == Job.State.OPEN else None,
        counted_at=now,
        answers_saved=saved,
        saved=saved * unit,
    )


def _tasks(job: Job) -> dict[str, Any]:
    tasks = Task.objects.filter(job=job).exclude(state__in=NOT_ASKED)
    return tasks.aggregate(
        tasks=Count("pk"),
        settled=Count("pk", filter=Q(state=Task.State.SETTLED)),
        disputed=Count("pk", filter=Q(disputed=True)),
        answers=Sum("answers"),
        # Before `wanted`, which hides the column of that name from what follows.
        used=Sum("wanted", filter=Q(state=Task.State.SETTLED)),
        wanted=Sum("wanted"),
    )


def _work(job: Job) -> dict[str, Any]:
    """Sums over the workers: counting them apart from each other would sort every answer there is."""
    given = Assignment.objects.filter(job=job, submitted_at__isnull=False, state__in=Assignment.ANSWERED)
    rows = list(
        given.order_by()
        .values("worker_id")
        .annotate(
            submitted=Count("pk", filter=Q(state="submitted")),
            accepted=Count("pk", filter=Q(state__in=["accepted", "overturned"])),
            rejected=Count("pk", filter=Q(state="rejected")),
            first=Min("claimed_at"),
            last=Max("submitted_at"),
        )
    )
    sums: dict[str, Any] = {name: sum(row[name] for row in rows) for name in ("submitted", "accepted", "rejected")}
    first, last = (min((row["first"] for row in rows), default=None), max((row["last"] for row in rows), default=None))
    return {**sums, "workers": len(rows), "first": first, "last": last}


def _balance(account_id: int | None) -> int:
    return ledger.balance(account_id=account_id) if account_id else 0


def _done_at(
    first: datetime | None, last: datetime | None, answers: int, wanted: int, now: datetime
) -> datetime | None:
    """When the last answer will be in at the rate seen so far; None when there is nothing to go by."""
    if not first or not last or answers < 3 or answers >= wanted or last <= first:
        return None
    per_answer = (last - first) / answers
    return now + min(per_answer * (wanted - answers), timedelta(days=365))
