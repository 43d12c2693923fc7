"""A requester judges answers: accepts, sends back once, rejects with a reason, corrects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from annotation import label_sets
from annotation.shapes import Answer, parse_answer
from billing import ledger
from marketplace import auditlog, bell, locks, returning, stopping
from marketplace.adopting import Given, Ruling, judge
from marketplace.answer_limits import answer_limits
from marketplace.concluding import Act, adopt_choice, answers_of, conclude, outcome_of, places_to_buy
from marketplace.errors import Conflict, Problem, Refused
from marketplace.locks import Purpose
from marketplace.models import Assignment, Decision, Job, Review, Task, User
from marketplace.models.review import LONGEST_NOTE
from marketplace.models.review import Said as ReviewSaid
from marketplace.policies import policy_of, skill_scope
from marketplace.review_queue import counted
from qa.judging import store_verdict
from qa.models import Verdict
from qa.verdict import Policy

ACCEPT, RETURN, REJECT, FIX = "accept", "return", "reject", "fix"
DECISIONS = (ACCEPT, RETURN, REJECT, FIX)
# What the audit log calls them. Appeals find there who rejected.
_NOTED = {ACCEPT: "accepted", RETURN: "returned", REJECT: "rejected", FIX: "corrected"}
ACCEPTED_BY_HAND = "accepted_by_requester"
CORRECTED = "corrected"


@dataclass(frozen=True)
class Said:
    """What a reviewer says of an answer, as it was sent.

    `reason`: a code of Review.Reason, of a rejection; `note`: what the worker reads, of a rejection and of an answer
    sent back; `annotation` or `pick` (the id of another answer to the same task): the right answer, of a correction.
    """

    decision: str
    reason: str = ""
    note: str = ""
    annotation: Any = None
    pick: UUID | None = None

    def demand_whole(self) -> None:
        """Raise Refused naming every field that is wrong or missing."""
        problems = []
        if self.decision not in DECISIONS:
            problems.append(Problem("decision", "one_of", f"One of {', '.join(DECISIONS)}."))
        if len(self.note) > LONGEST_NOTE:
            told = f"At most {LONGEST_NOTE:,} characters; this has {len(self.note):,}."
            problems.append(Problem("note", "too_long", told))
        if "\x00" in self.note:
            problems.append(Problem("note", "no_nul", "Text cannot hold the NUL character."))
        if self.decision in (RETURN, REJECT) and not self.note.strip():
            told = "Say what to change." if self.decision == RETURN else "Say what is wrong: its worker reads it."
            problems.append(Problem("note", "required", told))
        if self.decision == REJECT and self.reason not in Review.Reason.values:
            problems.append(Problem("reason", "one_of", f"One of {', '.join(Review.Reason.values)}."))
        if self.decision != REJECT and self.reason:
            problems.append(Problem("reason", "only_to_reject", "Only a rejection has a reason."))
        if self.decision == FIX and (self.annotation is None) == (self.pick is None):
            problems.append(Problem("annotation", "required", "Give the right annotation, or pick another answer."))
        if self.decision != FIX and not (self.annotation is None and self.pick is None):
            problems.append(Problem("annotation", "only_to_fix", "Only a correction has an annotation."))
        Refused.when(problems)


@dataclass(frozen=True)
class _Case:
    """One answer before its reviewer, everything locked that may change."""

    job: Job
    task: Task
    assignment: Assignment
    review: Review
    reviewer: User
    policy: Policy
    said: Said
    now: datetime


@transaction.atomic
def decide(*, assignment_id: UUID, reviewer: User, said: Said, now: datetime) -> Assignment:
    """Do what the reviewer says of an answer that waits for them, with all that follows, in one transaction.

    Accepted: paid at once. Rejected: its money stays committed until it can no longer be contested, and a replacement
    is bought out of escrow free when the task needs one. Sent back: once, to the same worker, for the same pay. A
    correction is adopted; the answer itself still waits to be accepted or rejected, unless it is paid already.
    Raises Assignment.DoesNotExist for somebody else's, Refused for what is missing, Forbidden when the reviewer was
    stopped from rejecting, Conflict when the answer does not wait, was sent back before, or is paid.
    """
    said.demand_whole()
    mine = Assignment.objects.filter(job__owner=reviewer, submitted_at__isnull=False)
    job_id, task_id = mine.values_list("job_id", "task_id").get(pk=assignment_id)
    case = _locked(job_id, task_id, assignment_id, reviewer, said, now)
    _ACTIONS[said.decision](case)
    after = {"reason": said.reason, "note": said.note.strip(), "review": case.review.pk}
    auditlog.record(
        actor=reviewer, action=f"assignment.{_NOTED[said.decision]}", subject=case.assignment, now=now, after=after
    )
    stopping.stop_if_too_much(requester=reviewer, now=now)
    bell.ring("settle", job_id)  # a settler that came meanwhile was turned away
    if case.job.state == Job.State.CLOSING:
        bell.ring("finish_closing", job_id)
    return Assignment.objects.select_related("job", "verdict").get(pk=assignment_id)


def _locked(job_id: int, task_id: int, assignment_id: UUID, reviewer: User, said: Said, now: datetime) -> _Case:
    """Lock in the order of everybody: requester, settling, job, task, assignment, review."""
    locks.hold(Purpose.REJECTING, job_id=reviewer.pk)
    locks.hold(Purpose.SETTLING, job_id=job_id)
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("label_set").get(pk=job_id)
    task = Task.objects.select_for_update(of=("self",), no_key=True).select_related("image").get(pk=task_id)
    assignment = Assignment.objects.select_for_update(no_key=True).get(pk=assignment_id)
    waiting = Review.objects.select_for_update(of=("self",), no_key=True).select_related("proposal")
    review = waiting.filter(assignment=assignment, said="").first()
    if review is None:
        raise Conflict("not_waiting", "This answer does not wait to be reviewed.", state=assignment.state)
    return _Case(job, task, assignment, review, reviewer, policy_of(job=job), said, now)


def _accept(case: _Case) -> None:
    if case.review.why == Review.Why.SAMPLE:
        _close(case, Review.Said.ACCEPT)
        if case.said.note.strip():
            _tell(case, reason="reviewed", explanation=case.said.note.strip(), like=case.assignment.verdict)
        return
    told = case.said.note.strip() or "The requester looked at your answer and accepted it."
    _judge(case, accepted=True, reason=ACCEPTED_BY_HAND, explanation=told)
    _close(case, Review.Said.ACCEPT)
    _go_on(case)


def _reject(case: _Case) -> None:
    _demand_unpaid(case)
    stopping.demand_may_reject(requester=case.reviewer)
    _judge(case, accepted=False, reason=case.said.reason, explanation=case.said.note.strip())
    _close(case, Review.Said.REJECT)
    _go_on(case)


def _return(case: _Case) -> None:
    _demand_unpaid(case)
    if case.assignment.returned_at is not None:
        raise Conflict("returned_before", "This answer was sent back before. Accept it or reject it now.")
    returning.send_back(assignment=case.assignment, now=case.now)
    _close(case, Review.Said.RETURN)


def _fix(case: _Case) -> None:
    if case.task.state == Task.State.GOLD:
        raise Conflict("known_answer", "The answer to this image is known; it is changed among the known answers.")
    given = answers_of(task=case.task)
    own, chosen = None, [str(case.said.pick)]
    if case.said.annotation is not None:
        own, chosen = parsed(job=case.job, task=case.task, annotation=case.said.annotation), []
    demand_answers(given=given, keys=chosen, field="pick")
    outcome = outcome_of(given=given, chosen=chosen, policy=case.policy, own=own)
    key = str(case.assignment.pk)
    act = Act(Decision.Kind.REVIEW, case.reviewer)
    kept = adopt_choice(
        task=case.task, given=given, outcome=outcome, policy=case.policy, act=act, now=case.now, told=[key]
    )
    held_against = Verdict.objects.get(pk=kept.verdicts[key])
    if case.review.why != Review.Why.SAMPLE:
        Review.objects.filter(pk=case.review.pk).update(proposal=held_against)
        return
    _close(case, Review.Said.FIX)
    told = f"The requester corrected your answer; it stays paid. {case.said.note.strip() or held_against.explanation}"
    _tell(case, reason=CORRECTED, explanation=told, like=held_against)


_ACTIONS: dict[str, Callable[[_Case], None]] = {ACCEPT: _accept, RETURN: _return, REJECT: _reject, FIX: _fix}


def _demand_unpaid(case: _Case) -> None:
    if case.review.why == Review.Why.SAMPLE:
        raise Conflict(
            "already_paid",
            "This answer is accepted and paid, and stays so. Correct it if it is wrong; the note reaches its worker.",
        )


def _judge(case: _Case, *, accepted: bool, reason: str, explanation: str) -> None:
    key, worker_id = str(case.assignment.pk), case.assignment.worker_id
    verdict_id = store_verdict(
        key=key,
        worker_id=worker_id,
        accepted=accepted,
        reason=reason,
        explanation=explanation,
        like=case.review.proposal,
        now=case.now,
    )
    rulings = [Ruling(key, worker_id, accepted, verdict_id, shapes=counted(review=case.review))]
    ledger.post(postings=judge(job=case.job, rulings=rulings, now=case.now), now=case.now)


def _tell(case: _Case, *, reason: str, explanation: str, like: Verdict | None) -> None:
    """A new verdict on paid work: the pay is as it was, the words are new."""
    verdict_id = store_verdict(
        key=str(case.assignment.pk),
        worker_id=case.assignment.worker_id,
        accepted=True,
        reason=reason,
        explanation=explanation,
        like=like,
        now=case.now,
    )
    Assignment.objects.filter(pk=case.assignment.pk).update(verdict=verdict_id)


def _close(case: _Case, said: ReviewSaid) -> None:
    waiting = Review.objects.filter(pk=case.review.pk, said="")
    closed = waiting.update(
        said=said, reason=case.said.reason, note=case.said.note.strip(), said_by=case.reviewer, said_at=case.now
    )
    assert closed == 1, "the row is locked"


def _go_on(case: _Case) -> None:
    """Settle the task, or buy a replacement, if this was the last of its answers that waited."""
    _conclude(case.job, case.task, case.policy, case.now)


def _conclude(job: Job, task: Task, policy: Policy, now: datetime) -> None:
    scope, places = skill_scope(label_set=job.label_set), places_to_buy(job=job)
    postings = conclude(job=job, task=task, policy=policy, scope=scope, places=places, now=now)
    ledger.post(postings=postings, now=now)


@transaction.atomic
def replace_rejected(*, job_id: int, now: datetime, limit: int = 100) -> int:
    """Buy places for tasks that were left without an accepted answer, as far as there is money now; returns how many.

    Called when money of a job's rejections came free.
    """
    locks.hold(Purpose.SETTLING, job_id=job_id)
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("label_set").get(pk=job_id)
    policy = policy_of(job=job)
    left = Task.objects.select_for_update(no_key=True).filter(job=job, state=Task.State.REVIEW, doubt__isnull=False)
    opened = 0
    for task in left.order_by("position")[: min(limit, places_to_buy(job=job))]:
        _conclude(job, task, policy, now)
        opened += 1
    return opened


def parsed(*, job: Job, task: Task, annotation: Any) -> Answer:
    """An annotation of a task's image as a person sent it. Raises AnswerRefused."""
    taxonomy = label_sets.known_taxonomy(label_set_id=job.label_set_id)
    image, limits = task.image, answer_limits()
    return parse_answer(annotation, taxonomy=taxonomy, width=image.width, height=image.height, limits=limits)


def demand_answers(*, given: list[Given], keys: list[str], field: str) -> None:
    """Raise Refused unless all these are answers to the task."""
    if set(keys) - {each.key for each in given}:
        raise Refused.one(field, "not_an_answer", "There is no such answer to this image.")
