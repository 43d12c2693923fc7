"""The places of gold: paid for out of what the job sets aside for it, in a lane of their own, exempt from overlap."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Max

from billing import ledger
from marketplace import escrow
from marketplace.gold_exposure import EXPOSED_AT_MOST, EXPOSED_ONCE_SHOWN, seen
from marketplace.models import Assignment, Job, Place, Task
from marketplace.turns import next_positions
from marketplace.uploading import MAKING
from qa.models import Gold
from qa.policy import Policy

GOLD_LANE = 2
LAST_ORDINAL = 50  # as the table of places has it
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
    room = _room(job, tasks)
    most = {pk: min(LAST_ORDINAL, last.get(pk, 0) + room[pk]) for pk in known}
    seats = _seats({pk: last.get(pk, 0) for pk in known}, most, min(_left(job), escrow.CHUNK))
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
    affordable = ledger.balance(account_id=job.escrow_free_id) // escrow.unit_cost(job=job)
    return max(0, min(job.gold_budget - used(job=job), affordable))


def used(*, job: Job) -> int:
    """How many places its budget for gold has gone to. What is not paid and holds nothing any more, because its
    rejection is final or its pay was taken back, has left the budget again."""
    tasks = list(Task.objects.filter(job=job, state=Task.State.GOLD).values_list("pk", flat=True))
    made = Place.objects.filter(task__in=tasks).exclude(state=Place.State.CANCELLED).count()
    unpaid = (Assignment.State.REJECTED, Assignment.State.REVERSED)
    return made - Assignment.objects.filter(task__in=tasks, state__in=unpaid, place__held=0).count()


def _room(job: Job, tasks: Sequence[int]) -> dict[int, int]:
    """By task how many more workers it may be handed to than have seen it, or can by its open places."""
    told, shown = _told(job, tasks), seen(task_ids=tasks)
    waiting = Place.objects.filter(task__in=tasks, state=Place.State.OPEN).order_by().values_list("task_id")
    opened = dict(waiting.annotate(n=Count("pk")))
    most = {pk: EXPOSED_ONCE_SHOWN if pk in told else EXPOSED_AT_MOST for pk in tasks}
    return {pk: most[pk] - shown.get(pk, 0) - opened.get(pk, 0) for pk in tasks}


def _told(job: Job, tasks: Sequence[int]) -> set[int]:
    """The tasks among these whose known answer somebody was shown. Where the requester judges, verdicts show none."""
    if Policy.from_json(job.policy).judge == "requester":
        return set()
    told = Gold.objects.filter(scope=gold_scope(job_id=job.pk), answers__gt=0).values("image_id")
    return set(Task.objects.filter(pk__in=tasks, image__in=told).values_list("pk", flat=True))


def _seats(last: dict[int, int], most: dict[int, int], wanted: int) -> list[tuple[int, int]]:
    """(task, ordinal) of each new place: round by round, in each round every image once in an order of its own.

    `most`: by task the highest ordinal there may be.
    """
    seats: list[tuple[int, int]] = []
    while len(seats) < wanted:
        round_ = [pk for pk, ordinal in last.items() if ordinal < most[pk]]
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
    return _withdraw(job, dict.fromkeys(tasks.order_by("pk").values_list("pk", flat=True)), now)


@transaction.atomic
def narrow(*, job_id: int, now: datetime) -> int:
    """Withdraw places of gold by which more workers would see it than is good: it was handed out and put back, or
    somebody was told its answer since they were made. Returns how many."""
    job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
    opened = Place.objects.filter(job=job, task__state=Task.State.GOLD, state=Place.State.OPEN)
    room = _room(job, list(opened.order_by().values_list("task_id", flat=True).distinct()))
    spare = {pk: -more for pk, more in sorted(room.items()) if more < 0}
    if not spare:
        return 0
    list(Task.objects.select_for_update(no_key=True).filter(pk__in=spare).order_by("pk"))
    return _withdraw(job, spare, now)


def _withdraw(job: Job, tasks: Mapping[int, int | None], now: datetime) -> int:
    """Withdraw so many open places of each task at most, those made last first; None: all. The tasks are locked."""
    open_places = Place.objects.filter(task__in=tasks, state=Place.State.OPEN).select_for_update().order_by("pk")
    by_task: dict[int, list[tuple[int, int]]] = {}
    for pk, task_id, held in open_places.values_list("pk", "task_id", "held"):
        by_task.setdefault(task_id, []).append((pk, held))
    rows = []
    for task_id, found in by_task.items():
        count = tasks[task_id]
        taken = found if count is None else found[-count:]
        Task.objects.filter(pk=task_id).update(wanted=F("wanted") - len(taken))
        rows += taken
    if not rows:
        return 0
    Place.objects.filter(pk__in=[pk for pk, _ in rows]).update(state=Place.State.CANCELLED, held=0)
    key, amount = f"gold:{rows[0][0]}-{rows[-1][0]}:{len(rows)}", sum(held for _, held in rows)
    ledger.post(postings=[escrow.uncommit(job=job, kind="places_cancelled", key=key, amount=amount)], now=now)
    return len(rows)


def shortfall(*, job: Job) -> str:
    """Why workers are handed less gold than the job's policy says, as a code of GoldAlert; empty when they are not."""
    if not job.gold_budget or job.state not in MAKING:
        return ""
    active = _active(job)
    if not active:
        return "none"
    if not Place.objects.filter(job=job, lane=GOLD_LANE, state=Place.State.OPEN).exists():
        return "used_up" if used(job=job) >= job.gold_budget else "worn_out"
    return "few" if active < LEAST_POOL else ""


def shortage(*, job: Job) -> str:
    """The same as a sentence."""
    words = {
        "": "",
        "none": "This job has no known answers in use, so everybody gets other images instead. Add some.",
        "used_up": "What was set aside for known answers is used up, so everybody gets other images instead.",
        "worn_out": "Every known answer was shown as often as is good. Add new ones; until then other images come "
        "instead.",
        "few": f"Only {_active(job)} known answers are in use. With fewer than {LEAST_POOL} workers soon get no new "
        "ones.",
    }
    return words[shortfall(job=job)]


def _active(job: Job) -> int:
    return Gold.objects.filter(scope=gold_scope(job_id=job.pk), state=Gold.State.ACTIVE).count()
