"""Writing down what was decided about tasks: consensus, verdicts, states, and the postings that pay for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from django.db import connection
from django.db.models import F

from billing import ledger
from billing.ledger import AccountKind, Posting
from marketplace import escrow, gold_verdicts, review_queue, wages
from marketplace.models import Assignment, Job, Place, Task
from marketplace.turns import REOPENED_LANE, next_positions
from qa.choosing import doubt_of, is_undecided
from qa.judging import Judged, Kept, store_outcomes
from qa.policy import Policy
from qa.tagging import Tagged
from qa.verdict import Outcome

States = Assignment.State


class Answered(NamedTuple):
    """A task whose places are all answered."""

    id: int
    image_id: int
    wanted: int


class Given(NamedTuple):
    """One answer to such a task. `key`: its assignment's id; `body`: as stored."""

    key: str
    task_id: int
    worker_id: int
    state: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Decided:
    """A task with its answers and what they came to; its tags, and the version of the records they were judged by.

    `drawn`: by key what each answer shows of how its worker draws, see `DrawingSkill.counts`; none of who is not heard.
    """

    task: Answered
    given: Sequence[Given]
    outcome: Outcome
    tagged: Tagged | None = None
    skills_version: int = 0
    drawn: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ruling:
    """What becomes of one submitted answer: paid or not, by which verdict. `key`: its assignment's id; `shapes`: how
    many of its shapes are accepted with it, None for all."""

    key: str
    worker_id: int
    accepted: bool
    verdict_id: int
    shapes: int | None = None


def extend(*, job: Job, tasks: Sequence[Answered], state: str = Task.State.ANSWERED) -> list[Posting]:
    """One more place, out of escrow free, for each task of this state whose answers do not suffice yet.

    The caller holds the job's row, so that it is not closed meanwhile, and posts what is returned.
    """
    if not tasks:
        return []
    waiting = Task.objects.filter(pk__in=[task.id for task in tasks], state=state)
    moved = waiting.update(state=Task.State.OPEN, wanted=F("wanted") + 1, answered_at=None)
    assert moved == len(tasks), "nobody else settles this job's tasks"
    cost, turns = escrow.unit_cost(job=job), next_positions(job_id=job.pk, count=len(tasks))
    Place.objects.bulk_create(
        Place(job=job, task_id=task.id, ordinal=task.wanted + 1, position=turn, lane=REOPENED_LANE, held=cost)
        for task, turn in zip(tasks, turns, strict=True)
    )
    return [escrow.commit_places(job=job, key=f"task:{task.id}:{task.wanted + 1}", places=1) for task in tasks]


def adopt(*, job: Job, decided: Sequence[Decided], policy: Policy, now: datetime) -> list[Posting]:
    """Store what was decided, settle the tasks and judge their answers; returns the pay, which the caller posts."""
    if not decided:
        return []
    judged = [
        Judged(f"task:{one.task.id}", one.task.image_id, one.outcome, {each.key: each.worker_id for each in one.given})
        for one in decided
    ]
    kept = store_outcomes(judged=judged, policy=policy, now=now)
    _settle(decided, kept, policy, now)
    _judge_paid(decided, kept)
    rulings = _rulings(decided, kept)
    if policy.judge == "both":
        review_queue.ask(job_id=job.pk, proposed=[each for each in rulings if not each.accepted], now=now)
        rulings = [each for each in rulings if each.accepted]
    review_queue.draw_sample(
        job_id=job.pk, accepted=[each.key for each in rulings if each.accepted], policy=policy, now=now
    )
    return judge(job=job, rulings=rulings, now=now)


_FORMER = "UPDATE marketplace_decision SET current = false WHERE current AND task_id = ANY(%s)"
_SETTLE = """
    WITH fresh AS (
        SELECT * FROM json_to_recordset(%(rows)s::json)
        AS r (task bigint, consensus bigint, revision int, disputed bool, doubt float8, skills int)),
    settled AS (
        UPDATE marketplace_task t SET state = 'settled', settled_at = %(now)s, disputed = fresh.disputed,
            doubt = fresh.doubt
        FROM fresh WHERE t.id = fresh.task AND t.state = 'answered' RETURNING t.id)
    INSERT INTO marketplace_decision (task_id, consensus_id, revision, kind, current, skills_version, decided_at)
    SELECT task, consensus, revision, 'votes', true, skills, %(now)s FROM fresh JOIN settled ON settled.id = fresh.task
"""


