"""Tasks whose answers people judge: put before them, and settled when the last answer has its verdict."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from annotation.shapes import Answer, read_answer
from billing import ledger
from billing.ledger import Posting
from marketplace import escrow, gold_verdicts, review_queue
from marketplace.adopting import Answered, Given, extend
from marketplace.models import Assignment, Decision, Job, Review, Task, User
from qa.choosing import choose, doubt_of
from qa.judging import Judged, Kept, store_outcomes, store_verdict
from qa.policy import MAX_OVERLAP, Policy
from qa.reputation import record
from qa.verdict import Outcome, WorkerAnswer

AUTO_ACCEPTED = "auto_accepted"
PAID = (Assignment.State.ACCEPTED, Assignment.State.OVERTURNED)


def for_people(*, task_ids: Sequence[int], policy: Policy) -> list[int]:
    """The answered tasks that votes must not decide.

    Under "requester" all of them. Under "both" those with a single answer, of which votes can say nothing, and those
    that were opened again for an answer sent back: what is adopted for them stands.
    """
    if policy.judge == "requester":
        return list(task_ids)
    if policy.judge != "both":
        return []
    given = Assignment.objects.filter(task_id__in=task_ids, state__in=Assignment.ANSWERED)
    rows = given.order_by().values("task_id").annotate(answers=Count("pk"), returned=Max("returned_at"))
    found = {row["task_id"]: row for row in rows}
    return [pk for pk in task_ids if pk not in found or found[pk]["answers"] == 1 or found[pk]["returned"]]


def await_people(*, job: Job, task_ids: Sequence[int], policy: Policy, scope: str, now: datetime) -> None:
    """Put the answers to these answered tasks before people, and with them answers to images whose answer is known.
    Where all have verdicts already, the task is concluded."""
    review_queue.await_people(job_id=job.pk, task_ids=task_ids, now=now)
    if policy.judge == "requester":
        given = Assignment.objects.filter(task_id__in=task_ids, state=Assignment.State.SUBMITTED)
        keys = [str(pk) for pk in given.values_list("pk", flat=True)]
        nothing = gold_verdicts.due_with(job=job, keys=keys, now=now)
        assert not nothing, "all of it waits for the requester"
    waiting = Review.objects.filter(job=job, said="").exclude(why=Review.Why.SAMPLE).values("assignment__task_id")
    for task in Task.objects.filter(pk__in=task_ids).exclude(pk__in=waiting).order_by("position"):
        # Its last place was withdrawn while the job was closing: there is no money for another one.
        conclude(job=job, task=task, policy=policy, scope=scope, places=0, now=now)


def conclude(*, job: Job, task: Task, policy: Policy, scope: str, places: int, now: datetime) -> list[Posting]:
    """Settle a task once a person has judged all its answers; nothing happens before.

    As many answers as the job's minimum overlap have to be accepted: for those that are missing places are bought, as
    far as `places` of them are paid for, and their postings returned. With fewer that has to do; with none the task
    waits for an adjudication. What a person has adopted before stands, else the accepted answers are adopted.
    The caller holds the locks of the job's settler, and the job's row if there are places to buy.
    """
    waiting = Review.objects.filter(assignment__task=task, said="").exclude(why=Review.Why.SAMPLE)
    if task.state != Task.State.REVIEW or waiting.exists():
        return []
    given = answers_of(task=task)
    accepted = [each for each in given if each.state in PAID]
    if not Decision.objects.filter(task=task, current=True).exists():
        missing = min(job.min_overlap - len(accepted), places, MAX_OVERLAP - task.wanted)
        if missing > 0:
            return _buy(job, task, missing)
        if not accepted:
            Task.objects.filter(pk=task.pk).update(doubt=doubt_of(agreement=0.0, answers=len(given), waiting=0))
            return []
        outcome = outcome_of(given=given, chosen=[each.key for each in accepted], policy=policy)
        adopt_choice(task=task, given=given, outcome=outcome, policy=policy, act=Act(Decision.Kind.REVIEW), now=now)
        workers = {each.key: each.worker_id for each in given}
        record(scope=scope, agreements={workers[v.key]: [v.agreement] for v in outcome.verdicts}, now=now)
    settle_decided(task=task, now=now)
    return []


def settle_decided(*, task: Task, now: datetime) -> None:
    """Settle a task in review for which something is adopted; whoever was paid by a deadline alone gets a verdict."""
    for paid in Assignment.objects.filter(task=task, state__in=PAID, verdict=None):
        paid.verdict_id = store_verdict(
            key=str(paid.pk),
            worker_id=paid.worker_id,
            accepted=True,
            reason=AUTO_ACCEPTED,
            explanation="Nobody judged it in time, so your answer was accepted.",
            like=None,
            now=now,
        )
        paid.save(update_fields=["verdict"])
    settled = Task.objects.filter(pk=task.pk, state=Task.State.REVIEW)
    settled.update(state=Task.State.SETTLED, settled_at=now, doubt=None)


def resume(*, job: Job, task_id: int, policy: Policy, scope: str, now: datetime) -> None:
    """Settle a task that was left without an accepted answer, now that an appeal has given it one.

    The caller has locked the job's row, for which whoever else concludes this task waits.
    """
    task = Task.objects.get(pk=task_id)
    if task.state == Task.State.REVIEW:
        conclude(job=job, task=task, policy=policy, scope=scope, places=0, now=now)


def places_to_buy(*, job: Job) -> int:
    """How many more places a job's free money pays for; the caller has locked its row."""
    if job.state not in (Job.State.OPEN, Job.State.PAUSED):
        return 0
    assert job.escrow_free_id is not None, "a published job has escrow accounts"
    return ledger.balance(account_id=job.escrow_free_id) // escrow.unit_cost(job=job)


