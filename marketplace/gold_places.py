"""The places of gold: paid for out of what the job sets aside for it, in a lane of their own, exempt from overlap."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Q

from billing import ledger
from marketplace import escrow
from marketplace.models import Job, Place, Task
from marketplace.turns import next_positions
from marketplace.uploading import MAKING
from qa.models import Gold

GOLD_LANE = 2
EXPOSED_AT_MOST = 40
"""So many workers are handed one known answer at most: what many have seen, some will have told others."""
LEAST_POOL = 5
"""With fewer images the same ones come round so soon that workers who talk to each other know them."""


def gold_scope(*, job_id: int) -> str:
    """The key under which a job's known answers are kept."""
    return f"job:{job_id}"


def gold_tasks(*, job_id: int) -> list[int]:
    """The tasks of a job whose known answers are in use and whose images can be shown."""
    active = Gold.objects.filter(scope=gold_scope(job_id=job_id), state=Gold.State.ACTIVE).values("image_id")
    tasks = Task.objects.filter(job_id=job_id, state=Task.State.GOLD, image_id__in=active)
    return list(tasks.filter(image__state="ready").order_by("pk").values_list("pk", flat=True))


def make(*, job_id: int, now: datetime) -> int:
    """Make the places that a job's gold still lacks, as far as its budget goes; returns how many. Safe to run twice."""
    total = made = _make_some(job_id, now)
    while made == escrow.CHUNK:
        made = _make_some(job_id, now)
        total += made
    return total


@transaction.atomic
def _make_some(job_id: int, now: datetime) -> int:
    if not Job.objects.filter(pk=job_id, gold_budget__gt=0).exists():
        return 0
    job = Job.objects.select_for_update(no_key=True).filter(pk=job_id, state__in=MAKING).first()
    tasks = gold_tasks(job_id=job_id)
    if job is None or not tasks:
        return 0
    locked = Task.objects.select_for_update(no_key=True).filter(pk__in=tasks).order_by("pk")
    known = dict(locked.values_list("pk", "wanted"))
    last = dict(
        Place.objects.filter(task__in=tasks).values_list("task_id").annotate(last=Max("ordinal")).order_by("task_id")
    )
    seats = _seats({pk: last.get(pk, 0) for pk in known}, min(_left(job), escrow.CHUNK))
    if not seats:
        return 0
    for count in {sum(task == pk for task, _ in seats) for pk in known}:
        chosen = [pk for pk in known if sum(task == pk for task, _ in seats) == count]
        Task.objects.filter(pk__in=chosen).update(wanted=F("wanted") + count)
    turns, cost = next_positions(job_id=job.pk, count=len(seats)), escrow.unit_cost(job=job)
    Place.objects.bulk_create(
        Place(job=job, task_id=task, ordinal=ordinal, position=turn, lane=GOLD_LANE, held=cost)
        for (task, ordinal), turn in zip(seats, turns, strict=True)
    )
    posting = escrow.commit_places(job=job, key=f"gold:{job.pk}:{turns[0]}-{turns[-1]}", places=len(seats))
    ledger.post(postings=[posting], now=now)
    return len(seats)


def _left(job: Job) -> int:
    """How many more places the budget holds, and the job's free money pays for."""
    assert job.escrow_free_id is not None, "a published job has escrow accounts"
    made = Place.objects.filter(task__job=job, task__state=Task.State.GOLD).exclude(state=Place.State.CANCELLED).count()
    affordable = ledger.balance(account_id=job.escrow_free_id) // escrow.unit_cost(job=job)
    return max(0, min(job.gold_budget - made, affordable))


def _seats(last: dict[int, int], wanted: int) -> list[tuple[int, int]]:
    """(task, ordinal) of each new place: round by round, in each round every image once in an order of its own."""
    seats: list[tuple[int, int]] = []
    while len(seats) < wanted:
        round_ = [pk for pk, ordinal in last.items() if ordinal < EXPOSED_AT_MOST]
        if not round_:
            break
        secrets.SystemRandom().shuffle(round_)
        for pk in round_[: wanted - len(seats)]:
            last[pk] += 1
            seats.append((pk, last[pk]))
    return seats


@transaction.atomic
def withdraw(*, job_id: int, image_ids: Sequence[int], now: datetime) -> int:
    """Take gold out of the hand-out; what nobody holds is withdrawn and its money free for other gold.

    Returns how many places. What somebody holds or has answered stays, and is judged and paid as ever.
    """
    job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
    tasks = Task.objects.select_for_update(no_key=True).filter(job=job, state=Task.State.GOLD, image__in=image_ids)
    ids = list(tasks.order_by("pk").values_list("pk", flat=True))
    open_places = Place.objects.select_for_update().filter(task__in=ids, state=Place.State.OPEN).order_by("pk")
    rows = list(open_places.values_list("pk", "task_id", "held"))
    if not rows:
        return 0
    Place.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(state=Place.State.CANCELLED, held=0)
    for task_id in ids:
        fewer = sum(task == task_id for _, task, _ in rows)
        Task.objects.filter(pk=task_id).update(wanted=F("wanted") - fewer)
    key = f"gold:{rows[0][0]}-{rows[-1][0]}:{len(rows)}"
    amount = sum(held for _, _, held in rows)
    ledger.post(postings=[escrow.uncommit(job=job, kind="places_cancelled", key=key, amount=amount)], now=now)
    return len(rows)


def shortage(*, job: Job) -> str:
    """Why workers are handed less gold than the job's policy says, as a sentence; empty when they are not."""
    if not job.gold_budget or job.state not in MAKING:
        return ""
    scope = gold_scope(job_id=job.pk)
    active = Gold.objects.filter(scope=scope, state=Gold.State.ACTIVE).count()
    if not active:
        return "This job has no known answers in use, so everybody gets other images instead. Add some."
    places = Place.objects.filter(job=job, lane=GOLD_LANE)
    left = places.filter(state=Place.State.OPEN).exists()
    used = places.filter(~Q(state=Place.State.CANCELLED)).count()
    if not left and used >= job.gold_budget:
        return "What was set aside for known answers is used up, so everybody gets other images instead."
    if not left:
        return "Every known answer was shown as often as is good. Add new ones; until then other images come instead."
    if active < LEAST_POOL:
        return f"Only {active} known answers are in use. With fewer than {LEAST_POOL} workers soon get no new ones."
    return ""
