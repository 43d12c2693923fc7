"""Watching over a job's answers: now and then the latest are looked through for spam, and how far they agree."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from annotation.shapes import read_answer
from marketplace.models import Assignment, Flag, Job, Watch
from marketplace.policies import policy_of
from qa.suspicion import Seen, Suspicion, alpha_of, suspicions

WINDOW = 4_000
"""The latest answers that are looked at: a few seconds of work, whatever the size of the job."""
EVERY = timedelta(minutes=10)
JOBS_A_SWEEP = 50
AGAIN = 2
"""What was dismissed is flagged again once so many times the answers speak for it."""


def due(*, now: datetime) -> list[int]:
    """Jobs with answers that were not looked at yet, the longest unwatched first; not more often than EVERY."""
    fresh = Assignment.objects.filter(job=OuterRef("pk"), submitted_at__isnull=False)
    unseen = fresh.filter(submitted_at__gt=OuterRef("watch__looked_at"))
    jobs = Job.objects.filter(state__in=[Job.State.OPEN, Job.State.PAUSED, Job.State.CLOSING])
    waiting = jobs.filter(Q(watch__isnull=True) & Exists(fresh) | Q(watch__looked_at__lte=now - EVERY) & Exists(unseen))
    longest = waiting.order_by(F("watch__looked_at").asc(nulls_first=True), "pk")
    return list(longest.values_list("pk", flat=True)[:JOBS_A_SWEEP])


def watch_if_due(*, job_id: int, now: datetime) -> int:
    """`watch`, unless somebody looked lately or is at it. A look that fails waits for the next answers."""
    if not Job.objects.filter(pk=job_id).exists():
        return 0
    kept, first = Watch.objects.get_or_create(job_id=job_id, defaults={"looked_at": now})
    lately = Watch.objects.filter(pk=kept.pk, looked_at__lte=now - EVERY)
    return watch(job_id=job_id, now=now) if first or lately.update(looked_at=now) else 0


def watch(*, job_id: int, now: datetime) -> int:
    """Look through a job's latest answers: flag what is suspicious and keep how far they agree; returns the new flags.

    The same evidence makes one flag, however often it is seen: an open flag is brought up to date, a confirmed one is
    enough, a dismissed one is raised again only when far more speaks for it. Costs a bounded number of statements.
    """
    job = Job.objects.select_related("label_set").prefetch_related("label_set__labels").get(pk=job_id)
    policy = policy_of(job=job)
    seen = _latest(job_id)
    # The sample is drawn by the job, so that the same answers give the same figure.
    alpha = alpha_of(answers=seen, policy=policy, generator=np.random.default_rng(job_id))
    found = suspicions(answers=seen, policy=policy)
    with transaction.atomic():
        Watch.objects.get_or_create(job=job, defaults={"looked_at": now})
        kept = Watch.objects.select_for_update().get(job=job)  # one at a time
        kept.looked_at, kept.answers, kept.images, kept.alpha = now, len(seen), alpha.units, alpha.value
        kept.save()
        return _flag(job, found, now)


def _latest(job_id: int) -> list[Seen]:
    given = Assignment.objects.filter(job_id=job_id, submitted_at__isnull=False, state__in=Assignment.ANSWERED)
    rows = given.order_by("-submitted_at").values_list(
        "pk", "task_id", "worker_id", "submitted_at", "paid_ms", "annotation__body"
    )[:WINDOW]
    return [
        Seen(str(pk), task, worker, submitted.timestamp(), ms or 0, read_answer(body))
        for pk, task, worker, submitted, ms, body in rows
        if submitted
    ]


def _flag(job: Job, found: list[Suspicion], now: datetime) -> int:
    known: dict[tuple[int, str], list[Flag]] = {}
    turned_out = set()
    for flag in Flag.objects.select_for_update(no_key=True).filter(job=job).order_by("pk"):
        known.setdefault((flag.worker_id, flag.kind), []).append(flag)
        if flag.state == Flag.State.CONFIRMED:
            turned_out.add(flag.worker_id)
    fresh = []
    for sign in found:
        if sign.worker in turned_out:
            continue
        before = known.get((sign.worker, sign.kind), [])
        open_one = next((flag for flag in before if flag.state == Flag.State.OPEN), None)
        if open_one:
            open_one.evidence, open_one.weight, open_one.seen_at = dict(sign.evidence), sign.weight, now
            open_one.save(update_fields=["evidence", "weight", "seen_at"])
        elif all(sign.weight >= AGAIN * flag.weight for flag in before):
            fresh.append(_new(job, sign, now))
    return len(Flag.objects.bulk_create(fresh))


def _new(job: Job, sign: Suspicion, now: datetime) -> Flag:
    return Flag(
        job=job,
        worker_id=sign.worker,
        kind=sign.kind,
        evidence=dict(sign.evidence),
        weight=sign.weight,
        created_at=now,
        seen_at=now,
    )
