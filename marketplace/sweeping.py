"""The sweeper: finds by state and age whatever rang no bell, so that a lost message loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from annotation.images import sweep_quarantine
from billing import deposits, payouts, webhooks
from marketplace import (
    accepting,
    appealing,
    bell,
    closing,
    forgetting,
    gold_standing,
    leases,
    notices,
    posting,
    replacing,
    returning,
    reviewing,
    settling,
    table_statistics,
    unreviewed,
    uploading,
    watching,
)
from marketplace.models import Assignment, Job, Review, Task

log = logging.getLogger("tally.sweep")

# A few seconds of work: a million images that rang no bell must not keep leases from being taken back.
PLACES_A_SWEEP = 100_000


def sweep(*, now: datetime) -> list[str]:
    """Do all work that is due; returns the names of the steps that failed. One failing step never stops another."""
    failed: list[str] = []

    def step(name: str, call: Callable[..., Any], **arguments: Any) -> None:
        try:
            call(**arguments, now=now)
        except Exception:
            log.exception("sweep: %s %s", name, arguments)
            failed.append(name)

    step("expire leases", leases.expire)
    step("let returned answers stand", returning.let_overdue_stand)
    for job_id in list(uploading.owing_places().values_list("pk", flat=True)):
        step("make places", posting.make_places, job_id=job_id, at_most=PLACES_A_SWEEP)
    for job_id in _jobs_with(Task.objects.filter(state=Task.State.ANSWERED)):
        step("settle", settling.settle, job_id=job_id)
        step("accept what nobody judged", accepting.accept_overdue, job_id=job_id)
    for job_id in _jobs_with(Review.objects.filter(said="").exclude(why=Review.Why.SAMPLE)):
        step("accept what nobody reviewed", unreviewed.accept_overdue, job_id=job_id)
    step("uphold appeals", appealing.uphold_overdue)
    for job_id in _jobs_with(Assignment.objects.filter(final_at__lte=now)):
        step("finalise rejections", settling.finalise_rejections, job_id=job_id)
        step("replace rejected answers", reviewing.replace_rejected, job_id=job_id)
    for job_id in replacing.due():
        step("replace flagged answers", replacing.replace_flagged, job_id=job_id)
    for job_id in watching.due(now=now):
        bell.ring("watch", job_id)  # seconds of work: leases must not wait for it
    for job_id in _jobs(state=Job.State.CLOSING):
        step("finish closing", closing.finish_closing, job_id=job_id)
    for job_id in gold_standing.overdue(now=now):
        step("judge gold", gold_standing.judge_left, job_id=job_id)
    step("prepare images", uploading.prepare_left)
    step("process bank events", webhooks.process_pending)
    step("deposits", deposits.sweep)
    step("payouts", payouts.sweep)
    step("notices", notices.tell)
    step("forget old answers", forgetting.forget_answers)
    step("renew statistics", lambda **_: table_statistics.renew_outgrown())
    return failed


def tidy(*, now: datetime) -> int:
    """Pay answers that wait far too long, and delete uploads that no image waits for, left by a crash more than a day
    ago; returns how many of these.
    """
    accepting.accept_aged(now=now)
    return sweep_quarantine(before=now - timedelta(days=1))


def _jobs(*, state: Job.State) -> list[int]:
    return list(Job.objects.filter(state=state).values_list("pk", flat=True))


def _jobs_with(rows: QuerySet[Any]) -> list[int]:
    """The jobs that such rows belong to, each once: a default ordering would make DISTINCT give one for each row."""
    return list(rows.order_by().values_list("job_id", flat=True).distinct())
