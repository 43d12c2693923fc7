"""A requester's block list: workers, known by pseudonym, whom they want in none of their jobs."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from marketplace import auditlog, leases
from marketplace.inviting import UNWANTED
from marketplace.models import Block, Enrolment, User
from marketplace.readmitting import readmit


def blocks_of(*, requester: User) -> QuerySet[Block]:
    """Whom the requester has blocked, the latest first."""
    return Block.objects.filter(requester=requester).select_related("worker").order_by("-created_at", "-pk")


def is_blocked(*, requester_id: int, worker: User) -> bool:
    """Whether the requester wants the worker in none of their jobs."""
    return Block.objects.filter(requester_id=requester_id, worker=worker).exists()


@transaction.atomic
def block(*, requester: User, pseudonym: str, reason: str = "", now: datetime) -> Block:
    """Let a worker into none of the requester's jobs any more. What they hold they may finish, and are paid.

    What is only reserved for them, and was not shown yet, goes back.

    Blocking twice is once. Raises User.DoesNotExist unless the worker has worked in one of the requester's jobs.
    """
    worker = User.objects.get(
        pk__in=Enrolment.objects.filter(job__owner=requester).values("worker"), pseudonym=pseudonym.strip().lower()
    )
    # As enrolling does: whoever enrols just now has either done so, or sees the block.
    worker = User.objects.select_for_update(no_key=True).get(pk=worker.pk)
    found, new = Block.objects.get_or_create(
        requester=requester, worker=worker, defaults={"reason": reason.strip(), "created_at": now}
    )
    if new:
        reserved = leases.reserved_by(requester=requester, worker=worker)
        _shut_out(requester, worker)
        leases.leave(reserved=reserved, now=now)
        auditlog.record(actor=requester, action="worker.blocked", subject=worker, now=now)
    return found


def _shut_out(requester: User, worker: User) -> None:
    working = Enrolment.objects.filter(job__owner=requester, worker=worker)
    # All of them locked in one order, as whoever puts back places of several jobs does.
    ids = list(working.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk", flat=True))
    ready = Enrolment.objects.filter(pk__in=ids).exclude(state=Enrolment.State.BLOCKED)
    ready.update(state=Enrolment.State.BLOCKED, reason=UNWANTED)


@transaction.atomic
def unblock(*, requester: User, pseudonym: str, now: datetime) -> None:
    """Let a worker in again, and back to where they were. Raises Block.DoesNotExist for who is not blocked."""
    found = Block.objects.get(requester=requester, worker__pseudonym=pseudonym)
    worker = User.objects.select_for_update(no_key=True).get(pk=found.worker_id)
    if not Block.objects.filter(pk=found.pk).delete()[0]:
        return
    shut = Enrolment.objects.filter(job__owner=requester, worker=worker, state=Enrolment.State.BLOCKED, reason=UNWANTED)
    readmit(blocked=shut)
    auditlog.record(actor=requester, action="worker.unblocked", subject=worker, now=now)
