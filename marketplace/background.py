"""Background work. Each Celery task makes one domain call; its queue is rows in a state, the broker only a doorbell."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from billing import payouts, reconciling, refunds
from marketplace import (
    closing,
    gold_outcomes,
    posting,
    progress,
    recovering,
    replacing,
    reviewing,
    settling,
    sweeping,
    topping_up,
    uploading,
    watching,
)


@shared_task
def prepare_images(job_id: int) -> None:
    """Make the renditions of a job's new images while its requester still writes."""
    uploading.prepare_images(job_id=job_id)


@shared_task
def make_places(job_id: int) -> None:
    """Make the places of a job's images that are paid for."""
    posting.make_places(job_id=job_id, now=timezone.now())


@shared_task
def count_progress(job_id: int) -> None:
    """Count the figures of a large job anew."""
    progress.recount(job_id=job_id, now=timezone.now())


@shared_task
def settle(job_id: int) -> None:
    """Settle a job's answered tasks."""
    settling.settle(job_id=job_id, now=timezone.now())


@shared_task
def replace_flagged(job_id: int) -> None:
    """Buy places in the stead of answers that count no more."""
    replacing.replace_flagged(job_id=job_id, now=timezone.now())


@shared_task
def replace_rejected(job_id: int) -> None:
    """Buy places for images left without an accepted answer."""
    reviewing.replace_rejected(job_id=job_id, now=timezone.now())


@shared_task
def pay_fairly(job_id: int) -> None:
    """Look whether a job pays the floor, and top up what was paid."""
    topping_up.look(job_id=job_id, now=timezone.now())


@shared_task
def watch(job_id: int) -> None:
    """Look through a job's latest answers for spam, and for how far they agree."""
    watching.watch_if_due(job_id=job_id, now=timezone.now())


@shared_task
def refit_tags(job_id: int) -> None:
    """Estimate anew what a job's tags tell of its workers."""
    settling.refit_tags(job_id=job_id)


@shared_task
def calibrate(job_id: int) -> None:
    """See anew by a job's gold what claims about its consensus are worth."""
    gold_outcomes.calibrate(job_id=job_id, now=timezone.now())


@shared_task
def finish_closing(job_id: int) -> None:
    """Close a closing job once nothing is held for it."""
    closing.finish_closing(job_id=job_id, now=timezone.now())


@shared_task
def send_payout(payout_id: str) -> None:
    """Send one payout to the provider."""
    payouts.send(payout_id=UUID(payout_id), now=timezone.now())


@shared_task
def send_refund(refund_id: str) -> None:
    """Send one refund to the provider."""
    refunds.send(refund_id=UUID(refund_id), now=timezone.now())


@shared_task
def recover(owner_id: int) -> None:
    """Settle a requester's debt from what their jobs do not need."""
    recovering.recover(owner_id=owner_id, now=timezone.now())


@shared_task
def compare_with_provider(asked: bool = False) -> None:
    """Today's comparison of the provider's books with ours; also a second one when somebody asked for it."""
    reconciling.run_if_due(now=timezone.now(), asked=asked)


@shared_task
def sweep() -> None:
    """Find by state and age whatever rang no bell."""
    sweeping.sweep(now=timezone.now())


@shared_task
def tidy() -> None:
    """Delete what crashes left behind."""
    sweeping.tidy(now=timezone.now())
