"""What a worker did, what became of it, and what they earned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum

from billing import ledger
from billing.models import Payout
from billing.wallets import earnings_of
from marketplace import appealing
from marketplace.models import Appeal, Assignment, Bonus, Job, Review, TopUp, User
from marketplace.steps import Step, steps_of
from qa.models import Consensus

SHOWS = ("all", "waiting", "accepted", "rejected", "appealed")
_GIVEN = (*Assignment.ANSWERED, Assignment.State.RETURNED)
# What the requester said when they sent the answer back.
_NOTE = Subquery(Review.objects.filter(assignment=OuterRef("pk"), said="return").values("note")[:1])


def worker_history(*, worker: User, show: str = "all") -> QuerySet[Assignment]:
    """The worker's answers, latest first. `show`: all, waiting, accepted, rejected or appealed."""
    given = Assignment.objects.filter(worker=worker, submitted_at__isnull=False, state__in=_GIVEN)
    if show == "waiting":
        given = given.filter(state__in=[Assignment.State.SUBMITTED, Assignment.State.RETURNED])
    elif show == "accepted":
        given = given.filter(state__in=[Assignment.State.ACCEPTED, Assignment.State.OVERTURNED])
    elif show == "rejected":
        given = given.filter(state__in=[Assignment.State.REJECTED, Assignment.State.REVERSED])
    elif show == "appealed":
        given = given.filter(appeals__isnull=False).distinct()
    found = given.select_related("job", "verdict", "task__image").prefetch_related("appeals").annotate(note=_NOTE)
    return found.order_by("-submitted_at", "pk")


def appeal_of(*, assignment: Assignment) -> Appeal | None:
    """The latest appeal about an answer, of those fetched along with it."""
    return max(assignment.appeals.all(), key=lambda found: found.opened_at, default=None)


@dataclass(frozen=True)
class OwnAnswer:
    """A worker's answer beside the adopted one. The consensus is shown only once the answer is judged."""

    assignment: Assignment
    body: dict[str, Any]
    consensus: Consensus | None
    contestable: bool

    @property
    def appeal(self) -> Appeal | None:
        """The worker's appeal, if there is one."""
        return appeal_of(assignment=self.assignment)

    @property
    def paid_shapes(self) -> int:
        """How many of its shapes were paid for."""
        job, earned = self.assignment.job, self.assignment.earned
        return (earned - job.reward) // job.reward_per_shape if earned and job.reward_per_shape else 0

    @property
    def bonuses(self) -> list[Bonus]:
        """What its requester gave beside the pay."""
        return list(Bonus.objects.filter(assignment=self.assignment))

    @property
    def top_up(self) -> TopUp | None:
        """What brought its pay up to the floor, if that was lacking."""
        return TopUp.objects.filter(pk=self.assignment.pk).first()

    @property
    def steps(self) -> list[Step]:
        """How it came about; looked up only where it is shown."""
        return steps_of(assignment=self.assignment)


def own_answer(*, worker: User, assignment_id: Any, now: datetime) -> OwnAnswer:
    """One of the worker's answers. Raises Assignment.DoesNotExist when it is not theirs or not given."""
    found = Assignment.objects.select_related("job__label_set", "verdict__consensus", "task__image", "annotation")
    assignment = found.annotate(note=_NOTE).get(pk=assignment_id, worker=worker, state__in=_GIVEN)
    assert assignment.annotation is not None, "an answered assignment has an annotation"
    # The consensus the verdict speaks of, whatever was decided since: its evidence counts that one's objects.
    verdict = assignment.verdict
    return OwnAnswer(
        assignment=assignment,
        body=assignment.annotation.body,
        consensus=verdict.consensus if verdict else None,
        contestable=appealing.contestable(assignment=assignment, now=now),
    )


@dataclass(frozen=True)
class JobEarnings:
    """What one job brought a worker; money in micro-units."""

    job: Job
    answers: int
    accepted: int
    rejected: int
    waiting: int
    earned: int
    bonuses: int = 0
    top_ups: int = 0

    @property
    def total(self) -> int:
        """All that the job brought."""
        return self.earned + self.bonuses + self.top_ups


@dataclass(frozen=True)
class Earnings:
    """A worker's money in micro-units: payable now, waiting for verdicts, on its way, paid, and earned in all."""

    balance: int
    waiting: int
    on_its_way: int
    paid_out: int
    lifetime: int
    by_job: tuple[JobEarnings, ...]
    payouts: tuple[Payout, ...]


def earnings(*, worker: User) -> Earnings:
    """What a worker earned, by job, latest first."""
    rows = (
        Assignment.objects.filter(worker=worker, submitted_at__isnull=False, state__in=_GIVEN)
        .values("job_id")
        .annotate(
            answers=Count("pk"),
            accepted=Count("pk", filter=Q(state__in=["accepted", "overturned"])),
            rejected=Count("pk", filter=Q(state="rejected")),
            waiting=Count("pk", filter=Q(state__in=["submitted", "returned"])),
            total=Sum("earned"),
            latest=Max("submitted_at"),
        )
        .order_by("-latest")
    )
    bonuses, top_ups = _by_job(Bonus.objects.filter(worker=worker)), _by_job(TopUp.objects.filter(worker=worker))
    jobs = Job.objects.in_bulk([row["job_id"] for row in rows])
    by_job = tuple(
        JobEarnings(
            job=jobs[row["job_id"]],
            answers=row["answers"],
            accepted=row["accepted"],
            rejected=row["rejected"],
            waiting=row["waiting"],
            earned=row["total"],
            bonuses=bonuses.get(row["job_id"], 0),
            top_ups=top_ups.get(row["job_id"], 0),
        )
        for row in rows
    )
    return Earnings(
        balance=ledger.balance(account_id=earnings_of(worker=worker).pk),
        waiting=sum(row.waiting * row.job.reward for row in by_job),
        on_its_way=_paid(worker, (*Payout.OPEN, Payout.State.SENT)),
        paid_out=_paid(worker, (Payout.State.PAID,)),
        lifetime=sum(row.total for row in by_job),
        by_job=by_job,
        payouts=tuple(Payout.objects.filter(worker=worker).order_by("-created_at")[:100]),
    )


def _by_job(paid: QuerySet[Any]) -> dict[int, int]:
    """Sums by job of what was paid beside the answers' own pay."""
    return dict(paid.order_by().values("job_id").annotate(sum=Sum("amount")).values_list("job_id", "sum"))


def _paid(worker: User, states: Sequence[str]) -> int:
    found = Payout.objects.filter(worker=worker, state__in=states).aggregate(sum=Sum("amount"))["sum"]
    return int(found or 0)
