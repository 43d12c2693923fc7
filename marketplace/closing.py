"""Ending a job: what is free goes back at once, what is committed follows when its work is decided."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Sum

from billing import ledger
from billing.wallets import wallet_of
from marketplace import auditlog, bell, escrow
from marketplace.errors import Conflict
from marketplace.models import Assignment, Job, Place, Task


@transaction.atomic
def close(*, job: Job, now: datetime) -> Job:
    """Close a job: open places are cancelled and the free money returns to the wallet at once.

    Work already held can still be submitted and is paid. Raises Conflict unless the job is open or paused.
    """
    job = Job.objects.select_for_update(no_key=True).select_related("owner").get(pk=job.pk)
    if job.state not in (Job.State.OPEN, Job.State.PAUSED):
        raise Conflict("wrong_state", f"This job is {job.get_state_display().lower()}; it cannot be closed.")
    job.state = Job.State.CLOSING
    job.save(update_fields=["state"])
    cancel_open_places(job=job, now=now)
    returned = return_free(job=job, now=now)
    auditlog.record(
        actor=job.owner, action="job.closing", subject=job, now=now, after={"state": job.state, "returned": returned}
    )
    bell.ring("settle", job.pk)
    return job


def cancel_open_places(*, job: Job, now: datetime) -> None:
    """Withdraw the open places of a closing job; their money goes committed → free in one transfer.

    Lock order is task before place before account, as in submitting and settling. The caller holds the job's lock.
    """
    tasks = list(
        Task.objects.select_for_update(no_key=True)
        .filter(job=job, state=Task.State.OPEN)
        .filter(Exists(Place.objects.filter(task=OuterRef("pk"), state=Place.State.OPEN)))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not tasks:
        return
    open_places = Place.objects.select_for_update().filter(task_id__in=tasks, state=Place.State.OPEN).order_by("pk")
    rows = list(open_places.values_list("pk", "task_id", "held"))
    if not rows:
        return
    Place.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(state=Place.State.CANCELLED, held=0)
    total = sum(held for _, _, held in rows)
    key = f"job:{job.pk}:{min(pk for pk, _, _ in rows)}-{max(pk for pk, _, _ in rows)}:{len(rows)}"
    ledger.post(postings=[escrow.uncommit(job=job, kind="places_cancelled", key=key, amount=total)], now=now)
    _shrink_tasks(tasks, rows, now)


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


def return_free(*, job: Job, now: datetime) -> int:
    """Escrow free → wallet, whatever is there; returns the amount. The caller holds the job's lock."""
    assert job.escrow_free_id is not None, "a published job has escrow accounts"
    free = ledger.balance(account_id=job.escrow_free_id)
    if not free:
        return 0
    job.close_no += 1
    job.save(update_fields=["close_no"])
    wallet = wallet_of(owner=job.owner)
    ledger.post(postings=[escrow.give_back(job=job, wallet_id=wallet.pk, amount=free)], now=now)
    return free


@transaction.atomic
def finish_closing(*, job_id: int, now: datetime) -> bool:
    """Return what came free since, and close the job for good once nothing is held. True when it is closed."""
    job = Job.objects.select_for_update(no_key=True).select_related("owner").get(pk=job_id)
    if job.state != Job.State.CLOSING:
        return job.state == Job.State.CLOSED
    # A lease that ran out while the job was closing has put its place back: withdraw it too.
    cancel_open_places(job=job, now=now)
    return_free(job=job, now=now)
    still_held = Place.objects.filter(job=job).aggregate(total=Sum("held"))["total"] or 0
    live = Assignment.objects.filter(job=job, state__in=[*Assignment.LIVE, Assignment.State.SUBMITTED]).exists()
    if still_held or live:
        return False
    job.state = Job.State.CLOSED
    job.closed_at = now
    job.save(update_fields=["state", "closed_at"])
    return True
