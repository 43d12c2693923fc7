"""How many workers could have seen the image of a known answer: everybody it was handed to, whatever they did with it.

Those with an assignment that still counts are found by the index that keeps answers to one each; those who gave an
image up, or let its time run out, are written down when that happens. Who reserves an image sees it too: its address
is in the reply.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef

from marketplace.models import Assignment, Job, Place, Task
from marketplace.turns import REOPENED_LANE
from marketplace.uploading import MAKING

EXPOSED_AT_MOST = 40
EXPOSED_ONCE_SHOWN = 25
"""So many workers are handed one known answer at most, and fewer as soon as somebody was shown it with a verdict: what
many have seen, some will have told others, and then they tell the answer too."""

_SEEN = """
    SELECT s.task_id, count(*) FROM (
        SELECT a.task_id, a.worker_id FROM marketplace_assignment a
        WHERE a.task_id = ANY(%(tasks)s) AND a.state NOT IN ('expired', 'given_back')
        UNION SELECT g.task_id, g.worker_id FROM marketplace_goldsight g WHERE g.task_id = ANY(%(tasks)s)) s
    GROUP BY s.task_id
"""
_NOTE = """
    INSERT INTO marketplace_goldsight (task_id, worker_id, seen_at)
    SELECT n.task, n.worker, %(now)s FROM unnest(%(tasks)s::bigint[], %(workers)s::bigint[]) AS n(task, worker)
    JOIN marketplace_task t ON t.id = n.task WHERE t.state = 'gold' ORDER BY n.task, n.worker
    ON CONFLICT DO NOTHING
"""


def seen(*, task_ids: Sequence[int]) -> dict[int, int]:
    """By task how many workers could have seen it; tasks that nobody saw are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"tasks": list(task_ids)})
        return dict(cursor.fetchall())


def note_left(*, assignments: Iterable[Assignment], now: datetime) -> None:
    """Write down who leaves gold without an answer, so that it still counts as shown to them."""
    pairs = [(one.task_id, one.worker_id) for one in assignments]
    if not pairs:
        return
    with connection.cursor() as cursor:
        tasks, workers = zip(*pairs, strict=True)
        cursor.execute(_NOTE, {"tasks": list(tasks), "workers": list(workers), "now": now})


def put_back() -> list[int]:
    """Jobs in which gold was put back and waits for its next worker: it may have been seen often enough by now."""
    waiting = Place.objects.filter(
        job=OuterRef("pk"), lane=REOPENED_LANE, state=Place.State.OPEN, task__state=Task.State.GOLD
    )
    found = Job.objects.filter(gold_budget__gt=0, state__in=MAKING).filter(Exists(waiting))
    return list(found.order_by("pk").values_list("pk", flat=True))
