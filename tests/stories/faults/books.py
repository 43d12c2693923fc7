"""What the rows of a job must say after whatever happened: every answer once, every count exact, everybody paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from annotation.models import Annotation
from billing import ledger
from billing.wallets import earnings_of
from marketplace.models import Assignment, Job, Place, Task, User, WorkEvent


def demand_each_once(job: Job, *, given: Collection[str]) -> None:
    """The answers stored are those that were acknowledged, each once; tasks, places and assignments count alike."""
    rows = list(
        Assignment.objects.filter(job=job, state__in=Assignment.ANSWERED).values_list(
            "pk", "place", "task", "worker", "annotation"
        )
    )
    stored = [str(pk) for pk, *_ in rows]
    assert sorted(stored) == sorted(given), "acknowledged and stored differ"
    late = WorkEvent.objects.filter(job=job.pk, kind=WorkEvent.Kind.LATE).count()
    assert Annotation.objects.filter(image__scope=f"job:{job.pk}").count() == len(rows) + late
    assert len({annotation for *_, annotation in rows}) == len(rows), "an annotation serves two answers"

    counted = dict(Task.objects.filter(job=job, answers__gt=0).values_list("pk", "answers"))
    assert counted == Counter(task for _, _, task, _, _ in rows), "tasks count other answers than there are"
    assert max(counted.values()) <= job.max_overlap
    twice = [pair for pair, n in Counter((task, worker) for _, _, task, worker, _ in rows).items() if n > 1]
    assert not twice, "somebody answered a task twice"

    seats = dict(Place.objects.filter(job=job).values_list("pk", "state"))
    live = Assignment.objects.filter(job=job, state__in=Assignment.LIVE).values_list("place", flat=True)
    taken = sorted(pk for pk, state in seats.items() if state == "taken")
    assert sorted([*live, *(place for _, place, *_ in rows)]) == taken, "a place hangs"


def demand_paid(job: Job, *, workers: Collection[int]) -> None:
    """Every answer of the job was accepted and paid, once. The workers have worked at no other job."""
    given = Assignment.objects.filter(job=job, state__in=Assignment.ANSWERED)
    assert set(given.values_list("state", flat=True)) == {"accepted"}
    owed = Counter(given.values_list("worker", flat=True))
    people = User.objects.in_bulk(list(workers))
    paid = {pk: ledger.balance(account_id=earnings_of(worker=people[pk]).pk) for pk in workers}
    assert paid == {pk: owed[pk] * job.reward for pk in workers}
