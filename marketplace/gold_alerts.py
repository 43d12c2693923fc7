"""Telling a requester, once, that their known answers are too few, used up, or need a look."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from billing.models import Outbox
from marketplace.gold_places import gold_scope, shortage, shortfall
from marketplace.models import GoldAlert, Job
from qa.models import Gold

ALERTED = "gold.alert"  # topic of the outbox that `notices` tells by e-mail
REVIEW = "review"


@transaction.atomic
def tell(*, job: Job, now: datetime) -> list[str]:
    """Have the requester told of what is amiss with a job's gold now; returns what is told for the first time.

    Each thing once: again only when it was mended and has come back.
    """
    amiss = {code for code in (shortfall(job=job),) if code}
    if Gold.objects.filter(scope=gold_scope(job_id=job.pk), state=Gold.State.REVIEW).exists():
        amiss.add(REVIEW)
    GoldAlert.objects.filter(job=job).exclude(why__in=amiss).delete()
    told = [why for why in sorted(amiss) if _is_new(job, why, now)]
    Outbox.objects.bulk_create(
        Outbox(topic=ALERTED, payload={"job": job.pk, "why": why}, created_at=now) for why in told
    )
    return told


def _is_new(job: Job, why: str, now: datetime) -> bool:
    return GoldAlert.objects.get_or_create(job=job, why=why, defaults={"told_at": now})[1]


def words(*, job: Job, why: str) -> str:
    """What is amiss, in a sentence; empty when it was mended since."""
    if why != REVIEW:
        return shortage(job=job) if shortfall(job=job) == why else ""
    count = Gold.objects.filter(scope=gold_scope(job_id=job.pk), state=Gold.State.REVIEW).count()
    if not count:
        return ""
    some = "One known answer needs" if count == 1 else f"{count} known answers need"
    return f"{some} a look: good workers disagree. They are not handed out until you have looked."
