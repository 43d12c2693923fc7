"""Who shares a payout account or a device, and what they may therefore not do.

Whoever shares one with a requester cannot work on that requester's jobs, and of those who share one only the first to
take part in a job works on it: so one person with two accounts neither pays themself nor answers an image twice. It is
asked when somebody enrols, and again when a device or a payout account is newly seen to be shared; never while images
are handed out.

What it does not catch: another browser, a private window or cleared cookies are another device, and another bank
account is another account. A family at one computer is taken for one person, until an admin says that they are not
(`telling_apart`). Copied answers are looked for elsewhere (`watching`).
"""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from billing.models import PayoutAccount
from marketplace import auditlog, leases
from marketplace.errors import Forbidden
from marketplace.models import Device, Enrolment, Job, KnownApart, User

SHARED = "shared"
WITH_SOMEBODY = (
    "You get no more images of this job: you share a device or a payout account with its requester, or with somebody "
    "who took part in it before you. What you were paid stays yours."
)
WITH_REQUESTER = "You cannot work on this job: you share a device or a payout account with its requester."
WITH_WORKER = (
    "You cannot work on this job: somebody who shares a device or a payout account with you takes part in it already."
)


def note_device(*, person: User, digest: str, now: datetime) -> bool:
    """Note that a session of this person uses a browser; True when it is new to them. Who shares it is looked at."""
    _, new = Device.objects.update_or_create(
        digest=digest, person=person, defaults={"seen_at": now}, create_defaults={"first_seen_at": now, "seen_at": now}
    )
    if new and Device.objects.filter(digest=digest).exclude(person=person).exists():
        part(person_id=person.pk, now=now)
    return new


def companions(*, person_id: int) -> set[int]:
    """Who shares a payout account or a device with somebody, as far as it is known, and may be the same person."""
    if not settings.SHARING_PARTS:
        return set()
    devices = Device.objects.filter(digest__in=Device.objects.filter(person_id=person_id).values("digest"))
    named = PayoutAccount.objects.filter(worker_id=person_id).exclude(bank_fingerprint="").values("bank_fingerprint")
    accounts = PayoutAccount.objects.filter(bank_fingerprint__in=named).values_list("worker_id", flat=True)
    found = devices.values_list("person_id", flat=True).union(accounts)
    sharers = set(found) - {person_id}
    return sharers and sharers - _known_apart_from(person_id)


def _known_apart_from(person_id: int) -> set[int]:
    pairs = KnownApart.objects.filter(Q(first=person_id) | Q(second=person_id)).values_list("first_id", "second_id")
    return {one for pair in pairs for one in pair} - {person_id}


def refusal(*, job: Job, worker: User, shared_with: set[int]) -> Forbidden | None:
    """Why somebody who shares something with these people may not take part in a job; None when they may."""
    if job.owner_id in shared_with:
        return Forbidden("shared_with_requester", WITH_REQUESTER)
    if shared_with and _taking_part(job.pk).filter(worker_id__in=shared_with).exists():
        return Forbidden("shared_with_worker", WITH_WORKER)
    return None


def part(*, person_id: int, now: datetime) -> int:
    """Shut somebody and those they newly share something with out of the jobs they may not both be in.

    What they hold they may finish, and are paid. Returns how many standings ended.
    """
    shared_with = companions(person_id=person_id)
    if not shared_with:
        return 0
    everybody = {person_id, *shared_with}
    of_requester = _standing().filter(
        Q(worker_id=person_id, job__owner_id__in=shared_with) | Q(worker_id__in=shared_with, job__owner_id=person_id)
    )
    shut = [one.pk for one in of_requester]
    jobs = _standing().filter(worker_id=person_id).values("job_id")
    both = _standing().filter(worker_id__in=everybody, job_id__in=jobs).exclude(pk__in=shut)
    for _, group in groupby(both.order_by("job_id", "created_at", "pk"), key=attrgetter("job_id")):
        first, *others = group
        # Only with this person each of them shares something. Who came before them stays, and they leave; or all leave
        # who came after them.
        shut += [one.pk for one in others if person_id in (first.worker_id, one.worker_id)]
    return sum(_shut_out(pk, now) for pk in shut)


def _standing() -> QuerySet[Enrolment]:
    return Enrolment.objects.exclude(state=Enrolment.State.BLOCKED)


def _taking_part(job_id: int) -> QuerySet[Enrolment]:
    """Also those shut out for another reason: they may have answered before."""
    return Enrolment.objects.filter(job_id=job_id).exclude(state=Enrolment.State.BLOCKED, reason=SHARED)


@transaction.atomic
def _shut_out(enrolment_id: int, now: datetime) -> bool:
    enrolment = Enrolment.objects.select_related("job__owner", "worker").get(pk=enrolment_id)
    job, worker = enrolment.job, enrolment.worker
    # As enrolling does: whoever enrols just now has either done so, or sees what is shared.
    User.objects.select_for_update(no_key=True).get(pk=worker.pk)
    reserved = [one for one in leases.reserved_by(requester=job.owner, worker=worker) if one.job_id == job.pk]
    shut = Enrolment.objects.filter(pk=enrolment_id).exclude(state=Enrolment.State.BLOCKED)
    if not shut.update(state=Enrolment.State.BLOCKED, reason=SHARED):
        return False
    leases.leave(reserved=reserved, now=now)
    after = {"job": job.public_id, "worker": worker.pseudonym, "why": SHARED}
    auditlog.record(actor=None, action="worker.parted", subject=enrolment, now=now, after=after)
    return True