def _settle(decided: Sequence[Decided], kept: Sequence[Kept], policy: Policy, now: datetime) -> None:
    rows = [
        {
            "task": one.task.id,
            "consensus": stored.consensus_id,
            "revision": stored.revision,
            "disputed": one.outcome.disputed,
            "doubt": _doubt(one, policy),
            "skills": one.skills_version,
        }
        for one, stored in zip(decided, kept, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_FORMER, [[one.task.id for one in decided]])
        cursor.execute(_SETTLE, {"rows": json.dumps(rows), "now": now})
        assert cursor.rowcount == len(rows), "nobody else settles this job's tasks"


def _doubt(one: Decided, policy: Policy) -> float | None:
    """What it is worth that a person decides; None where the votes could."""
    if not is_undecided(outcome=one.outcome, policy=policy):
        return None
    fair = {draft.key for draft in one.outcome.verdicts if draft.accepted}
    waiting = sum(each.state == States.SUBMITTED and each.key not in fair for each in one.given)
    return doubt_of(agreement=one.outcome.consensus.agreement, answers=len(one.given), waiting=waiting)


# final_at is null for what was accepted. What an accepted answer's place held is paid out.
_JUDGE = """
    WITH judged AS (
        UPDATE marketplace_assignment a SET state = v.state, verdict_id = v.verdict, settled_at = %(now)s,
            earned = v.earned,
            final_at = CASE WHEN v.state = 'rejected' THEN %(final_at)s END
        FROM json_to_recordset(%(rows)s::json) AS v (id uuid, verdict bigint, state text, earned bigint)
        WHERE a.id = v.id AND a.state = 'submitted' RETURNING a.place_id, a.state),
    paid AS (
        UPDATE marketplace_place p SET held = 0 FROM judged WHERE p.id = judged.place_id AND judged.state = 'accepted')
    SELECT count(*) FROM judged
"""


def _rulings(decided: Sequence[Decided], kept: Sequence[Kept]) -> list[Ruling]:
    """What the votes say of each answer not judged yet."""
    return [
        Ruling(
            each.key, each.worker_id, told.accepted, stored.verdicts[each.key], wages.matched(evidence=told.evidence)
        )
        for one, stored in zip(decided, kept, strict=True)
        for drafts in [{draft.key: draft for draft in one.outcome.verdicts}]
        for each in one.given
        if each.state == States.SUBMITTED
        for told in [drafts[each.key]]
    ]


def judge(*, job: Job, rulings: Sequence[Ruling], now: datetime) -> list[Posting]:
    """Accept or reject submitted answers; returns the pay of the accepted ones, which the caller posts.

    With them goes what their workers have answered before to images whose answer is known.
    """
    keys = [each.key for each in rulings]
    gold = gold_verdicts.due_with(job=job, keys=keys, now=now)
    gold_verdicts.note_by_hand(job=job, keys=keys, now=now)
    rulings = [
        *rulings,
        *(Ruling(each.key, each.worker_id, each.accepted, each.verdict_id, each.shapes) for each in gold),
    ]
    accepted = [each for each in rulings if each.accepted]
    pays = wages.earned(job=job, accepted=accepted)
    state = {True: States.ACCEPTED.value, False: States.REJECTED.value}
    rows = [
        {"id": each.key, "verdict": each.verdict_id, "state": state[each.accepted], "earned": pays.get(each.key, 0)}
        for each in rulings
    ]
    final_at = now + timedelta(days=job.appeal_days)
    params: dict[str, Any] = {"rows": json.dumps(rows), "now": now, "final_at": final_at}
    with connection.cursor() as cursor:
        cursor.execute(_JUDGE, params)
        assert cursor.fetchone()[0] == len(rows), "nobody else judges this job's answers"
    return pay(job=job, accepted=accepted, pays=pays)


def _judge_paid(decided: Sequence[Decided], kept: Sequence[Kept]) -> None:
    """Give answers that were paid before anybody judged them their verdict; it no longer changes their pay."""
    for one, stored in zip(decided, kept, strict=True):
        for each in one.given:
            if each.state == States.ACCEPTED:
                paid = Assignment.objects.filter(pk=each.key, state=States.ACCEPTED, verdict=None)
                paid.update(verdict=stored.verdicts[each.key])


class Paid(Protocol):
    """An answer to be paid."""

    @property
    def key(self) -> str:
        """Its assignment's id."""

    @property
    def worker_id(self) -> int:
        """Whose it is."""


def pay(*, job: Job, accepted: Sequence[Paid], pays: Mapping[str, int]) -> list[Posting]:
    """The pay of accepted answers (`pays`: micro-units by key), each out of what its place held."""
    accounts = ledger.open_accounts(kind=AccountKind.WORKER_BALANCE, owner_ids=[each.worker_id for each in accepted])
    fees = ledger.platform(AccountKind.PLATFORM_FEES).pk
    dues = [escrow.Due(each.key, accounts[each.worker_id], pays[each.key]) for each in accepted]
    return escrow.pay(job=job, dues=dues, fees_account_id=fees)
