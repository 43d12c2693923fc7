"""What a requester sees of their jobs: rows of a list, and one job with its figures, price and money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum

from billing import debts, deposits, ledger
from billing.money import CENT, parse_amount
from billing.wallets import wallet_of
from marketplace import escrow, posting, pricing, spending, topping_up
from marketplace.drafting import instructions_of
from marketplace.models import Assignment, Instructions, Job, Release, Task, User
from marketplace.progress import LARGE, Progress, progress
from marketplace.promising import Promise, promises
from marketplace.results import NOT_ASKED

BUSY = timedelta(minutes=2)


@dataclass(frozen=True)
class JobRow:
    """One job in a list; `spent` and `at_most` in micro-units."""

    job: Job
    tasks: int
    settled: int
    disputed: int
    answers: int
    spent: int
    at_most: int


def jobs_of(*, owner: User) -> QuerySet[Job]:
    """A requester's jobs, newest first."""
    return Job.objects.filter(owner=owner).select_related("label_set").order_by("-created_at", "-pk")


def rows(*, jobs: list[Job], now: datetime) -> list[JobRow]:
    """The figures of some jobs, in their order: two statements however many. Large ones as `progress` keeps them."""
    large = {job.pk: progress(job=job, now=now) for job in jobs if job.funded_position >= LARGE}
    small = _rows_of([job for job in jobs if job.pk not in large])
    return [_row_of(job, large[job.pk]) if job.pk in large else small[job.pk] for job in jobs]


def _row_of(job: Job, found: Progress) -> JobRow:
    names = ("tasks", "settled", "disputed", "answers", "spent", "at_most")
    return JobRow(job=job, **{name: getattr(found, name) for name in names})


def _rows_of(jobs: list[Job]) -> dict[int, JobRow]:
    counts = {
        row["job_id"]: row
        for row in Task.objects.filter(job__in=jobs)
        .exclude(state__in=NOT_ASKED)
        .values("job_id")
        .annotate(
            n=Count("pk"),
            settled=Count("pk", filter=Q(state=Task.State.SETTLED)),
            disputed=Count("pk", filter=Q(disputed=True)),
            answers=Sum("answers"),
        )
    }
    paid = spending.spent(jobs=jobs)
    found = {}
    for job in jobs:
        count = counts.get(job.pk, {"n": 0, "settled": 0, "disputed": 0, "answers": 0})
        unit = escrow.unit_cost(job=job)
        found[job.pk] = JobRow(
            job=job,
            tasks=count["n"],
            settled=count["settled"],
            disputed=count["disputed"],
            answers=count["answers"],
            spent=paid[job.pk],
            at_most=job.extra_answers * unit
            + job.extra_reserve
            + pricing.with_reserve(
                amount=(count["n"] * job.max_overlap + job.gold_budget) * unit, percent=job.reserve_percent
            ),
        )
    return found


@dataclass(frozen=True)
class Overview:
    """One job as its requester sees it. Money in micro-units."""

    progress: Progress
    quote: pricing.Quote
    added: pricing.Quote | None  # images added since publishing that nobody paid for yet
    wallet: int
    owed: int  # since a bank took a payment back; it comes before anything is published
    instructions: Instructions
    versions: int
    latest_release: Release | None
    floor: int
    state: str
    quiet_for: timedelta | None  # since the latest answer; None before the first
    unsettled: bool  # some image that is paid for is not settled yet; as of now, however old the figures are
    reserve_lacking: int  # what the fair-pay reserve lacks to top up all that was paid too little
    figures_age: timedelta  # how old the figures of a large job are
    promises: list[Promise]  # about the errors of its labels

    @property
    def missing(self) -> int:
        """What the wallet lacks to publish, rounded up to whole cents, because a card pays whole cents. What is owed is
        part of it: new money settles that first."""
        short = max(0, (self.added or self.quote).at_most + self.owed - self.wallet)
        return -(-short // CENT) * CENT

    @property
    def to_pay(self) -> int:
        """What a card is charged for that: there is a least deposit."""
        return max(self.missing, deposits.MINIMUM) if self.missing else 0

    @property
    def done(self) -> bool:
        """True when every image that was published is settled."""
        return self.progress.settled > 0 and not self.unsettled

    @property
    def marker(self) -> str:
        """Changes when what can be done with the job changes, not with every figure."""
        return f"{self.state}{'-done' if self.done else ''}{'-added' if self.added else ''}"

    @property
    def refresh_seconds(self) -> int | None:
        """How soon the figures are worth looking at again; None when nothing will change by itself."""
        busy = self.quiet_for is not None and self.quiet_for < BUSY
        if self.state == Job.State.PUBLISHING:
            return 2
        if self.state == Job.State.CLOSING or (self.state == Job.State.OPEN and not self.done):
            return 4 if busy else 20
        return 4 if busy and self.state == Job.State.PAUSED and not self.done else None

    @property
    def underpays(self) -> bool:
        """True when the pay an hour is known and below the floor."""
        return self.progress.pace.hourly is not None and self.progress.pace.hourly < self.floor

    @property
    def images_waiting(self) -> int:
        """Images that are not settled yet."""
        return self.progress.tasks - self.progress.settled


def _unsettled(job: Job) -> bool:
    states = (Task.State.DRAFT, Task.State.OPEN, Task.State.ANSWERED, Task.State.REVIEW)
    return any(
        Task.objects.filter(job=job, state=state, position__lte=job.funded_position).exists() for state in states
    )


def overview(*, job: Job, now: datetime) -> Overview:
    """Read one job's figures."""
    instructions = instructions_of(job=job)
    given = Assignment.objects.filter(job=job, submitted_at__isnull=False).order_by("-submitted_at")
    latest = given.values_list("submitted_at", flat=True).first()
    found = progress(job=job, now=now)
    return Overview(
        progress=found,
        quote=posting.price_of(job=job, images=found.tasks),
        added=posting.waiting(job=job),
        wallet=ledger.balance(account_id=wallet_of(owner=job.owner).pk),
        owed=debts.owed_by_requester(owner_id=job.owner_id),
        instructions=instructions,
        versions=instructions.version,
        latest_release=Release.objects.filter(job=job).order_by("-number").first(),
        floor=parse_amount(settings.FAIR_PAY_HOURLY),
        state=job.state,
        quiet_for=now - latest if latest else None,
        unsettled=_unsettled(job),
        reserve_lacking=topping_up.lacking_in_reserve(job=job) if found.pace.basis == "measured" else 0,
        figures_age=now - found.counted_at,
        promises=promises(job=job),
    )
