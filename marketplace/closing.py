"""Ending a job: what is free goes back at once, what is committed follows when its work is decided."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from billing import ledger
from billing.ledger import Posting
from billing.wallets import wallet_of
from marketplace import auditlog, bell, escrow, locks, topping_up
from marketplace.errors import Conflict
from marketplace.leases import release_reserved
from marketplace.locks import Purpose
from marketplace.models import Assignment, Job, Place, Task

TASKS_A_CHUNK = 3_000  # what one transaction withdraws: a job of a million images must not hold its locks for minutes


@transaction.atomic
def close(*, job: Job, now: datetime) -> Job:
    """Close a job: open places are cancelled and the free money returns to the wallet at once.

    Of a large job only the first chunk goes here; the background withdraws the rest and returns its money.

    Work already held can still be submitted and is paid. A job that is still publishing can be closed too: money must
    not hang on images that cannot be prepared. Once this has returned, no claim succeeds. Raises Conflict for a draft
    and for a job that is closing or closed.
    """
    locks.hold(Purpose.HAND_OUT, job_id=job.pk)  # waits for the claims under way, before any row is locked
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=job.pk)
    if job.state not in (Job.State.PUBLISHING, Job.State.OPEN, Job.State.PAUSED):
        raise Conflict("wrong_state", f"This job is {job.get_state_display().lower()}; it cannot be closed.")
    job.state = Job.State.CLOSING
    job.save(update_fields=["state"])
    release_reserved(job=job, state=Assignment.State.CANCELLED, now=now)
    returned, _more = _withdraw(job, now)
    auditlog.record(
        actor=job.owner, action="job.closing", subject=job, now=now, after={"state": job.state, "returned": returned}
    )
    bell.ring("finish_closing", job.pk)
    return job


def _withdraw(job: Job, now: datetime) -> tuple[int, bool]:
    """Cancel a chunk of the open places and return all that is free to the wallet; returns that amount, and whether
    there may be more to cancel.

    One posting for both, so that all accounts are locked in their order. The caller holds the job's lock.
    """
    assert job.escrow_free_id is not None, "a published job has escrow accounts"
    assert job.escrow_committed_id is not None, "a published job has escrow accounts"
    drafts = Task.objects.filter(job=job, state=Task.State.DRAFT).order_by("position").values("pk")[:TASKS_A_CHUNK]
    more = Task.objects.filter(pk__in=drafts).update(state=Task.State.CANCELLED) == TASKS_A_CHUNK
    postings, full = _cancel_open_places(job, now)
    wallet = wallet_of(owner=job.owner)
    accounts = ledger.lock(account_ids=[wallet.pk, job.escrow_free_id, job.escrow_committed_id])
    free = (accounts[job.escrow_free_id].balance or 0) + sum(posting.amount for posting in postings)
    if free:
        job.close_no += 1
        job.save(update_fields=["close_no"])
        postings.append(escrow.give_back(job=job, wallet_id=wallet.pk, amount=free))
    ledger.post(postings=postings, now=now)
    return free, more or full


def _cancel_open_places(job: Job, now: datetime) -> tuple[list[Posting], bool]:
    """Withdraw open places of a closing job, those of a chunk of its tasks; their money goes committed → free in one
    transfer. Tells whether the chunk was full.

    Lock order is task before place before account, as in submitting and settling.
    """
    tasks = list(
        Task.objects.select_for_update(no_key=True)
        .filter(job=job, state__in=[Task.State.OPEN, Task.State.GOLD])
        .filter(Exists(Place.objects.filter(task=OuterRef("pk"), state=Place.State.OPEN)))
        .order_by("position")
        .values_list("pk", flat=True)[:TASKS_A_CHUNK]
    )
    open_places = Place.objects.select_for_update().filter(task_id__in=tasks, state=Place.State.OPEN).order_by("pk")
    rows = list(open_places.values_list("pk", "task_id", "held"))
    if not rows:
        return [], False
    Place.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(state=Place.State.CANCELLED, held=0)
    _shrink_tasks(tasks, rows, now)
    bell.ring("settle", job.pk)  # some are complete with what they have
    # A cancelled place never opens again, so the first of them names this withdrawal and no other.
    key = f"job:{job.pk}:{min(pk for pk, _, _ in rows)}-{max(pk for pk, _, _ in rows)}:{len(rows)}"
    total = sum(held for _, _, held in rows)
    return [escrow.uncommit(job=job, kind="places_cancelled", key=key, amount=total)], len(tasks) == TASKS_A_CHUNK


def _shrink_tasks(tasks: list[int], rows: list[tuple[int, int, int]], now: datetime) -> None:
    """Tasks want fewer answers now: some are complete with what they have, some have nothing to wait for."""
    fewer: dict[int, int] = {}
    for _, task_id, _ in rows:
        fewer[task_id] = fewer.get(task_id, 0) + 1
    for count in set(fewer.values()):
        Task.objects.filter(pk__in=[pk for pk, n in fewer.items() if n == count]).update(wanted=F("wanted") - count)
    changed = Task.objects.filter(pk__in=tasks, state=Task.State.OPEN)
    changed.filter(wanted=0).update(state=Task.State.CANCELLED)
    changed.filter(answers=F("wanted"), wanted__gt=0).update(state=Task.State.ANSWERED, answered_at=now)


def finish_closing(*, job_id: int, now: datetime) -> bool:
    """Withdraw what is left of a closing job, chunk by chunk, and close it for good once nothing is held.

    Its last answers are topped up before the fair-pay reserve goes back. True when it is closed. Safe to run twice, at
    once, or again after a crash.
    """
    while _withdraw_some(job_id, now):
        pass
    job = Job.objects.filter(pk=job_id, state=Job.State.CLOSING).first()
    if job is not None and _is_empty(job):
        # Nothing more is accepted, so this is the last time; in transactions of its own, as it locks other accounts.
        topping_up.top_up(job_id=job_id, now=now)
        _close(job_id, now)
    return Job.objects.filter(pk=job_id, state=Job.State.CLOSED).exists()


@transaction.atomic
def _withdraw_some(job_id: int, now: datetime) -> bool:
    """Withdraw the next chunk of a closing job; whether there may be more."""
    job = _locked(job_id)
    if job is None:
        return False
    # A lease that ran out while the job was closing has put its place back: that is withdrawn too.
    _returned, more = _withdraw(job, now)
    return more


def _locked(job_id: int) -> Job | None:
    jobs = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner")
    return jobs.filter(pk=job_id, state=Job.State.CLOSING).first()


def _is_empty(job: Job) -> bool:
    """Whether nothing is held for work any more, and nothing can come."""
    assert job.escrow_free_id is not None, "a published job has escrow accounts"
    assert job.escrow_committed_id is not None, "a published job has escrow accounts"
    held = [ledger.balance(account_id=account) for account in (job.escrow_free_id, job.escrow_committed_id)]
    live = Assignment.objects.filter(job=job, state__in=Assignment.LIVE).exists()
    answered = Assignment.objects.filter(job=job, submitted_at__isnull=False, state=Assignment.State.SUBMITTED)
    return not (any(held) or live or answered.exists())


@transaction.atomic
def _close(job_id: int, now: datetime) -> None:
    """Close a job that is empty for good; what its fair-pay reserve still holds goes back to the wallet."""
    job = _locked(job_id)
    if job is None or not _is_empty(job):
        return
    if job.fair_pay_reserve_id is not None:
        wallet = wallet_of(owner=job.owner)
        left = ledger.lock(account_ids=[wallet.pk, job.fair_pay_reserve_id])[job.fair_pay_reserve_id].balance
        if left:
            ledger.post(postings=[escrow.give_reserve_back(job=job, wallet_id=wallet.pk, amount=left)], now=now)
    job.state = Job.State.CLOSED
    job.closed_at = now
    job.save(update_fields=["state", "closed_at"])
