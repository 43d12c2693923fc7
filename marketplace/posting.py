"""Publishing a job's images: money into escrow first, then places in funded chunks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from billing import debts, ledger
from billing.money import format_amount, parse_amount
from billing.wallets import wallet_of
from marketplace import (
    auditlog,
    bell,
    escrow,
    gold_places,
    inviting,
    locks,
    pricing,
    questions,
    recovering,
    table_statistics,
)
from marketplace.errors import Conflict, Refused, ShortOfFunds
from marketplace.leases import release_reserved
from marketplace.locks import Purpose
from marketplace.measuring import paces
from marketplace.models import Assignment, Job, Task
from marketplace.uploading import MAKING, last_position, prepare_images
from qa.golden import budget
from qa.policy import Policy

CHUNK = escrow.CHUNK


def quote(*, job: Job) -> pricing.Quote:
    """The job's price as it stands: its images × overlap × (most pay of an answer + fee), and its reserve."""
    asked = Task.objects.filter(job=job).exclude(state__in=[Task.State.CANCELLED, Task.State.GOLD])
    return price_of(job=job, images=asked.count())


def addition(*, job: Job) -> pricing.Quote:
    """The price of the images nobody paid for yet; of a draft, that is all of them."""
    unpaid = Task.objects.filter(job=job, state=Task.State.DRAFT, position__gt=job.funded_position)
    return price_of(job=job, images=unpaid.count(), first=not job.funding)


def waiting(*, job: Job) -> pricing.Quote | None:
    """The price of images added since the job was published; None when none wait."""
    added = addition(job=job) if job.state in MAKING else None
    return added if added and added.images else None


def price_of(*, job: Job, images: int, first: bool = True) -> pricing.Quote:
    """What so many images cost in this job; `first`: with the gold of workers who begin."""
    policy = Policy.from_json(job.policy)
    gold = budget(answers=images * job.max_overlap, policy=policy, first=first) if images else 0
    return pricing.quote(
        images=images,
        min_overlap=job.min_overlap,
        max_overlap=job.max_overlap,
        rate=escrow.rate_of(job=job),
        gold=gold,
        reserve_percent=job.reserve_percent,
    )


def demand_fair_or_confirmed(*, job: Job, confirmed: bool) -> None:
    """Raise Conflict where a job is known to pay below the floor and its requester has not said that they know."""
    pace, floor = paces(jobs=[job])[job.pk], parse_amount(settings.FAIR_PAY_HOURLY)
    if confirmed or pace.hourly is None or pace.hourly >= floor:
        return
    by = "Real times of its workers" if pace.basis == "measured" else "Your own timing"
    told = (
        f"{by} show that this pays {format_amount(pace.hourly)} an hour, below {format_amount(floor)}. Raise the pay, "
        "or confirm that you want it so."
    )
    raise Conflict("below_fair_pay", told, hourly=format_amount(pace.hourly), floor=format_amount(floor))


@transaction.atomic
def publish(*, job: Job, now: datetime, confirm_low_pay: bool = False) -> Job:
    """Move the "at most" of the unpaid images from the wallet into escrow; places follow in the background.

    The first time this publishes the draft; later it pays for images added since, and the job's state stays as it is.
    Raises Conflict when nothing waits to be published, the owner is in debt, or it is known to pay below the floor and
    that is not confirmed; Refused for a draft without images, ShortOfFunds when the wallet is short.
    """
    # The lock makes two clicks at once pay once, and keeps images from being added meanwhile.
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=job.pk)
    first = job.state == Job.State.DRAFT
    if not first and job.state not in MAKING:
        raise Conflict("not_a_draft", f"This job is already {job.get_state_display().lower()}.", state=job.state)
    unpaid = addition(job=job)
    if first and not unpaid.images:
        raise Refused.one("images", "required", "Add at least one image before you publish.")
    recovering.demand_no_debt(owner=job.owner)
    if first:
        questions.demand_enough(job=job)
    if not unpaid.images:
        told = f"This job is already {job.get_state_display().lower()}, and no new images wait to be published."
        raise Conflict("nothing_to_publish", told, state=job.state)
    demand_fair_or_confirmed(job=job, confirmed=confirm_low_pay)
    if first:
        job.state, job.published_at = Job.State.PUBLISHING, now
    _fund(job, unpaid, now)
    after = {"state": job.state, "held": unpaid.at_most, "images": unpaid.images}
    auditlog.record(
        actor=job.owner,
        action="job.published" if first else "job.images_published",
        subject=job,
        now=now,
        after=after | ({"confirm_low_pay": True} if confirm_low_pay else {}),
    )
    if first:
        inviting.announce(job=job, now=now)
    bell.ring("make_places", job.pk)
    return job


def _fund(job: Job, unpaid: pricing.Quote, now: datetime) -> None:
    """Hold what the unpaid images cost at most, and note on the job how far it is paid for."""
    job.funding += 1
    job.gold_budget += unpaid.gold
    escrow.open_escrow(job=job)
    job.funded_position = last_position(job=job)
    if job.share_cap:
        job.worker_cap = pricing.worker_cap(
            images=quote(job=job).images, min_overlap=job.min_overlap, share_percent=job.share_cap
        )
    hold(job=job, amount=unpaid.escrow, reserve=unpaid.reserve, now=now)
    job.save()


