"""A person decides what votes could not: which tasks wait for that, and what the decision changes."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from billing import ledger
from billing.ledger import Posting
from marketplace import auditlog, bell, locks, wages
from marketplace.adopting import Given, Ruling, judge, pay
from marketplace.concluding import Act, adopt_choice, answers_of, outcome_of, settle_decided
from marketplace.errors import Conflict, Forbidden, Problem, Refused
from marketplace.gold import add_gold
from marketplace.locks import Purpose
from marketplace.models import Appeal, Assignment, Decision, Job, Place, Review, Task, User
from marketplace.policies import policy_of
from marketplace.reviewing import demand_answers, parsed
from qa.adopted import as_annotation
from qa.judging import Kept
from qa.models import Gold
from qa.policy import Policy
from qa.verdict import Outcome

State = Assignment.State
DECIDABLE = (Task.State.REVIEW, Task.State.SETTLED)


@dataclass(frozen=True)
class Choice:
    """What is to be adopted, as it was sent: one answer, several merged, or an annotation of the person's own."""

    pick: UUID | None = None
    merge: Sequence[UUID] = ()
    annotation: Any = None
    as_gold: bool = False

    @property
    def keys(self) -> list[str]:
        """The ids of the chosen answers."""
        return [str(self.pick)] if self.pick else [str(key) for key in self.merge]

    def demand_one(self) -> None:
        """Raise Refused unless exactly one way is chosen."""
        given = [name for name in ("pick", "merge", "annotation") if getattr(self, name) not in (None, (), [])]
        if len(given) != 1:
            told = "Give exactly one of pick (an answer), merge (several answers) and annotation (your own)."
            raise Refused([Problem(name, "exactly_one", told) for name in given or ["pick"]])
        if given == ["merge"] and len(set(self.keys)) < 2:
            raise Refused.one("merge", "several", "Merge at least two answers; to take one as it is, pick it.")


def waiting(*, job: Job) -> QuerySet[Task]:
    """The tasks that votes could not decide, those first of which a decision is worth most (`qa.choosing.doubt_of`)."""
    tasks = Task.objects.filter(job=job, doubt__isnull=False, state__in=DECIDABLE)
    return tasks.select_related("image").order_by("-doubt", "pk")


def jobs_waiting(*, admin: User) -> QuerySet[Job]:
    """The jobs whose adjudications are an admin's, and have some."""
    assert admin.is_staff, "only called for admins"
    tasks = Task.objects.filter(doubt__isnull=False, state__in=DECIDABLE).order_by().values("job_id").distinct()
    jobs = Job.objects.filter(policy__adjudicator="admin", pk__in=tasks)
    return jobs.select_related("owner").order_by("-created_at")


def may_see(*, job: Job, person: User) -> bool:
    """Whether a job's adjudications exist for somebody: its requester, and admins where they are to decide."""
    return job.owner_id == person.pk or (person.is_staff and job.policy.get("adjudicator") == "admin")


def demand_adjudicator(*, job: Job, person: User) -> None:
    """Raise Forbidden when somebody who may see them may not decide them."""
    decider = policy_of(job=job).adjudicator
    if decider == "admin" and not (person.is_staff and job.owner_id != person.pk):
        raise Forbidden("not_the_adjudicator", "An admin decides what the votes of this job could not.")


