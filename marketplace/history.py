"""What a worker did, what became of it, and what they earned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum

from billing import debts, ledger
from billing.ledger import AccountKind
from billing.models import Payout
from billing.wallets import earnings_of, movements
from marketplace import appealing
from marketplace.models import Appeal, Assignment, Bonus, Job, LateAnswer, Review, TopUp, User
from marketplace.movements import Movement, explained
from marketplace.steps import Step, steps_of
from qa.models import Consensus

LATEST = 8
"""So many movements are shown beside the sums."""
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
    def late(self) -> LateAnswer | None:
        """What became of it, where it came too late to count."""
        return getattr(self.assignment, "late_answer", None)

    @property
    def given_at(self) -> datetime | None:
        """When it was handed in, in time or not."""
        return self.late.kept_at if self.late else self.assignment.submitted_at

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
        """What brought its pay up to the floor, if that was lacking; with pay that is taken back it goes, too."""
        return TopUp.objects.filter(pk=self.assignment.pk).first() if self.assignment.earned else None

    @property
    def steps(self) -> list[Step]:
        """How it came about; looked up only where it is shown."""
        return steps_of(assignment=self.assignment)


def own_answer(*, worker: User, assignment_id: Any, now: datetime) -> OwnAnswer:
    """One of the worker's answers, also one that came too late. Raises Assignment.DoesNotExist when it is not theirs or
    not given."""
    found = Assignment.objects.select_related(
        "job__label_set", "verdict__consensus", "task__image", "annotation", "late_answer"
    ).filter(Q(state__in=_GIVEN) | Q(late_answer__isnull=False))
    assignment = found.annotate(note=_NOTE).get(pk=assignment_id, worker=worker)
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
    late: int = 0

    @property
    def total(self) -> int:
        """All that the job brought, what the platform paid for late answers to it too."""
        return self.earned + self.bonuses + self.top_ups + self.late


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
    latest: tuple[Movement[Any], ...]  # of transfers
    owed: int  # of pay that was taken back after it had been paid out

    @property
    def shapes_beside(self) -> bool:
        """Whether what waits may bring more than `waiting`: pay for shapes is known with the verdict only."""
        return any(row.waiting and row.job.reward_per_shape for row in self.by_job)


def earnings(*, worker: User) -> Earnings:
    """What a worker earned, by job, latest first; and what moved last."""
    purse, by_job = earnings_of(worker=worker), _jobs_of(worker)
    latest: list[Any] = list(movements(account=purse)[:LATEST])
    return Earnings(
        balance=ledger.balance(account_id=purse.pk),
        waiting=sum(row.waiting * row.job.reward for row in by_job),
        on_its_way=_paid(worker, (*Payout.OPEN, Payout.State.SENT)),
        paid_out=_paid(worker, (Payout.State.PAID,)),
        lifetime=sum(row.total for row in by_job),
        by_job=by_job,
        payouts=tuple(Payout.objects.filter(worker=worker).order_by("-created_at")[:100]),
        latest=tuple(explained(lines=latest)),
        owed=debts.owed(kind=AccountKind.WORKER_BALANCE, owner_id=worker.pk),
    )


def _jobs_of(worker: User) -> tuple[JobEarnings, ...]:
    answers = (
        Assignment.objects.filter(worker=worker, submitted_at__isnull=False, state__in=_GIVEN)
        .values("job_id")
        .annotate(
            answers=Count("pk"),
            accepted=Count("pk", filter=Q(state__in=["accepted", "overturned"])),
            rejected=Count("pk", filter=Q(state="rejected")),
            waiting=Count("pk", filter=Q(state__in=["submitted", "returned"])),
            earned=Sum("earned"),
            latest=Max("submitted_at"),
        )
        .order_by("-latest")
    )
    rows: dict[int, dict[str, Any]] = {row["job_id"]: dict(row) for row in answers}
    # With pay that is taken back its top-up goes, too.
    top_ups = TopUp.objects.filter(worker=worker).exclude(assignment__state=Assignment.State.REVERSED)
    late = LateAnswer.objects.filter(assignment__worker=worker, paid__gt=0)
    beside = {
        "bonuses": _by_job(Bonus.objects.filter(worker=worker)),
        "top_ups": _by_job(top_ups),
        "late": _by_job(late, job="assignment__job_id", amount="paid"),
    }
    jobs = Job.objects.in_bulk([*rows, *beside["late"]])
    return tuple(
        JobEarnings(
            job=jobs[job_id],
            **{name: rows[job_id][name] if job_id in rows else 0 for name in _COUNTED},
            **{name: of.get(job_id, 0) for name, of in beside.items()},
        )
        for job_id in dict.fromkeys([*rows, *beside["late"]])
    )


_COUNTED = ("answers", "accepted", "rejected", "waiting", "earned")


def _by_job(paid: QuerySet[Any], *, job: str = "job_id", amount: str = "amount") -> dict[int, int]:
    """Sums by job of what was paid beside the answers' own pay."""
    return dict(paid.order_by().values(job).annotate(sum=Sum(amount)).values_list(job, "sum"))


def _paid(worker: User, states: Sequence[str]) -> int:
    found = Payout.objects.filter(worker=worker, state__in=states).aggregate(sum=Sum("amount"))["sum"]
    return int(found or 0)
