"""Join the market: choose a name and take on the roles of requester, worker, or both."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from marketplace import auditlog
from marketplace.models import User


@transaction.atomic
def join(*, person: User, name: str, requester: bool, worker: bool, now: datetime) -> User:
    """Give `person` a name and the roles asked for, and note a new role in the audit log.

    Roles are only ever added here: whoever dropped one would lose sight of jobs and money that are still running.
    Admins are made by admins. Returns the person as they are now.
    """
    current = User.objects.select_for_update().get(pk=person.pk)
    before = {"is_requester": current.is_requester, "is_worker": current.is_worker}
    current.name = " ".join(name.split())
    current.is_requester = current.is_requester or requester
    current.is_worker = current.is_worker or worker
    current.save(update_fields=["name", "is_requester", "is_worker"])
    after = {"is_requester": current.is_requester, "is_worker": current.is_worker}
    if after != before:
        auditlog.record(actor=current, action="role.taken", subject=current, now=now, before=before, after=after)
    return current