@transaction.atomic
def adjudicate(*, task_id: int, person: User, choice: Choice, now: datetime) -> Decision:
    """Adopt what a person chose for a task, as a new revision, and judge anew what is not paid.

    Answers that wait for a verdict, and rejections whose money is still held, are accepted and paid when they were
    chosen or agree with the decision. Nothing is rejected here, and no pay is taken back: what waits and does not agree
    stays in the review queue. Raises Task.DoesNotExist for a task the person may not see, Forbidden when it is not
    theirs to decide, Refused or AnswerRefused for a wrong choice, Conflict for a task that still waits for answers.
    """
    choice.demand_one()
    found = Task.objects.select_related("job__label_set").get(pk=task_id)
    if not may_see(job=found.job, person=person):
        raise Task.DoesNotExist
    demand_adjudicator(job=found.job, person=person)
    locks.hold(Purpose.SETTLING, job_id=found.job_id)
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("label_set").get(pk=found.job_id)
    task = Task.objects.select_for_update(of=("self",), no_key=True).select_related("image").get(pk=task_id)
    if task.state not in DECIDABLE:
        raise Conflict("not_answered", "This image still waits for answers.", state=task.state)
    policy, given = policy_of(job=job), answers_of(task=task)
    outcome = _outcome(job, task, given, choice, policy)
    fair = {draft.key: wages.matched(evidence=draft.evidence) for draft in outcome.verdicts if draft.accepted}
    open_again = _judged_anew(given, set(fair))
    act = Act(Decision.Kind.ADJUDICATION, person, as_gold=choice.as_gold)
    kept = adopt_choice(
        task=task, given=given, outcome=outcome, policy=policy, act=act, now=now, told=[each.key for each in open_again]
    )
    ledger.post(postings=_pay_anew(job, _rulings(open_again, kept, fair), now), now=now)
    settle_decided(task=task, now=now)
    decision = Decision.objects.select_related("consensus", "task").get(task=task, current=True)
    if choice.as_gold:
        _serve_as_gold(job, decision, now)
    after = {"revision": decision.revision, "paid": len(open_again), "as_gold": choice.as_gold}
    auditlog.record(actor=person, action="task.adjudicated", subject=task, now=now, after=after)
    bell.ring("settle", job.pk)  # a settler that came meanwhile was turned away
    if job.state == Job.State.CLOSING:
        bell.ring("finish_closing", job.pk)
    return decision


def _serve_as_gold(job: Job, decision: Decision, now: datetime) -> None:
    """Let what was decided measure workers from now on."""
    annotation = as_annotation(body=decision.consensus.body)
    # The decision stands also where the image is known already, or the job has ended and needs no known answers.
    with contextlib.suppress(Conflict):
        add_gold(job=job, image=decision.task_id, annotation=annotation, now=now, source=Gold.Source.ADJUDICATED)


def _outcome(job: Job, task: Task, given: list[Given], choice: Choice, policy: Policy) -> Outcome:
    demand_answers(given=given, keys=choice.keys, field="pick" if choice.pick else "merge")
    own = None if choice.keys else parsed(job=job, task=task, annotation=choice.annotation)
    return outcome_of(given=given, chosen=choice.keys, policy=policy, own=own)


def _judged_anew(given: list[Given], fair: set[str]) -> list[Given]:
    """The answers the decision accepts that were not paid, and whose money is still held.

    What is contested at the moment is left to whoever decides the appeal.
    """
    free = Assignment.objects.filter(pk__in=[each.key for each in given], place__held__gt=0)
    held = set(free.exclude(appeals__state=Appeal.State.OPEN).values_list("pk", flat=True))
    unpaid = (State.SUBMITTED, State.REJECTED)
    return [each for each in given if each.key in fair and each.state in unpaid and UUID(each.key) in held]


def _rulings(answers: list[Given], kept: Kept, shapes: Mapping[str, int]) -> dict[str, list[Ruling]]:
    """What is paid now, by the state it was in; of the shapes of each those that match the decision."""
    found: dict[str, list[Ruling]] = {State.SUBMITTED: [], State.REJECTED: []}
    for each in answers:
        found[each.state].append(
            Ruling(each.key, each.worker_id, True, kept.verdicts[each.key], shapes=shapes[each.key])
        )
    return found


def _pay_anew(job: Job, rulings: dict[str, list[Ruling]], now: datetime) -> list[Posting]:
    submitted, rejected = rulings[State.SUBMITTED], rulings[State.REJECTED]
    pays = wages.earned(job=job, accepted=rejected)
    for ruling in rejected:
        accepted = Assignment.objects.filter(pk=ruling.key, state=State.REJECTED).update(
            state=State.ACCEPTED, verdict=ruling.verdict_id, earned=pays[ruling.key], final_at=None, settled_at=now
        )
        assert accepted == 1, "nobody else judges this job's answers"
        Place.objects.filter(assignments=UUID(ruling.key)).update(held=0)
    waiting = Review.objects.filter(assignment__in=[each.key for each in submitted], said="")
    waiting.update(said=Review.Said.OVERTAKEN, said_at=now)
    postings = judge(job=job, rulings=submitted, now=now) if submitted else []
    return postings + (pay(job=job, accepted=rejected, pays=pays) if rejected else [])
