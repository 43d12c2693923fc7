"""Late answers are held against what was adopted since; what agrees is paid from goodwill, capped."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from annotation.shapes import Answer, read_answer
from billing import ledger
from billing.ledger import AccountKind, Posting
from billing.money import parse_amount
from marketplace import auditlog
from marketplace.escrow import rate_of
from marketplace.flags import unheard
from marketplace.gold_places import gold_scope
from marketplace.handouts import today_of
from marketplace.models import Assignment, Decision, LateAnswer, Task, User
from marketplace.policies import policy_of
from marketplace.wages import matched
from qa.adopted import as_annotation
from qa.golden import against_truth
from qa.known import mark
from qa.models import Gold

log = logging.getLogger("tally.late")

A_DAY_AT_MOST = parse_amount("1.00")
"""So much goodwill one worker gets for late answers on one day (in UTC): time that runs out again and again is no
accident."""
LOOKED_AT_AFTER = timedelta(hours=24)
"""Sooner none is looked at, so that known images, whose answer is there at once, are told no sooner than others."""
_OVER = (Task.State.SETTLED, Task.State.GOLD, Task.State.CANCELLED)


def pay_late(*, now: datetime, limit: int = 100) -> int:
    """Score the late answers that can be scored, and pay those that agree; returns how many were scored."""
    due = LateAnswer.objects.filter(scored_at=None, kept_at__lte=now - LOOKED_AT_AFTER)
    ready = due.filter(assignment__task__state__in=_OVER).order_by("kept_at")
    scored = 0
    for pk in list(ready.values_list("pk", flat=True)[:limit]):
        try:
            scored += score(assignment_id=pk, now=now)
        except Exception:  # one that cannot be scored must not hold up the others
            log.exception("late answer %s cannot be scored", pk)
    return scored


@transaction.atomic
def score(*, assignment_id: UUID, now: datetime) -> bool:
    """Score one late answer, once, and pay it if it agrees with what was adopted for its image.

    It earns what it would have in time, pay for its accepted shapes too, while the day's goodwill for its worker lasts.
    Nothing is owed to whom was turned out of the job as a spammer, nor for an image that the same worker has answered
    in time.
    """
    waiting = LateAnswer.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    found = waiting.select_related("assignment__job__label_set", "assignment__annotation", "assignment__task")
    late = found.filter(pk=assignment_id, scored_at=None).first()
    if late is None:
        return False
    given = late.assignment
    truth = _truth(given) if _is_owed(given) else None
    if truth is not None:
        assert given.annotation is not None, "a late answer is kept with its annotation"
        answer, policy = read_answer(given.annotation.body), policy_of(job=given.job)
        late.agreement, agrees = against_truth(answer=answer, truth=truth, policy=policy)
        if agrees:
            shapes = matched(evidence=mark(answer=answer, known=truth, policy=policy).evidence)
            late.paid = _give(given, rate_of(job=given.job).pay(shapes=shapes), now)
    late.scored_at = now
    late.save(update_fields=["agreement", "paid", "scored_at"])
    if late.paid:
        after = {"paid": late.paid, "agreement": late.agreement}
        auditlog.record(actor=None, action="late_answer.paid", subject=given, now=now, after=after)
    return True


def of_worker(*, worker: User) -> QuerySet[LateAnswer]:
    """A worker's late answers, the latest first."""
    mine = LateAnswer.objects.filter(assignment__worker=worker)
    return mine.select_related("assignment__job").order_by("-kept_at")


def _is_owed(given: Assignment) -> bool:
    others = Assignment.objects.filter(task=given.task_id, worker=given.worker_id, state__in=Assignment.ANSWERED)
    return not others.exists() and not unheard(job_id=given.job_id, worker_ids=[given.worker_id])


def _truth(given: Assignment) -> Answer | None:
    """What was adopted for the image, or is known of it; None where that is nothing, or in doubt."""
    if given.task.state == Task.State.GOLD:
        known = Gold.objects.filter(scope=gold_scope(job_id=given.job_id), image=given.task.image_id)
        body = known.exclude(state=Gold.State.REVIEW).values_list("body", flat=True).first()
        return read_answer(body) if body else None
    decision = Decision.objects.select_related("consensus").filter(task=given.task_id, current=True).first()
    if decision is None:
        return None
    assert given.annotation is not None, "a late answer is kept with its annotation"
    return read_answer({**given.annotation.body, **as_annotation(body=decision.consensus.body)})


def _give(given: Assignment, pay: int, now: datetime) -> int:
    """Give `pay` micro-units from goodwill; 0 where that leads over the day's cap."""
    purse = ledger.open_accounts(kind=AccountKind.WORKER_BALANCE, owner_ids=[given.worker_id])[given.worker_id]
    goodwill = ledger.platform(AccountKind.GOODWILL).pk
    # Two at once for one worker: the second one waits here, and then sees what the first one gave.
    ledger.lock(account_ids=[purse, goodwill])
    today = Q(assignment__worker=given.worker_id, scored_at__date=today_of(now))
    spent = LateAnswer.objects.filter(today).aggregate(sum=Sum("paid"))["sum"] or 0
    if spent + pay > A_DAY_AT_MOST:
        return 0
    details = {"late_answer": str(given.pk), "job": given.job.public_id}
    ledger.post(postings=[Posting("goodwill", str(given.pk), goodwill, purse, pay, details)], now=now)
    return pay
