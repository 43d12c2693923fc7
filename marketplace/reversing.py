"""Pay that was had by fraud is taken back: an admin reverses an accepted answer, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from billing import clawbacks
from billing.models import Clawback, Outbox, Transfer
from billing.wallets import wallet_of
from marketplace import auditlog, second_factor
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import Assignment, Bonus, Job, TopUp, User

REVERSED = "pay.reversed"  # topic of the outbox that `notices` tells by e-mail
LONGEST_REASON = 500
PAID = (Assignment.State.ACCEPTED, Assignment.State.OVERTURNED)


@transaction.atomic
def reverse(*, assignment_id: UUID, by: User, reason: str, now: datetime, address: str | None = None) -> Clawback:
    """Take back what an answer was paid: pay, top-up and fees return to the job, or to its owner once that is closed.

    What the worker was paid out already becomes their debt, of which later earnings pay half. A bonus stays: it was
    the requester's gift. The answer keeps its place and its vote: what was adopted is another question, for whoever
    decides images. Raises Forbidden for whoever owns the job or gave the answer, Refused without a reason, Conflict
    when the answer is not paid.
    """
    second_factor.demand(person=by)
    reason = _reason(reason)
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
    # The job's row is ours, so no top-up comes between.
    extra = TopUp.objects.filter(assignment=answer).first()
    before, topped_up = answer.state, extra.amount if extra else 0
    reward, fee = answer.earned + topped_up, _fee(answer) + (extra.fee if extra else 0)
    Assignment.objects.filter(pk=answer.pk, state=before).update(state=Assignment.State.REVERSED, earned=0)
    taken = clawbacks.take_back(
        key=f"assignment:{answer.pk}", worker=answer.worker, reward=reward, fee=fee, target=_target(job), reason=reason,
        decided_by=by, now=now,
    )  # fmt: skip
    payload = {"worker": answer.worker_id, "amount": reward, "reason": reason}
    Outbox.objects.create(topic=REVERSED, payload=payload, created_at=now)
    auditlog.record(
        actor=by, action="assignment.reversed", subject=answer, now=now, address=address, before={"state": before},
        after={
            "state": Assignment.State.REVERSED, "reward": reward, "fee": fee, "top_up": topped_up, "owed": taken.owed,
            "reason": reason,
        },
    )  # fmt: skip
    return taken


@dataclass(frozen=True)
class PaidAnswer:
    """One answer as admins see it: what it was paid, and what taking that back would move; micro-units."""

    answer: Assignment
    fee: int
    top_up: TopUp | None
    bonuses: int
    taken: Clawback | None

    @property
    def pay(self) -> int:
        """What the worker would give back."""
        return self.answer.earned + (self.top_up.amount if self.top_up else 0)

    @property
    def fees(self) -> int:
        """What the platform would give back."""
        return self.fee + (self.top_up.fee if self.top_up else 0)

    @property
    def is_paid(self) -> bool:
        """Whether there is pay to take back."""
        return self.answer.state in PAID


def case(*, assignment_id: UUID) -> PaidAnswer:
    """One answer with all that was paid for it. Raises Assignment.DoesNotExist, also for what was never handed in."""
    found = Assignment.objects.select_related("job__owner", "worker", "task__image", "verdict")
    answer = found.get(pk=assignment_id, submitted_at__isnull=False)
    return PaidAnswer(
        answer=answer,
        fee=_fee(answer),
        top_up=TopUp.objects.filter(assignment=answer).first(),
        bonuses=Bonus.objects.filter(assignment=answer).aggregate(sum=Sum("amount"))["sum"] or 0,
        taken=Clawback.objects.select_related("decided_by").filter(key=f"assignment:{answer.pk}").first(),
    )


def _reason(typed: str) -> str:
    reason = " ".join(typed.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise Refused.one("reason", "length", f"Say why, in at most {LONGEST_REASON} characters; the worker reads it.")
    return reason


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