def _buy(job: Job, task: Task, places: int) -> list[Posting]:
    """Open a task again for so many more answers."""
    found = Task.State.REVIEW
    postings = []
    for more in range(places):
        seat = Answered(task.pk, task.image_id, task.wanted + more)
        postings += extend(job=job, tasks=[seat], state=found)
        found = Task.State.OPEN
    Task.objects.filter(pk=task.pk).update(doubt=None)
    return postings


def answers_of(*, task: Task) -> list[Given]:
    """All answers to a task, in the order in which they came."""
    rows = Assignment.objects.filter(task=task, state__in=Assignment.ANSWERED).order_by("submitted_at", "pk")
    found = rows.values_list("pk", "task_id", "worker_id", "state", "annotation__body")
    return [Given(str(row[0]), *row[1:]) for row in found]


def outcome_of(
    *, given: Sequence[Given], chosen: Collection[str], policy: Policy, own: Answer | None = None
) -> Outcome:
    """What adopting the chosen answers, or a person's own, comes to."""
    answers = [WorkerAnswer(each.key, read_answer(each.body)) for each in given]
    return choose(answers=answers, chosen=chosen, policy=policy, own=own)


@dataclass(frozen=True)
class Act:
    """A person's decision: which kind, whose (None: the platform's by what they accepted), and whether it is gold."""

    kind: str
    by: User | None = None
    as_gold: bool | None = None


def adopt_choice(
    *,
    task: Task,
    given: Sequence[Given],
    outcome: Outcome,
    policy: Policy,
    act: Act,
    now: datetime,
    told: Collection[str] = (),
) -> Kept:
    """Adopt what a person chose as the task's current consensus; stores verdicts on the answers `told`."""
    one = Judged(
        scope=f"task:{task.pk}",
        image_id=task.image_id,
        outcome=outcome,
        workers={each.key: each.worker_id for each in given},
        told=told,
        made_of=max(1, len(given)),
    )
    kept = store_outcomes(judged=[one], policy=policy, now=now)[0]
    Decision.objects.filter(task=task, current=True).update(current=False)
    Decision.objects.create(
        task=task,
        consensus_id=kept.consensus_id,
        revision=kept.revision,
        kind=act.kind,
        decided_at=now,
        decided_by=act.by,
        as_gold=act.as_gold,
    )
    Task.objects.filter(pk=task.pk).update(disputed=False, doubt=None)
    return kept