def hold(*, job: Job, amount: int, reserve: int, now: datetime) -> None:
    """Move money for a job from its owner's wallet into escrow and fair-pay reserve, under its funding revision.

    The caller has locked the job and counted the revision up. Raises ShortOfFunds when the wallet is short.
    """
    wallet = wallet_of(owner=job.owner)
    # Locked first: what is there must be told as it was before the first of two transfers.
    available = ledger.lock(account_ids=[wallet.pk, *escrow.accounts_of(job=job)])[wallet.pk].balance or 0
    if available < amount + reserve:
        owed = debts.owed_by_requester(owner_id=job.owner_id)
        raise ShortOfFunds(needed=amount + reserve, available=available, owed=owed)
    ledger.post(postings=escrow.hold(job=job, wallet_id=wallet.pk, amount=amount, reserve=reserve), now=now)


@dataclass(frozen=True)
class _Part:
    """The next images of a job that have no places: ids in their order, by what became of the image."""

    last: int | None  # the position to go on from; None when there is nothing left
    ready: list[int]
    failed: list[int]
    waits: int | None  # the first position whose image is still prepared


# The state of each image is asked one by one, on purpose: a join of 10,000 rows may be planned to read all images there
# are.
_NEXT = """
    SELECT max(position), coalesce(array_agg(id ORDER BY position) FILTER (WHERE image = 'ready'), '{}'),
           coalesce(array_agg(id) FILTER (WHERE image = 'failed'), '{}'), min(position) FILTER (WHERE image = 'checked')
    FROM (SELECT t.id, t.position, (SELECT i.state FROM annotation_image i WHERE i.id = t.image_id) AS image
          FROM marketplace_task t
          WHERE t.job_id = %s AND t.state = 'draft' AND t.position > %s AND t.position <= %s
          ORDER BY t.position LIMIT %s) AS part
"""
_OPEN = "UPDATE marketplace_task SET state = 'open', wanted = %s WHERE id = ANY(%s)"
# A block of images is handed out once through before its second answers are asked for. Image by image, people who
# work at the same time would sit at the same image: their answers would wait for its row (a fifth of the hand-out's
# time with 8 people), and who copies would know from whom. What does not fill a block goes image by image, so that the
# first of a few images are settled soon.
BLOCK = 8
_SEAT = """
    INSERT INTO marketplace_place (job_id, task_id, ordinal, position, lane, state, held)
    SELECT %s, seat.task, seat.ordinal, nextval('marketplace_place_position'), 0, 'open', %s
    FROM (SELECT wanted.task, ordinal
          FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted(task, nth), generate_series(1, %s) AS ordinal
          ORDER BY CASE WHEN nth <= %s THEN (nth - 1) / %s ELSE nth END, ordinal, nth) AS seat
"""


def make_places(*, job_id: int, now: datetime, at_most: int | None = None) -> int:
    """Make the places of a job's paid images, chunk by chunk, each funded in the transaction of its rows.

    Returns the number of places made; stops early once that reaches `at_most`. Safe to run twice, at once, or again
    after a crash.
    """
    # Before a place can show them, and outside the transactions that make the places.
    prepare_images(job_id=job_id)
    gold_places.make(job_id=job_id, now=now)
    made, after, waits = 0, 0, None
    while at_most is None or made < at_most:
        with transaction.atomic():
            job = Job.objects.select_for_update(no_key=True).filter(pk=job_id, state__in=MAKING).first()
            if job is None:
                break
            part = _next_part(job, after)
            if part.last is None:
                _open_job(job, waits)
                break
            made += _make_chunk(job, part, now)
        table_statistics.renew_outgrown()
        # Where this chunk ended, not the start again: the index entries of what was made before are still there.
        after = part.last
        waits = part.waits if waits is None else waits
    if made:
        bell.ring("count_progress", job_id)  # so that whoever looks at a large job need not wait for it
    return made


def _next_part(job: Job, after: int) -> _Part:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [job.pk, after, job.funded_position, max(1, CHUNK // job.min_overlap)])
        return _Part(*cursor.fetchone())


def _make_chunk(job: Job, part: _Part, now: datetime) -> int:
    if part.failed:
        Task.objects.filter(pk__in=part.failed).update(state=Task.State.CANCELLED)
    if not part.ready:
        return 0
    seats = len(part.ready) * job.min_overlap
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [job.min_overlap, part.ready])
    # Turns before accounts, as in settling: so nobody waits in a circle.
    locks.hold(Purpose.TURNS, job_id=job.pk)
    key = f"job:{job.pk}:{part.ready[0]}-{part.ready[-1]}"
    ledger.post(postings=[escrow.commit_places(job=job, key=key, places=seats)], now=now)
    with connection.cursor() as cursor:
        blocks = len(part.ready) // BLOCK * BLOCK
        cursor.execute(_SEAT, [job.pk, escrow.unit_cost(job=job), part.ready, job.min_overlap, blocks, BLOCK])
    return seats


def _open_job(job: Job, waits: int | None) -> None:
    """Open a publishing job whose images all have their places.

    Nothing before position `waits` is left, since one run looks at all of them. What others still prepare comes later:
    whoever ends last rings again.
    """
    left = Task.objects.filter(job=job, state=Task.State.DRAFT, position__lte=F("job__funded_position"))
    if waits is None or not left.filter(position__gte=waits).exists():
        Job.objects.filter(pk=job.pk, state=Job.State.PUBLISHING).update(state=Job.State.OPEN)


@transaction.atomic
def pause(*, job: Job, now: datetime) -> Job:
    """Stop handing out work. Work already held can be submitted and is paid.

    Once this has returned, no claim succeeds: it waits for those under way and the later ones see the pause. What was
    reserved ahead and shown to nobody goes back.
    """
    locks.hold(Purpose.HAND_OUT, job_id=job.pk)
    # The job's row before its turns, as settling does: else the two wait for each other in a circle.
    job = _move(job, Job.State.OPEN, Job.State.PAUSED, "Only an open job can be paused.", now)
    release_reserved(job=job, state=Assignment.State.GIVEN_BACK, now=now)
    return job


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
