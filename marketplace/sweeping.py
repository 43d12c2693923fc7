"""The sweeper: finds by state and age whatever rang no bell, so that a lost message loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from annotation.images import sweep_quarantine
from billing import balances, debts, deposits, disputes, payouts, reconciling, refunds, webhooks
from marketplace import (
    accepting,
    appealing,
    banking,
    bell,
    closing,
    forgetting,
    gold_exposure,
    gold_outcomes,
    gold_places,
    gold_standing,
    late_pay,
    leases,
    leaving_paid,
    notices,
    posting,
    recovering,
    replacing,
    returning,
    reviewing,
    settling,
    table_statistics,
    tag_learning,
    topping_up,
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

    def each(jobs: Iterable[int], name: str, call: Callable[..., Any], **arguments: Any) -> None:
        for job_id in jobs:
            step(name, call, job_id=job_id, **arguments)

    step("expire leases", leases.expire)
    step("let returned answers stand", returning.let_overdue_stand)
    each(gold_exposure.put_back(), "hand worn gold out no more", gold_places.narrow)
    each(_owing_places(), "make places", posting.make_places, at_most=PLACES_A_SWEEP)
    answered = _jobs_with(Task.objects.filter(state=Task.State.ANSWERED))
    each(answered, "settle", settling.settle)
    each(answered, "accept what nobody judged", accepting.accept_overdue)
    each(_jobs_with(_unreviewed()), "accept what nobody reviewed", unreviewed.accept_overdue)
    step("uphold appeals", appealing.uphold_overdue)
    final = _jobs_with(Assignment.objects.filter(final_at__lte=now))
    for name, call in _once_final().items():
        each(final, name, call)
    each(replacing.due(), "replace flagged answers", replacing.replace_flagged)
    for name, jobs in _long_work(now).items():
        each(jobs, name, _ring(name))
    each(_jobs(state=Job.State.CLOSING), "finish closing", closing.finish_closing)
    each(gold_standing.overdue(now=now), "judge gold", gold_standing.judge_left)
    step("prepare images", uploading.prepare_left)
    for name, call in _bank_steps().items():
        step(name, call)
    step("pay late answers", late_pay.pay_late)
    step("notices", notices.tell)
    step("forget old answers", forgetting.forget_answers)
    step("renew statistics", lambda **_: table_statistics.renew_outgrown())
    return failed


def _once_final() -> dict[str, Callable[..., Any]]:
    return {
        "finalise rejections": settling.finalise_rejections,
        "replace rejected answers": reviewing.replace_rejected,
        "make gold for what was not paid": gold_places.make,
    }


def _bank_steps() -> dict[str, Callable[..., Any]]:
    return {
        "process bank events": webhooks.process_pending,
        "deposits": deposits.sweep,
        "payouts": payouts.sweep,
        "refunds": refunds.sweep,
        "disputes": disputes.sweep,
        "debts": debts.sweep,
        "compare with the provider": _compare_if_due,
    }


def tidy(*, now: datetime) -> int:
    """Pay answers that wait far too long and what the suspended are owed, recover debts from jobs, sum up old stretches
    of the books, and delete uploads that no image waits for, left by a crash more than a day ago; returns how many of
    these.
    """
    accepting.accept_aged(now=now)
    recovering.recover_all(now=now)
    banking.pay_who_left(now=now)
    balances.write_checkpoints(now=now)
    leaving_paid.ask_who_left(now=now)
    return sweep_quarantine(before=now - timedelta(days=1))


def _owing_places() -> list[int]:
    return list(uploading.owing_places().values_list("pk", flat=True))


def _unreviewed() -> QuerySet[Review]:
    return Review.objects.filter(said="").exclude(why=Review.Why.SAMPLE)


def _long_work(now: datetime) -> dict[str, list[int]]:
    """Background work of seconds each, which leases must not wait for: by name, with the jobs it is due for."""
    return {
        "watch": watching.due(now=now),
        "pay_fairly": topping_up.due(),
        "refit_tags": tag_learning.due(),
        "calibrate": gold_outcomes.due(),
    }


def _compare_if_due(*, now: datetime) -> None:
    """Minutes of work on a large platform: leases must not wait for it."""
    if reconciling.due(now=now):
        bell.ring("compare_with_provider")


def _ring(what: str) -> Callable[..., None]:
    """A step that has the background do it."""
    return lambda *, job_id, now: bell.ring(what, job_id)


def _jobs(*, state: Job.State) -> list[int]:
    return list(Job.objects.filter(state=state).values_list("pk", flat=True))


def _jobs_with(rows: QuerySet[Any]) -> list[int]:
    """The jobs that such rows belong to, each once: a default ordering would make DISTINCT give one for each row."""
    return list(rows.order_by().values_list("job_id", flat=True).distinct())
