"""Pay that was had by fraud is taken back: an admin reverses an accepted answer, once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing import clawbacks
from billing.models import Clawback, Outbox, Transfer
from billing.wallets import wallet_of
from marketplace import auditlog
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import Assignment, Job, User

REVERSED = "pay.reversed"  # topic of the outbox that `notices` tells by e-mail
LONGEST_REASON = 500
PAID = (Assignment.State.ACCEPTED, Assignment.State.OVERTURNED)


@transaction.atomic
def reverse(*, assignment_id: UUID, by: User, reason: str, now: datetime, address: str | None = None) -> Clawback:
    """Take back what an answer was paid: reward and fee return to the job, or to its owner once that is closed.

    What the worker was paid out already becomes their debt, of which later earnings pay half. The answer keeps its
    place and its vote: what was adopted is another question, for whoever decides images. Raises Forbidden for whoever
    owns the job or gave the answer, Refused without a reason, Conflict when the answer is not paid.
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise Refused.one("reason", "length", f"Say why, in at most {LONGEST_REASON} characters; the worker reads it.")
    job_id = Assignment.objects.values_list("job_id", flat=True).get(pk=assignment_id)
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=job_id)
    found = Assignment.objects.select_for_update(of=("self",), no_key=True).select_related("worker")
    answer = found.get(pk=assignment_id)
    if by.pk in (job.owner_id, answer.worker_id) or not by.is_staff:
        raise Forbidden("not_impartial", "Only an admin who has no part in this job may take its pay back.")
    if answer.state not in PAID:
        raise Conflict(
            "not_paid", f"This answer is {answer.get_state_display().lower()}; there is no pay to take back."
        )
    before, reward, fee = answer.state, answer.earned, _fee(answer)
    Assignment.objects.filter(pk=answer.pk, state=before).update(state=Assignment.State.REVERSED, earned=0)
    taken = clawbacks.take_back(
        key=f"assignment:{answer.pk}", worker=answer.worker, reward=reward, fee=fee, target=_target(job), reason=reason,
        decided_by=by, now=now,
    )  # fmt: skip
    payload = {"worker": answer.worker_id, "amount": reward, "reason": reason}
    Outbox.objects.create(topic=REVERSED, payload=payload, created_at=now)
    auditlog.record(
        actor=by, action="assignment.reversed", subject=answer, now=now, address=address, before={"state": before},
        after={"state": Assignment.State.REVERSED, "reward": reward, "fee": fee, "owed": taken.owed, "reason": reason},
    )  # fmt: skip
    return taken


def _fee(answer: Assignment) -> int:
    """The fee that was paid with an answer, as the books have it."""
    appeals = answer.appeals.filter(state="upheld").values_list("pk", flat=True)
    upheld = Transfer.objects.filter(kind="appeal_upheld_fee", key__in=[str(pk) for pk in appeals])
    paid = Transfer.objects.filter(kind="accepted_fee", key=str(answer.pk)) | upheld
    return sum(paid.values_list("amount", flat=True))


def _target(job: Job) -> int:
    """A closed job holds nothing any more."""
    if job.state == Job.State.CLOSED:
        return wallet_of(owner=job.owner).pk
    assert job.escrow_free_id is not None, "a job with paid answers has escrow accounts"
    return job.escrow_free_id
