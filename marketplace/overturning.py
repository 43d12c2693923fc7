"""What the end of an appeal does: an upheld one pays once, repairs the record and may change what is adopted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from annotation.shapes import read_answer
from billing import ledger
from billing.ledger import AccountKind
from billing.models import Outbox
from marketplace import auditlog, bell, concluding, escrow, gold_standing, settling, wages
from marketplace.errors import Conflict
from marketplace.judging import answers_of
from marketplace.models import Appeal, Assignment, Decision, Job, Place, Task, User
from marketplace.policies import policy_of, skill_scope
from qa.judging import overturn_verdict, store_outcome
from qa.peers import peer_agreements
from qa.reputation import repair
from qa.verdict import WorkerAnswer, decide

DECIDED = "appeal.decided"  # topic of the outbox that `notices` tells by e-mail
UPHELD = "appeal_upheld"

BY_A_PERSON = "Your appeal was upheld: a person looked at your answer and it counts as right."
BY_SILENCE = "Nobody decided your appeal in time, so it was upheld and your answer counts as right."


@transaction.atomic
def uphold(*, appeal_id: UUID, decider: User | None, answer: str, adopt: bool, now: datetime) -> Appeal:
    """Overturn the rejection: the answer is paid out of what its place held, and its worker's record is repaired.

    `decider` is None when the deadline decided. With `adopt` the answer also becomes what is adopted for its image, as
    a new revision; the other answers keep their verdicts and their pay. Raises Conflict when the appeal is not open.
    """
    job, found = _locked(appeal_id, with_task=adopt)
    _end(found, Appeal.State.UPHELD, decider, answer, now, adopted=adopt)
    assignment, words = found.assignment, BY_A_PERSON if decider else BY_SILENCE
    verdict_id = (
        _adopt(job, assignment, words, now)
        if adopt
        else overturn_verdict(verdict_id=found.verdict_id, reason=UPHELD, explanation=words, now=now)
    )
    # A person, or silence, accepts the answer as it is: all of its shapes.
    [earned] = wages.earned_whole(job=job, keys=[str(assignment.pk)]).values()
    # settled_at moves along: reports of a time hold what was paid in it.
    overturned = Assignment.objects.filter(pk=assignment.pk, state=Assignment.State.REJECTED).update(
        state=Assignment.State.OVERTURNED, earned=earned, verdict=verdict_id, settled_at=now, final_at=None
    )
    emptied = Place.objects.filter(pk=assignment.place_id, held=escrow.unit_cost(job=job)).update(held=0)
    assert (overturned, emptied) == (1, 1), "an open appeal is of a rejection whose money is held"
    if assignment.task.state == Task.State.GOLD:
        gold_standing.doubt(job_id=job.pk, image_id=assignment.task.image_id)
    _repair(job, assignment)
    accounts = ledger.open_accounts(kind=AccountKind.WORKER_BALANCE, owner_ids=[assignment.worker_id])
    postings = escrow.pay_on_appeal(
        job=job,
        due=escrow.Due(str(found.pk), accounts[assignment.worker_id], earned),
        assignment_key=str(assignment.pk),
        fees_account_id=ledger.platform(AccountKind.PLATFORM_FEES).pk,
    )
    ledger.post(postings=postings, now=now)
    policy, scope = policy_of(job=job), skill_scope(label_set=job.label_set)
    concluding.resume(job=job, task_id=assignment.task_id, policy=policy, scope=scope, now=now)
    if job.state == Job.State.CLOSING:
        bell.ring("finish_closing", job.pk)
    return found


@transaction.atomic
def reject(*, appeal_id: UUID, decider: User, answer: str, now: datetime) -> Appeal:
    """Let the rejection stand: it is final, and its money is free. Raises Conflict when the appeal is not open."""
    job, found = _locked(appeal_id, with_task=False)
    _end(found, Appeal.State.LOST, decider, answer, now, adopted=False)
    settling.free_rejected(job=job, rejected=[found.assignment], now=now)
    return found


def _locked(appeal_id: UUID, *, with_task: bool) -> tuple[Job, Appeal]:
    """The appeal with its answer: job, then task, then answer locked, the order of settling and closing."""
    task_id, job_id = Appeal.objects.values_list("assignment__task_id", "assignment__job_id").get(pk=appeal_id)
    jobs = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner")
    job = jobs.prefetch_related("label_set__labels").get(pk=job_id)
    if with_task:
        Task.objects.select_for_update(no_key=True).get(pk=task_id)
    found = Appeal.objects.get(pk=appeal_id)
    rows = Assignment.objects.select_for_update(of=("self",), no_key=True)
    found.assignment = rows.select_related("place", "task", "annotation").get(pk=found.assignment_id)
    return job, found


def _end(
    found: Appeal, state: Appeal.State, decider: User | None, answer: str, now: datetime, *, adopted: bool
) -> None:
    ended = Appeal.objects.filter(pk=found.pk, state=Appeal.State.OPEN).update(
        state=state, decided_at=now, decided_by=decider, answer=answer, adopted=adopted
    )
    if not ended:
        found.refresh_from_db(fields=["state"])
        raise Conflict("already_decided", f"This appeal is {found.get_state_display().lower()} already.")
    found.refresh_from_db(fields=["state", "decided_at", "decided_by", "answer", "adopted"])
    Outbox.objects.create(topic=DECIDED, payload={"appeal": str(found.pk)}, created_at=now)
    auditlog.record(
        actor=decider,
        action=f"appeal.{state}",
        subject=found,
        now=now,
        before={"state": Appeal.State.OPEN},
        after={"state": state, "adopted": adopted},
    )


def _adopt(job: Job, assignment: Assignment, words: str, now: datetime) -> int:
    """Make the answer what is adopted for its image; returns the id of its new verdict."""
    assert assignment.annotation is not None, "an answered assignment has an annotation"
    policy, task, key = policy_of(job=job), assignment.task, str(assignment.pk)
    alone = decide(answers=[WorkerAnswer(key, read_answer(assignment.annotation.body))], policy=policy)
    verdict = replace(alone.verdicts[0], accepted=True, reason=UPHELD, explanation=words)
    kept = store_outcome(
        scope=f"task:{task.pk}",
        image_id=task.image_id,
        outcome=replace(alone, ask_more=False, disputed=False, verdicts=(verdict,)),
        policy=policy,
        workers={key: assignment.worker_id},
        now=now,
    )
    Decision.objects.filter(task=task, current=True).update(current=False)
    Decision.objects.create(
        task=task,
        consensus_id=kept.consensus_id,
        revision=kept.revision,
        kind=Decision.Kind.APPEAL,
        decided_at=now,
    )
    Task.objects.filter(pk=task.pk).update(disputed=False, doubt=None)
    return kept.verdicts[key]


def _repair(job: Job, assignment: Assignment) -> None:
    """Take back what the rejection taught, reckoned from the answers with every vote counting the same."""
    given = answers_of(task_ids=[assignment.task_id])[assignment.task_id]
    crowd = [WorkerAnswer(each.key, read_answer(each.body)) for each in given]
    lesson = peer_agreements(answers=crowd, policy=policy_of(job=job)).get(str(assignment.pk))
    if lesson is not None:
        scope = skill_scope(label_set=job.label_set)
        repair(worker_id=assignment.worker_id, scope=scope, lesson=lesson)
