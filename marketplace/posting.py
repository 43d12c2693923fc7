"""Publishing a job: money into escrow first, then places in funded chunks."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from billing import ledger
from billing.wallets import wallet_of
from marketplace import auditlog, bell, escrow, inviting, locks, pricing
from marketplace.errors import Conflict, Refused, ShortOfFunds
from marketplace.leases import release_reserved
from marketplace.locks import Purpose
from marketplace.models import Assignment, Job, Place, Task
from marketplace.turns import next_positions
from marketplace.uploading import prepare_images

TASKS_A_CHUNK = 500


def quote(*, job: Job) -> pricing.Quote:
    """The job's price as it stands: its images × overlap × (reward + fee)."""
    images = Task.objects.filter(job=job).exclude(state=Task.State.CANCELLED).exclude(image__state="failed").count()
    return pricing.quote(
        images=images,
        min_overlap=job.min_overlap,
        max_overlap=job.max_overlap,
        reward=job.reward,
        fee_bps=job.fee_bps,
    )


@transaction.atomic
def publish(*, job: Job, now: datetime) -> Job:
    """Move the quote's "at most" from the wallet into escrow; places follow in the background.

    Raises Conflict when the job is not a draft, Refused when it has no images, ShortOfFunds when the wallet is short.
    """
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=job.pk)
    if job.state != Job.State.DRAFT:
        raise Conflict("not_a_draft", f"This job is already {job.get_state_display().lower()}.", state=job.state)
    price = quote(job=job)
    if not price.images:
        raise Refused.one("images", "required", "Add at least one image before you publish.")
    wallet = wallet_of(owner=job.owner)
    job.funding += 1
    job.state = Job.State.PUBLISHING
    job.published_at = now
    escrow.open_escrow(job=job)
    try:
        ledger.post(postings=[escrow.hold(job=job, wallet_id=wallet.pk, amount=price.at_most)], now=now)
    except ledger.InsufficientFunds as short:
        raise ShortOfFunds(needed=price.at_most, available=short.available) from short
    job.save()
    auditlog.record(
        actor=job.owner, action="job.published", subject=job, now=now, after={"state": job.state, "held": price.at_most}
    )
    inviting.announce(job=job, now=now)
    bell.ring("make_places", job.pk)
    return job


def make_places(*, job_id: int, now: datetime) -> int:
    """Make the places of a publishing job, chunk by chunk, each funded in the transaction of its rows.

    Returns the number of places made. Safe to run twice, at once, or again after a crash.
    """
    made = 0
    while True:
        # Before a place can show them, and outside the transaction that makes the places.
        prepare_images(job_id=job_id)
        with transaction.atomic():
            job = Job.objects.select_for_update(no_key=True).filter(pk=job_id).first()
            if job is None or job.state != Job.State.PUBLISHING:
                return made
            drafts = Task.objects.select_related("image").filter(job=job, state=Task.State.DRAFT)
            tasks = list(drafts.exclude(image__state="checked")[:TASKS_A_CHUNK])
            if not tasks and drafts.exists():
                return made  # others still prepare the rest; whoever ends last rings again
            if not tasks:
                Job.objects.filter(pk=job.pk, state=Job.State.PUBLISHING).update(state=Job.State.OPEN)
                return made
            made += _make_chunk(job, tasks, now)


def _make_chunk(job: Job, tasks: list[Task], now: datetime) -> int:
    failed = [task.pk for task in tasks if task.image.state == "failed"]
    Task.objects.filter(pk__in=failed).update(state=Task.State.CANCELLED)
    good = [task for task in tasks if task.pk not in failed]
    if not good:
        return 0
    seats = len(good) * job.min_overlap
    key = f"job:{job.pk}:{good[0].pk}-{good[-1].pk}"
    ledger.post(postings=[escrow.commit_places(job=job, key=key, places=seats)], now=now)
    unit = escrow.unit_cost(job=job)
    positions = iter(next_positions(job_id=job.pk, count=seats))
    Place.objects.bulk_create(
        Place(job=job, task=task, ordinal=ordinal, position=next(positions), held=unit)
        for task in good
        for ordinal in range(1, job.min_overlap + 1)
    )
    Task.objects.filter(pk__in=[task.pk for task in good]).update(state=Task.State.OPEN, wanted=job.min_overlap)
    return seats


@transaction.atomic
def pause(*, job: Job, now: datetime) -> Job:
    """Stop handing out work. Work already held can be submitted and is paid.

    Once this has returned, no claim succeeds: it waits for those under way and the later ones see the pause. What was
    reserved ahead and shown to nobody goes back.
    """
    locks.hold(Purpose.HAND_OUT, job_id=job.pk)
    release_reserved(job=job, state=Assignment.State.GIVEN_BACK, now=now)
    return _move(job, Job.State.OPEN, Job.State.PAUSED, "Only an open job can be paused.", now)


@transaction.atomic
def resume(*, job: Job, now: datetime) -> Job:
    """Hand out work again."""
    return _move(job, Job.State.PAUSED, Job.State.OPEN, "Only a paused job can be resumed.", now)


def _move(job: Job, before: Job.State, after: Job.State, message: str, now: datetime) -> Job:
    if not Job.objects.filter(pk=job.pk, state=before).update(state=after):
        job.refresh_from_db()
        raise Conflict("wrong_state", f"{message} This one is {job.get_state_display().lower()}.", state=job.state)
    auditlog.record(
        actor=job.owner, action=f"job.{after}", subject=job, now=now, before={"state": before}, after={"state": after}
    )
    job.refresh_from_db()
    return job
