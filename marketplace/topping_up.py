"""Fair pay: real times prove that a job pays below the floor; its requester hears, and its reserve makes it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from redis import RedisError

from billing import ledger
from billing.ledger import AccountKind, Posting
from billing.models import Outbox
from billing.money import parse_amount
from marketplace import auditlog, escrow, fair_pay
from marketplace.fair_pay import Fairness
from marketplace.measuring import paces
from marketplace.models import Assignment, Flag, Job, TopUp
from marketplace.spending import PAID

UNDERPAID = "job.underpaid"  # topic of the outbox that `notices` tells by e-mail
EVERY = timedelta(minutes=10)
ANSWERS_A_BATCH = 500
RUNNING = (Job.State.OPEN, Job.State.PAUSED, Job.State.CLOSING)


def due() -> list[int]:
    """Jobs to look at: those that run and have answers, once in EVERY for all of them."""
    with suppress(RedisError):
        if not cache.add("fair-pay:looked", True, EVERY.total_seconds()):
            return []
    given = Assignment.objects.filter(job=OuterRef("pk"), submitted_at__isnull=False)
    running = Job.objects.filter(Exists(given), state__in=RUNNING)
    return list(running.order_by("pk").values_list("pk", flat=True))


def fairness_of(*, jobs: Sequence[Job]) -> dict[int, Fairness]:
    """What some jobs pay against the floor, by job id."""
    floor, found = parse_amount(settings.FAIR_PAY_HOURLY), paces(jobs=jobs)
    return {
        job.pk: Fairness(pay=pace.pay, median_ms=pace.median_ms, workers=pace.workers, floor=floor)
        for job in jobs
        for pace in [found[job.pk]]
    }


def look(*, job_id: int, now: datetime) -> int:
    """See whether a job pays the floor. If real times prove that it does not, tell its requester once, and top up what
    was paid, as far as its reserve goes; returns how many answers were topped up."""
    job = Job.objects.filter(pk=job_id, state__in=RUNNING).first()
    if job is None or not fairness_of(jobs=[job])[job.pk].shortfall:
        return 0
    _tell_requester(job_id, now)
    return top_up(job_id=job_id, now=now)


@transaction.atomic
def _tell_requester(job_id: int, now: datetime) -> None:
    if not Job.objects.filter(pk=job_id, underpaid_at=None).update(underpaid_at=now):
        return
    job = Job.objects.get(pk=job_id)
    after = {"underpaid_at": now, "floor": parse_amount(settings.FAIR_PAY_HOURLY)}
    auditlog.record(actor=None, action=UNDERPAID, subject=job, now=now, after=after)
    Outbox.objects.create(topic=UNDERPAID, payload={"job": job.pk}, created_at=now)


def top_up(*, job_id: int, now: datetime) -> int:
    """Pay what a job's paid answers lack to the floor out of its reserve, batch by batch; returns how many got some.

    An answer is topped up once, by the times known then. Safe to run twice, at once, or again after a crash.
    """
    topped = batch = _top_up_batch(job_id, now)
    while batch == ANSWERS_A_BATCH:
        batch = _top_up_batch(job_id, now)
        topped += batch
    return topped


@transaction.atomic
def _top_up_batch(job_id: int, now: datetime) -> int:
    """The next paid answers, the first paid first, as far as the reserve goes."""
    # The job's row makes two of these at once one after the other; the second finds what the first has paid.
    job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.fair_pay_reserve_id is None or not ledger.balance(account_id=job.fair_pay_reserve_id):
        return 0
    fairness = fairness_of(jobs=[job])[job.pk]
    lacking, rate = fairness.shortfall, escrow.rate_of(job=job)
    if not lacking or fairness.median_ms is None:
        return 0
    fee = rate.fee(pay=lacking)
    waiting = list(_not_topped_up(job)[:ANSWERS_A_BATCH])
    workers = ledger.open_accounts(kind=AccountKind.WORKER_BALANCE, owner_ids=[one.worker_id for one in waiting])
    accounts = ledger.lock(account_ids=[job.fair_pay_reserve_id, *workers.values()])
    available = accounts[job.fair_pay_reserve_id].balance or 0
    paid = waiting[: fair_pay.affordable(costs=[lacking + fee] * len(waiting), available=available)]
    TopUp.objects.bulk_create(
        TopUp(
            assignment=one,
            job=job,
            worker_id=one.worker_id,
            amount=lacking,
            fee=fee,
            median_ms=round(fairness.median_ms),
            floor=fairness.floor,
            created_at=now,
        )
        for one in paid
    )
    ledger.post(postings=_postings(job, paid, workers, lacking, fee), now=now)
    return len(paid)


def _not_topped_up(job: Job) -> QuerySet[Assignment]:
    """Paid answers without a top-up, of whom nobody suspects of spam: those wait until that is decided."""
    suspected = Flag.objects.filter(job=job, worker=OuterRef("worker")).exclude(state=Flag.State.DISMISSED)
    answers = Assignment.objects.filter(job=job, submitted_at__isnull=False, state__in=PAID, top_up__isnull=True)
    return answers.exclude(Exists(suspected)).order_by("settled_at", "pk")


def _postings(job: Job, paid: Sequence[Assignment], workers: Mapping[int, int], amount: int, fee: int) -> list[Posting]:
    """Fair-pay reserve → worker, and the fee on it → platform fees, once an answer."""
    source, fees = escrow.reserve_of(job), ledger.platform(AccountKind.PLATFORM_FEES).pk
    wanted = []
    for one in paid:
        details = {"job": job.public_id, "assignment": str(one.pk)}
        wanted.append(Posting("fair_pay", str(one.pk), source, workers[one.worker_id], amount, details))
        if fee:
            wanted.append(Posting("fair_pay_fee", str(one.pk), source, fees, fee, details))
    return wanted


def lacking_in_reserve(*, job: Job) -> int:
    """What a job's reserve lacks to top up every answer that waits for it, fees included; micro-units."""
    lacking = fairness_of(jobs=[job])[job.pk].shortfall
    if not lacking or job.fair_pay_reserve_id is None:
        return 0
    wanted = _not_topped_up(job).order_by().count() * (lacking + escrow.rate_of(job=job).fee(pay=lacking))
    return max(0, wanted - ledger.balance(account_id=job.fair_pay_reserve_id))
