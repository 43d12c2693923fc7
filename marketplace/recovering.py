"""A requester's debt after a chargeback: what jobs do not need pays it, and nothing is published before it is paid."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from billing import debts, ledger
from billing.ledger import AccountKind
from billing.money import format_amount
from marketplace import auditlog, escrow
from marketplace.errors import Conflict
from marketplace.models import Job, User

# What the work that was begun may still ask for: every image up to its most answers, and the known answers not yet
# handed out. Money beyond it waits only for the job to be closed.
_NEEDED = """
    SELECT (SELECT count(*) FROM marketplace_task t WHERE t.job_id = %(job)s AND t.position <= %(funded)s
                AND t.state IN ('draft', 'open', 'answered', 'review')) * %(most)s
         - (SELECT count(*) FROM marketplace_place p JOIN marketplace_task t ON t.id = p.task_id
            WHERE t.job_id = %(job)s AND t.state IN ('open', 'answered', 'review') AND p.state <> 'cancelled')
         + greatest(%(gold)s - (
            SELECT count(*) FROM marketplace_place p JOIN marketplace_task t ON t.id = p.task_id
            WHERE t.job_id = %(job)s AND t.state = 'gold' AND p.state <> 'cancelled') + (
            SELECT count(*) FROM marketplace_task t JOIN marketplace_assignment a ON a.task_id = t.id
            JOIN marketplace_place p ON p.id = a.place_id
            WHERE t.job_id = %(job)s AND t.state = 'gold' AND a.state IN ('rejected', 'reversed') AND p.held = 0), 0)
"""


def demand_no_debt(*, owner: User) -> None:
    """Raise Conflict for a requester whose payments the bank took back after they were spent."""
    owed = debts.owed_by_requester(owner_id=owner.pk)
    if owed > 0:
        amount = format_amount(owed)
        told = f"Your bank took a payment back, and you owe ${amount}. Pay it in first; new deposits settle it at once."
        raise Conflict("in_debt", told, owed=amount)


def recover_all(*, now: datetime) -> int:
    """Recover what every requester in debt owes; returns how much, micro-units."""
    owing = [owner_id for kind, owner_id in debts.debtors() if kind == AccountKind.WALLET]
    return sum(recover(owner_id=owner_id, now=now) for owner_id in owing)


def recover(*, owner_id: int, now: datetime) -> int:
    """Settle a requester's debt from their wallet, then from what their jobs hold and do not need; returns how much.

    What places were promised is never touched, nor what the images of a job may still ask for at most.
    """
    settled = debts.settle_from_wallet(owner_id=owner_id, now=now)
    with_money = Job.objects.filter(owner_id=owner_id, escrow_free__balance__gt=0).order_by("pk")
    for job_id in list(with_money.values_list("pk", flat=True)):
        if debts.owed_by_requester(owner_id=owner_id) <= 0:
            break
        settled += _recover_from(job_id, now)
    return settled


@transaction.atomic
def _recover_from(job_id: int, now: datetime) -> int:
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=job_id)
    assert job.escrow_free_id is not None, "only jobs with money are asked"
    needed = _needed(job)
    purse = debts.lock(kind=AccountKind.WALLET, owner_id=job.owner_id, also=(job.escrow_free_id,))
    free = ledger.lock(account_ids=[job.escrow_free_id])[job.escrow_free_id]
    amount = min(purse.owed, (free.balance or 0) - needed)
    if amount <= 0:
        return 0
    # An account is at one place of its history once.
    key = f"job:{job.pk}:{free.sequence}"
    ledger.post(postings=[purse.settle(source=free.pk, key=key, amount=amount)], now=now)
    after = {"settled": amount, "owed": purse.owed}
    auditlog.record(actor=None, action="job.paid_a_debt", subject=job, now=now, after=after)
    return amount


def _needed(job: Job) -> int:
    """What a job's own work may still ask of its free money, micro-units."""
    if job.state in (Job.State.CLOSING, Job.State.CLOSED):
        return 0
    known = {"job": job.pk, "funded": job.funded_position, "most": job.max_overlap, "gold": job.gold_budget}
    with connection.cursor() as cursor:
        cursor.execute(_NEEDED, known)
        return int(cursor.fetchone()[0]) * escrow.unit_cost(job=job)
