"""Appeals: a worker contests a rejection, or leaves it at that; deadlines are kept by the platform, at its own cost."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from billing.models import Outbox
from marketplace import auditlog, overturning, settling
from marketplace.errors import Conflict, Refused
from marketplace.models import Appeal, Assignment, AuditEntry, Job, Task, User
from marketplace.models.appeal import LONGEST
from qa.verdict import Policy

log = logging.getLogger("tally.appeals")

OPENED = "appeal.opened"  # topic of the outbox that `notices` tells by e-mail
ANSWER_REJECTED, TASK_ADJUDICATED = "assignment.rejected", "task.adjudicated"
"""The actions in the audit log that name who rejected an answer; there is none when the votes did."""


def appeal(*, assignment_id: UUID, worker: User, reason: str, now: datetime) -> Appeal:
    """Contest a rejection: it is not final, and its money stays held, until somebody else has decided.

    The same reason again gives the same appeal. Raises Refused for a reason that says nothing or too much,
    Assignment.DoesNotExist for an answer that is not theirs, Conflict when there is nothing to contest any more.
    """
    reason = checked_words(reason, field="reason", missing="Say why the verdict is wrong.")
    with transaction.atomic():
        job, assignment = _locked(assignment_id, worker)
        known = Appeal.objects.filter(verdict=assignment.verdict_id).first()
        if known and known.state == Appeal.State.OPEN and known.reason == reason:
            return known
        _demand_contestable(assignment, known, now)
        return _open(job, assignment, reason, now)


def waive(*, assignment_id: UUID, worker: User, now: datetime) -> Appeal:
    """Leave a rejection at that, before or after appealing: it is final at once, and its money is free.

    Again changes nothing. Raises Assignment.DoesNotExist, and Conflict when there is nothing to waive.
    """
    with transaction.atomic():
        job, assignment = _locked(assignment_id, worker)
        known = Appeal.objects.filter(verdict=assignment.verdict_id).first()
        if known and known.state == Appeal.State.WAIVED:
            return known
        if known and known.state == Appeal.State.OPEN:
            known.state, known.decided_at = Appeal.State.WAIVED, now
            known.save(update_fields=["state", "decided_at"])
            settling.free_rejected(job=job, rejected=[assignment], now=now)
            return known
        _demand_contestable(assignment, known, now)
        settling.free_rejected(job=job, rejected=[assignment], now=now)
        return _create(job, assignment, now, state=Appeal.State.WAIVED, decided_at=now)


def contestable(*, assignment: Assignment, now: datetime) -> bool:
    """Whether the answer's rejection can be contested now."""
    return (
        assignment.state == Assignment.State.REJECTED and assignment.final_at is not None and now < assignment.final_at
    )


def rejecter_of(*, assignment: Assignment) -> int | None:
    """Who rejected the answer, as a user's id; None when the votes did."""
    by_hand = Q(object_type=Assignment._meta.label_lower, object_id=str(assignment.pk), action=ANSWER_REJECTED)
    by_adjudication = Q(object_type=Task._meta.label_lower, object_id=str(assignment.task_id), action=TASK_ADJUDICATED)
    noted = AuditEntry.objects.filter(by_hand | by_adjudication).order_by("-pk")
    return noted.values_list("actor_id", flat=True).first()


def uphold_overdue(*, now: datetime, limit: int = 500) -> int:
    """Uphold the appeals nobody decided in time: a worker does not pay for our silence. Returns how many.

    Each by itself: one that fails is logged and holds up no other.
    """
    due = Appeal.objects.filter(state=Appeal.State.OPEN, decide_by__lte=now).order_by("decide_by")
    upheld = 0
    for appeal_id in list(due.values_list("pk", flat=True)[:limit]):
        try:
            overturning.uphold(appeal_id=appeal_id, decider=None, answer="", adopt=False, now=now)
            upheld += 1
        except Conflict:
            continue  # somebody decided it in this moment
        except Exception:
            log.exception("appeal %s cannot be upheld", appeal_id)
    return upheld


def checked_words(text: str, *, field: str, missing: str) -> str:
    """What a person wrote, without the white space around it. Raises Refused when it is nothing, or too long."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refused.one(field, "required", missing)
    if len(text) > LONGEST:
        raise Refused.one(field, "too_long", f"At most {LONGEST:,} characters; this has {len(text):,}.")
    if "\x00" in text:
        raise Refused.one(field, "no_nul", "Text cannot hold the NUL character.")
    return text


def _locked(assignment_id: UUID, worker: User) -> tuple[Job, Assignment]:
    """The worker's answer, its job locked before it, as in closing and settling."""
    job_id = Assignment.objects.values_list("job_id", flat=True).get(
        pk=assignment_id, worker=worker, state__in=Assignment.ANSWERED
    )
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=job_id)
    rows = Assignment.objects.select_for_update(of=("self",), no_key=True).select_related("place")
    return job, rows.get(pk=assignment_id)


def _demand_contestable(assignment: Assignment, known: Appeal | None, now: datetime) -> None:
    if known is not None:
        raise Conflict("already_appealed", f"There was an appeal already; it is {known.get_state_display().lower()}.")
    if assignment.state != Assignment.State.REJECTED:
        told = f"Only a rejection can be contested; this answer is {assignment.get_state_display().lower()}."
        raise Conflict("not_rejected", told, state=assignment.state)
    if not contestable(assignment=assignment, now=now):
        raise Conflict("rejection_final", "The time to contest this rejection is over; it is final.")


def _open(job: Job, assignment: Assignment, reason: str, now: datetime) -> Appeal:
    quiet = not Appeal.objects.filter(assignment__job=job, state=Appeal.State.OPEN).exists()
    found = _create(job, assignment, now, reason=reason)
    Assignment.objects.filter(pk=assignment.pk).update(final_at=None)
    if quiet and found.addressee == Appeal.Addressee.REQUESTER:
        # One letter until the queue is empty again, not one for each appeal.
        Outbox.objects.create(topic=OPENED, payload={"appeal": str(found.pk)}, created_at=now)
    auditlog.record(actor=assignment.worker, action=OPENED, subject=found, now=now)
    return found


def _create(job: Job, assignment: Assignment, now: datetime, **fields: object) -> Appeal:
    rejecter = rejecter_of(assignment=assignment)
    verdict_id = assignment.verdict_id
    assert verdict_id is not None, "a rejected answer has a verdict"
    by_votes = rejecter is None and Policy.from_json(job.policy).adjudicator == "requester"
    return Appeal.objects.create(
        assignment=assignment,
        verdict_id=verdict_id,
        worker_id=assignment.worker_id,
        rejected_by_id=rejecter,
        addressee=Appeal.Addressee.REQUESTER if by_votes else Appeal.Addressee.ADMIN,
        opened_at=now,
        decide_by=now + timedelta(days=settings.APPEAL_ANSWER_DAYS),
        **fields,
    )
